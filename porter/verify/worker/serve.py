"""The worker's loop: a JSON line in, a JSON line out, arrays in `.npz` files beside them."""

from __future__ import annotations

import json
import os
import sys

from .failure import describe
from .session import Session


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
            if session is None:
                session = Session(side, device, folder)
            answer = {"ok": True, "value": session.do(request)}
        except BaseException as error:
            answer = {"ok": False, **describe(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
