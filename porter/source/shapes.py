"""`porter-shapes.json`: the shapes that a run of the source saw, kept for `migrate`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from porter.source.errors import SourceError
from porter.source.package import package_root
from porter.source.writing import digest, write_atomically

SHAPES_NAME = "porter-shapes.json"
_VERSION = 1

# None is a size, or a shape, that was not the same each time.
SeenShape = tuple[int | None, ...] | None


@dataclass(frozen=True)
class SeenCall:
    """A layer or module by where it is constructed, and the shapes of what it was applied to.

    Lines and columns count from 1; without a column, the interpreter did not tell it.
    """

    line: int
    column: int
    shapes: tuple[SeenShape, ...]


@dataclass(frozen=True)
class SeenShapes:
    """What a run of one file saw; `run` is the expression that was built.

    `classes` are the file's own, by name, and what their objects were applied to. `is_stale`
    where the file has been changed since.
    """

    run: str
    calls: tuple[SeenCall, ...] = ()
    classes: Mapping[str, tuple[SeenShape, ...]] = field(default_factory=dict)
    is_stale: bool = False


def read_shapes(path: Path, text: str) -> SeenShapes | None:
    """What was seen of the file at `path`, which now has this text; None if nothing was.

    Raises SourceError where `porter-shapes.json` is not what porter writes.
    """
    file = _file_of(path)
    entry = _entries(file).get(_key(path, file))
    if entry is None:
        return None
    try:
        return SeenShapes(
            entry["build"],
            tuple(SeenCall(c["line"], c["column"], _shapes(c["shapes"])) for c in entry["calls"]),
            {name: _shapes(shapes) for name, shapes in entry["classes"].items()},
            entry["sha256"] != digest(text.encode()),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _malformed(file, f"the entry of {_key(path, file)}") from error


def write_shapes(path: Path, text: str, seen: SeenShapes) -> Path:
    """Keep what was seen of the file at `path`, beside what is kept of others; says where."""
    file = _file_of(path)
    entries = dict(_entries(file))
    entries[_key(path, file)] = {
        "sha256": digest(text.encode()),
        "build": seen.run,
        "calls": [
            {"line": c.line, "column": c.column, "shapes": _plain(c.shapes)} for c in seen.calls
        ],
        "classes": {name: _plain(shapes) for name, shapes in seen.classes.items()},
    }
    document = {"version": _VERSION, "files": dict(sorted(entries.items()))}
    write_atomically(file, json.dumps(document, indent=1).encode() + b"\n")
    return file


def _file_of(path: Path) -> Path:
    return package_root(path) / SHAPES_NAME


def _key(path: Path, file: Path) -> str:
    return path.absolute().relative_to(file.parent).as_posix()


def _entries(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        return {}
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError(str(file), 0, 0, str(error)) from error
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise _malformed(file, f"no version {_VERSION}")
    entries = document.get("files")
    if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
        raise _malformed(file, "files")
    return entries


def _malformed(file: Path, what: str) -> SourceError:
    message = f"is not what porter observe writes: {what}; remove it, or run porter observe again"
    return SourceError(str(file), 0, 0, message)


def _shapes(raw: Any) -> tuple[SeenShape, ...]:
    return tuple(None if shape is None else tuple(map(_size, shape)) for shape in raw)


def _size(raw: Any) -> int | None:
    if raw is not None and (not isinstance(raw, int) or isinstance(raw, bool) or raw < 0):
        raise ValueError(raw)
    return raw


def _plain(shapes: Sequence[SeenShape]) -> list[list[int | None] | None]:
    return [None if shape is None else list(shape) for shape in shapes]
