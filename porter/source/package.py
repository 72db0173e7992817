"""Where a file lives: its package, the local modules it imports, the files of a folder."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

from porter.source.errors import SourceError
from porter.source.module import read_module

SUFFIXES = (".py", ".ipynb")
FRAMEWORKS = {"keras": ("tensorflow", "keras", "tf_keras"), "torch": ("torch",)}
_SKIPPED = frozenset({"__pycache__", "venv", "node_modules", "site-packages", "build", "dist"})


def package_root(path: Path) -> Path:
    """The first parent of `path` without an `__init__.py`: what belongs on `sys.path`.

    A file of a framework's own source stands alone: what it imports is the installed framework.
    """
    parent = path.absolute().parent
    while (parent / "__init__.py").is_file() and parent != parent.parent:
        parent = parent.parent
    names = (name for each in FRAMEWORKS.values() for name in each)
    own = any(path.absolute().is_relative_to(parent / name) for name in names)
    return path.absolute().parent if own else parent


def walk(folder: Path) -> Iterator[Path]:
    """The Python files and notebooks under `folder`, in a stable order.

    Hidden folders, virtual environments and caches are left out; links are not followed.
    """
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            if entry.name not in _SKIPPED and not (entry / "pyvenv.cfg").exists():
                yield from walk(entry)
        elif entry.suffix in SUFFIXES:
            yield entry


def local_modules(paths: list[Path]) -> list[Path]:
    """The local files that `paths` import, transitively, without `paths` themselves; sorted."""
    named = {path.absolute() for path in paths}
    seen, queue = set(named), sorted(named)
    while queue:
        for found in _imported_files(queue.pop()):
            if found not in seen:
                seen.add(found)
                queue.append(found)
    return sorted(seen - named)


def _imported_files(path: Path) -> set[Path]:
    try:
        module = read_module(path)
    except SourceError:
        # It is reported when the file itself is read; here it just imports nothing.
        return set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(module.text)
    root = package_root(path)
    found = _own_packages(path, root)
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.update(_resolve(alias.name.split("."), [root, path.parent]))
        elif isinstance(node, ast.ImportFrom):
            found.update(_from_import(node, path, root))
    return found


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement; expressions, of which there are many more, are not entered."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, name, ())
            waiting += inside if isinstance(inside, list) else ()
        if isinstance(node, ast.stmt):
            yield node


def _own_packages(path: Path, root: Path) -> set[Path]:
    """The `__init__.py` of every package around `path`: importing it runs them all."""
    below = [parent for parent in path.absolute().parents if parent.is_relative_to(root)]
    return {parent / "__init__.py" for parent in below if parent != root}


def _from_import(node: ast.ImportFrom, path: Path, root: Path) -> set[Path]:
    bases = [root, path.parent]
    if node.level:
        base = path.parent
        for _ in range(node.level - 1):
            base = base.parent
        bases = [base]
    parts = node.module.split(".") if node.module else []
    found: set[Path] = set(_resolve(parts, bases))
    for alias in node.names:
        found.update(_resolve([*parts, alias.name], bases))
    return found


def _resolve(parts: list[str], bases: list[Path]) -> list[Path]:
    """The files that importing the dotted name executes, from the first base that has it."""
    for base in bases:
        files, here = [], base
        for part in parts:
            package, plain = here / part / "__init__.py", here / f"{part}.py"
            if package.is_file():
                files.append(package)
            elif plain.is_file():
                files.append(plain)
            elif not (here / part).is_dir():
                break
            here = here / part
        if files:
            return files
    return []
