"""What a failure of the user's code says, and where it happened."""

from __future__ import annotations

import traceback
from typing import Any

from .sites import SITES


def describe(error: BaseException) -> dict[str, Any]:
    """The innermost of the user's lines, and the error in one line; all of it goes to the log."""
    traceback.print_exception(type(error), error, error.__traceback__)
    where = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if SITES.is_user(frame.f_code.co_filename):
            where = [frame.f_code.co_filename, line]
    text = str(error).strip().splitlines()
    return {
        "type": type(error).__name__,
        "error": "{}: {}".format(type(error).__name__, " ".join(text[:3])[:400]),
        "where": where,
    }
