"""Which lines of a file ran: kept while a model is built and called."""

from __future__ import annotations

import ast
import sys
from typing import Any

from .names import FUNCTIONS

# TensorFlow runs some functions as it has rewritten them, from files of its own.
_REWRITTEN = "__autograph_generated_file"


class Ran:
    """Watches one file, for as long as it is entered."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.hit: set[int] = set()
        self.rewritten: set[str] = set()

    def __enter__(self) -> Ran:
        self.outer = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.outer)

    def lines(self, tree: ast.Module) -> list[int]:
        """The lines of the statements of `tree` that ran; a rewritten function ran as a whole."""
        found: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt):
                own = _own(node)
                found |= own if own & self.hit else set()
            if isinstance(node, FUNCTIONS) and node.name in self.rewritten:
                found.update(*(_own(n) for n in ast.walk(node) if isinstance(n, ast.stmt)))
        return sorted(found)

    def _call(self, frame: Any, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_filename == self.path:
            return self._line(frame, event, arg)
        if _REWRITTEN in code.co_filename:
            self.rewritten.add(code.co_name.replace("tf__", "", 1))
        return None

    def _line(self, frame: Any, event: str, arg: Any) -> Any:
        self.hit.add(frame.f_lineno)
        return self._line


def _own(node: ast.stmt) -> set[int]:
    """The lines of a statement, without those of the statements in it."""
    body = getattr(node, "body", None)
    end = body[0].lineno - 1 if body else node.end_lineno
    return set(range(node.lineno, max(end or 0, node.lineno) + 1))
