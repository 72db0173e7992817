"""A user's file, cut down to what one expression needs and run."""

from __future__ import annotations

import ast
import importlib
import linecache
import os
import sys
import types
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from . import placeholders
from .ran import Ran
from .sites import SITES
from .slicing import slice_module

FRAMEWORKS = frozenset({"tensorflow", "keras", "tf_keras", "torch"})


class Program:
    """The namespace of one file after its slice has run, and how to evaluate in it."""

    def __init__(
        self, path: str, text: str, expression: str, argv: list[str], watched: bool = False
    ) -> None:
        self.path = os.path.realpath(path)
        self.expression = expression
        root = package_root(self.path)
        SITES.watch(root)
        _forget(root)
        sys.path[:] = [root] + [p for p in sys.path if p != root]
        folder = str(Path(self.path).parent)
        if folder not in sys.path:
            sys.path.append(folder)
        sys.argv = [self.path, *argv]
        placeholders.install()
        linecache.cache[self.path] = (len(text), None, text.splitlines(True), self.path)
        tree = slice_module(ast.parse(text, self.path), expression)
        self._tree, self._ran = tree, Ran(self.path) if watched else None
        self.module = _module(self.path, root)
        code = compile(tree, self.path, "exec", dont_inherit=True)
        # Running the user's code is what a worker is for.
        with self.watching():
            exec(code, self.module.__dict__)  # noqa: S102

    def watching(self) -> AbstractContextManager[object]:
        """Notes which lines run, where that was asked for: what is watched is slower."""
        return nullcontext() if self._ran is None else self._ran

    @property
    def lines(self) -> list[int]:
        """The lines that ran until now, where they are watched."""
        return [] if self._ran is None else self._ran.lines(self._tree)

    def build(self) -> Any:
        code = compile(self.expression.strip(), "<build>", "eval")
        with self.watching():
            return eval(code, self.module.__dict__)  # noqa: S307


def package_root(path: str) -> str:
    """The first parent without an `__init__.py`; a framework's own source stands alone."""
    folder = Path(path).parent
    while (folder / "__init__.py").exists() and folder != folder.parent:
        folder = folder.parent
    own = Path(os.path.relpath(path, folder)).parts[0] in FRAMEWORKS
    return str(Path(path).parent if own else folder)


def _forget(root: str) -> None:
    """Drop the user's modules, so that the next run starts fresh."""
    for name, module in list(sys.modules.items()):
        filename = getattr(module, "__file__", None)
        if filename and SITES.is_user(str(filename)) and not name.startswith("porter_worker"):
            del sys.modules[name]


def _module(path: str, root: str) -> types.ModuleType:
    dotted = ".".join(Path(os.path.relpath(path, root)).with_suffix("").parts)
    name = dotted[: -len(".__init__")] if dotted.endswith(".__init__") else dotted
    package = dotted.rpartition(".")[0]
    if package:
        _import_package(package, root)
    if name in getattr(sys, "stdlib_module_names", ()):
        name = "_user_" + name
    module = types.ModuleType(name)
    module.__file__ = path
    module.__package__ = package
    sys.modules[name] = module
    return module


def _import_package(package: str, root: str) -> None:
    """Import the packages around a file; one that fails to import still gives its place."""
    parts = package.split(".")
    for i in range(1, len(parts) + 1):
        name = ".".join(parts[:i])
        try:
            importlib.import_module(name)
        except Exception:
            bare = types.ModuleType(name)
            bare.__path__ = [str(Path(root, *parts[:i]))]
            bare.__file__ = str(Path(root, *parts[:i], "__init__.py"))
            sys.modules[name] = bare
