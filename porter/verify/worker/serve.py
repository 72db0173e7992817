"""The worker's loop: a JSON line in, a JSON line out, arrays in `.npz` files beside them."""

from __future__ import annotations

import json
import os
import sys

from .failure import describe
from .session import Session
from .signatures import overloads_of


def main(argv: list[str]) -> None:
    """`argv`: the side's name, the device, the folder for arrays, the two ends of the pipe."""
    side, device, folder, reading, writing = argv
    requests = os.fdopen(int(reading), "r", encoding="utf-8")
    answers = os.fdopen(int(writing), "w", encoding="utf-8")
    session = None
    for line in requests:
        request = json.loads(line)
        if request["do"] == "bye":
            break
        try:
            if request["do"] == "signatures":
                # Before a session, which puts functions of its own in the place of some.
                value = {api: overloads_of(api) for api in request["apis"]}
            else:
                session = session or Session(side, device, folder)
                value = session.do(request)
            answer = {"ok": True, "value": value}
        except BaseException as error:
            answer = {"ok": False, **describe(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
