"""The worker's loop: a JSON line in, a JSON line out, arrays in `.npz` files beside them."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from .session import Session
from .sites import SITES


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
            answer = _failure(error)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _failure(error: BaseException) -> dict[str, Any]:
    traceback.print_exc()
    where = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if SITES.is_user(frame.f_code.co_filename):
            where = [frame.f_code.co_filename, line]
    text = str(error).strip().splitlines()
    return {
        "ok": False,
        "type": type(error).__name__,
        "error": "{}: {}".format(type(error).__name__, " ".join(text[:3])[:400]),
        "where": where,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
