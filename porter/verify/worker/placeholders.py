"""Third-party modules that are not installed: importable, and an error as soon as they are used."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import sys
import types
from pathlib import Path
from typing import Any

from .sites import SITES

_CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class NotInstalledError(ImportError):
    """The code that is run needs a module that this interpreter does not have."""


class Placeholder:
    """Something of a missing module; looking further is fine, using it is not."""

    def __init__(self, path: str) -> None:
        self._path: str = path

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Placeholder(self._path + "." + name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotInstalledError(self._path + " is used, but its package is not installed")

    def __mro_entries__(self, bases: Any) -> Any:
        raise NotInstalledError(self._path + " is a base class, but its package is not installed")


class _Missing(types.ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []
        self.__all__: list[str] = []

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Placeholder(self.__name__ + "." + name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last on `sys.meta_path`; answers only what a user's file asks for, outside a `try`."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        parent = sys.modules.get(name.partition(".")[0])
        if not isinstance(parent, _Missing) and not ("." not in name and _wanted_by_user()):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        return _Missing(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        return None


def _wanted_by_user() -> bool:
    frame = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None or not SITES.is_user(frame.f_code.co_filename):
        return False
    return not _guarded(frame.f_code.co_filename, frame.f_lineno)


def _guarded(filename: str, line: int) -> bool:
    """Would the code around the import deal with its failure?"""
    try:
        tree = ast.parse(Path(filename).read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError):
        return False
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try) or not _inside(node.body, line):
            continue
        if any(map(_catches, node.handlers)):
            return True
    return False


def _inside(body: list[ast.stmt], line: int) -> bool:
    return body[0].lineno <= line <= (body[-1].end_lineno or 0)


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(isinstance(n, ast.Name) and n.id in _CATCHES for n in ast.walk(handler.type))


def install() -> None:
    """Answer for missing modules from now on."""
    if not any(isinstance(f, _Finder) for f in sys.meta_path):
        sys.meta_path.append(_Finder())
