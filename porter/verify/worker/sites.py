"""Where in the user's files something was constructed or called."""

from __future__ import annotations

import linecache
import os
import sys
from typing import Any

_INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)


class Sites:
    """Tells the user's frames from the framework's; a site is [file, line, col, line, col]."""

    def __init__(self) -> None:
        self.roots: tuple[str, ...] = ()
        self._known: dict[str, bool] = {}

    def watch(self, *roots: str) -> None:
        real = tuple(os.path.realpath(r) for r in roots)
        if real != self.roots:
            self.roots, self._known = real, {}

    def is_user(self, filename: str) -> bool:
        answer = self._known.get(filename)
        if answer is None:
            real = os.path.realpath(filename)
            answer = any(
                real == r or (real.startswith(r + os.sep) and not _installed(real[len(r) :]))
                for r in self.roots
            )
            self._known[filename] = answer
        return answer

    def frame(self) -> Any:
        """The innermost frame of a user's file, if any."""
        frame = sys._getframe(1)
        while frame is not None and not self.is_user(frame.f_code.co_filename):
            frame = frame.f_back  # type: ignore[assignment]
        return frame

    def here(self) -> list[Any] | None:
        frame = self.frame()
        return None if frame is None else position(frame)

    def stack(self) -> list[Any]:
        """The user's frames, outermost first: function, line, and its plain arguments."""
        found = []
        frame = self.frame()
        while frame is not None:
            code = frame.f_code
            if self.is_user(code.co_filename):
                names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
                plain = {n: repr(frame.f_locals[n]) for n in names if _is_plain(frame.f_locals, n)}
                found.append([code.co_name, frame.f_lineno, plain])
            frame = frame.f_back
        return found[::-1]

    def is_user_class(self, cls: type) -> bool:
        module = sys.modules.get(cls.__module__)
        filename = getattr(module, "__file__", None)
        return bool(filename) and self.is_user(str(filename))


def _is_plain(values: Any, name: str) -> bool:
    value = values.get(name, values)
    items = value if isinstance(value, (list, tuple)) else [value]
    return all(x is None or isinstance(x, (bool, int, float, str)) for x in items)


def _installed(path: str) -> bool:
    return any(part in path for part in _INSTALLED)


def position(frame: Any) -> list[Any]:
    """The span of the expression that a frame is at; columns count characters from 1."""
    name = frame.f_code.co_filename
    if not hasattr(frame.f_code, "co_positions"):
        return [name, frame.f_lineno, 0, 0, 0]
    spans = list(frame.f_code.co_positions())
    line, end, column, end_column = spans[frame.f_lasti // 2]
    if line is None or column is None:
        return [name, frame.f_lineno, 0, 0, 0]
    return [name, line, _character(name, line, column), end, _character(name, end, end_column)]


def _character(filename: str, line: int, offset: int) -> int:
    text = linecache.getline(filename, line).encode("utf-8", "surrogateescape")
    return len(text[:offset].decode("utf-8", "replace")) + 1 if text else offset + 1


SITES = Sites()
