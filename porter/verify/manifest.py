"""`porter.json`, read: what `migrate` says belongs together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Permutation = tuple[int, ...] | None


class ManifestError(ValueError):
    """A `porter.json` that cannot be read or has another schema."""


@dataclass(frozen=True)
class Span:
    """Where an expression stands; lines and columns count from 1."""

    line: int
    column: int
    end_line: int = 0
    end_column: int = 0

    def meets(self, site: Site) -> bool:
        """Do they start, or end, at the same place? Without columns, on the same line?"""
        if not site.column:
            return self.line <= site.line <= max(self.line, self.end_line)
        starts = (self.line, self.column) == (site.line, site.column)
        ends = (self.end_line, self.end_column) == (site.end_line, site.end_column)
        return starts or ends

    def surrounds(self, site: Site) -> bool:
        """Does the site stand inside?"""
        begins = (self.line, self.column) <= (site.line, site.column)
        return begins and (site.end_line, site.end_column) <= (self.end_line, self.end_column)

    def covers(self, line: int) -> bool:
        return self.line <= line <= max(self.line, self.end_line)


@dataclass(frozen=True)
class Site:
    """Where a running program was, as a worker reports it."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of(cls, raw: list[Any] | None) -> Site | None:
        return None if raw is None else cls(*raw)


@dataclass(frozen=True)
class Place:
    """Where one end of a parameter lives: its owner's class and attribute, and its text."""

    owner: str | None
    attribute: str | None
    span: Span


@dataclass(frozen=True)
class ParameterEntry:
    """One construction site of a layer or a bare weight, on both sides."""

    file: str
    source: Place
    target: Place
    rule: str
    weights: Mapping[str, str]
    constant: tuple[str, ...]


@dataclass(frozen=True)
class CallEntry:
    """One call, on both sides, and how the target's tensor is laid out."""

    file: str
    source: Span
    target: Span
    rule: str
    permutation: Permutation


@dataclass(frozen=True)
class ModelEntry:
    """A model's name on both sides and the layout of what goes in and out."""

    file: str
    source: str
    target: str
    inputs: tuple[Permutation, ...]
    outputs: tuple[Permutation, ...]
    shapes: tuple[tuple[int | None, ...] | None, ...] = ()
    dtypes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileEntry:
    """One migrated file."""

    source: str
    source_path: Path
    target: Path


@dataclass(frozen=True)
class Manifest:
    """A whole `porter.json`; `folder` is where it lies."""

    folder: Path
    source: str
    target: str
    files: tuple[FileEntry, ...]
    models: tuple[ModelEntry, ...]
    parameters: tuple[ParameterEntry, ...]
    calls: tuple[CallEntry, ...]
    findings: tuple[Mapping[str, Any], ...]

    def target_of(self, source: Path) -> Path | None:
        """The file that was written for a source."""
        wanted = source.resolve()
        for entry in self.files:
            if entry.source_path.resolve() == wanted:
                return entry.target
        named = [e.target for e in self.files if wanted.as_posix().endswith("/" + e.source)]
        return named[0] if len(named) == 1 else None

    def holds(self, file: str, path: str) -> bool:
        """Is `path`, on either side, what entries call `file`?"""
        return Path(path).as_posix().endswith("/" + file) or Path(path).name == Path(file).name


def read_manifest(path: Path) -> Manifest:
    """Read `porter.json`; raises ManifestError that says what is wrong with it."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["schema"] != 1:
            raise ManifestError(f"{path}: schema {raw['schema']} is not known, 1 is")
        return _manifest(raw, path.parent)
    except (OSError, json.JSONDecodeError) as error:
        raise ManifestError(f"{path}: {error}") from error
    except (KeyError, TypeError) as error:
        raise ManifestError(f"{path}: {error!r} is missing or of another kind") from error


def _manifest(raw: Mapping[str, Any], folder: Path) -> Manifest:
    files = tuple(
        FileEntry(f["source"], folder / f.get("source_path", f["source"]), folder / f["target"])
        for f in raw.get("files", [])
    )
    models = tuple(
        ModelEntry(
            m["file"], m["source"], m["target"], _orders(m, "inputs"), _orders(m, "outputs"),
            tuple(_shape(x.get("shape")) for x in m.get("inputs") or []),
            tuple(x.get("dtype") or "float32" for x in m.get("inputs") or []),
        )
        for m in raw.get("models", [])
    )  # fmt: skip
    parameters = tuple(
        ParameterEntry(
            p["file"], _place(p["source"]), _place(p["target"]), p.get("rule", ""),
            p.get("weights", {}), tuple(p.get("constant", [])),
        )
        for p in raw.get("parameters", [])
    )  # fmt: skip
    calls = tuple(
        CallEntry(
            c["file"], _span(c["source"]), _span(c["target"]), c.get("rule", ""),
            _order(c.get("permutation")),
        )
        for c in raw.get("calls", [])
    )  # fmt: skip
    findings = tuple(raw.get("findings", []))
    return Manifest(folder, raw["from"], raw["to"], files, models, parameters, calls, findings)


def _orders(model: Mapping[str, Any], key: str) -> tuple[Permutation, ...]:
    return tuple(_order(x.get("permutation")) for x in model.get(key) or [])


def _order(raw: list[int] | None) -> Permutation:
    return None if raw is None else tuple(raw)


def _shape(raw: list[Any] | None) -> tuple[int | None, ...] | None:
    if raw is None or not all(n is None or isinstance(n, int) for n in raw):
        return None
    return tuple(raw)


def _place(raw: Mapping[str, Any]) -> Place:
    return Place(raw.get("class"), raw.get("attribute"), _span(raw))


def _span(raw: Mapping[str, Any]) -> Span:
    return Span(
        raw.get("line", 0), raw.get("column", 0), raw.get("end_line", 0), raw.get("end_column", 0)
    )
