"""What an earlier run left behind is for people now: a file with its marks is not touched."""

from __future__ import annotations

import ast
import re
import tokenize
from io import StringIO
from typing import Literal

from porter.facts import is_framework
from porter.source import Finding

_MARK = re.compile(r"# porter: todo\[(?P<api>[^\]]*)\] (?P<why>.*)")


def settled(text: str, to: Literal["torch", "keras"], path: str) -> tuple[Finding, ...] | None:
    """The marks of an earlier migration to `to` as findings; None where there are none.

    Marks that only speak of the target's own APIs are those of a migration the other way.
    Raises SyntaxError on text that is not Python.
    """
    if "# porter: todo[" not in text:
        return None
    ast.parse(text)
    marks = [
        (token.start, found)
        for token in tokenize.generate_tokens(StringIO(text).readline)
        if token.type == tokenize.COMMENT and (found := _MARK.match(token.string))
    ]
    if all(is_framework(found["api"], to) for _, found in marks):
        return None
    return tuple(
        Finding(
            path=path, line=line, column=column + 1, rule=found["api"] or "todo", kind="todo",
            message=f"{found['why']} (marked by an earlier run)", api=found["api"],
        )
        for (line, column), found in marks
    )  # fmt: skip
