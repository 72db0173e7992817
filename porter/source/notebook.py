"""Jupyter notebooks, edited in place: only the source of changed code cells is rewritten.

The file's JSON is never re-serialised as a whole, so outputs, metadata, key
order and indentation stay byte for byte what they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from porter.source.errors import SourceError
from porter.source.magics import TAG, mask, unmask

_SPACE = re.compile(r"\s*")


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among all cells (from 1), its source, and where that stands."""

    number: int
    source: str
    start: int
    end: int


@dataclass(frozen=True)
class Notebook:
    """A notebook's raw JSON and its code cells."""

    raw: str
    cells: tuple[Cell, ...]

    @cached_property
    def joined(self) -> str:
        """The code of all cells as one module: a marker line before each, magics masked."""
        return "".join(
            f"# %% [{self._word} {cell.number}]\n{mask(cell.source, self._tag)}\n"
            for cell in self.cells
        )

    @cached_property
    def _word(self) -> str:
        return self._fresh("cell")

    @cached_property
    def _tag(self) -> str:
        return self._fresh(TAG)

    def _fresh(self, word: str) -> str:
        """`word`, made longer until nothing that people wrote can be taken for ours."""
        while any(f"[{word}" in cell.source or f"# {word}" in cell.source for cell in self.cells):
            word += "_"
        return word

    @property
    def _marker(self) -> re.Pattern[str]:
        return re.compile(rf"^# %% \[{self._word} (\d+)\]\n", re.MULTILINE)

    @property
    def _moved_marker(self) -> re.Pattern[str]:
        """One over code that went into a class: another marks where its cell began."""
        return re.compile(rf"^[ \t]+# %% \[{self._word} \d+\]\n", re.MULTILINE)

    @classmethod
    def parse(cls, raw: str, path: str) -> Notebook:
        """Read a notebook of format 4; SourceError where it is broken or not Python."""
        try:
            document = json.loads(raw)
        except json.JSONDecodeError as error:
            message = f"broken notebook: {error.msg}"
            raise SourceError(path, error.lineno, error.colno, message) from error
        except RecursionError as error:
            raise SourceError(path, 0, 0, "broken notebook: nested too deeply") from error
        if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
            raise SourceError(path, 0, 0, "broken notebook: no cells (format 4 is needed)")
        language = _language(document)
        if language != "python":
            raise SourceError(path, 0, 0, f"a notebook in {language}, not Python")
        return cls(raw, tuple(_code_cells(raw, path)))

    def with_code(self, code: str, path: str) -> str:
        """The notebook's JSON with its cells' code taken from `code` (see `joined`)."""
        pieces = self._marker.split(self._moved_marker.sub("", code))
        numbers = [int(number) for number in pieces[1::2]]
        if numbers != [cell.number for cell in self.cells]:
            raise SourceError(path, 0, 0, "the code of its cells can no longer be told apart")
        bodies = pieces[2::2]
        if bodies:
            bodies[0] = pieces[0] + bodies[0]
        text, done = "", 0
        for cell, body in zip(self.cells, bodies, strict=True):
            source = unmask(body.removesuffix("\n"), self._tag)
            if source != cell.source:
                value = _dump(
                    source, self.raw[cell.start : cell.end], ascii_only=self.raw.isascii()
                )
                text += self.raw[done : cell.start] + value
                done = cell.end
        return text + self.raw[done:]

    def locate(self, line: int) -> tuple[int, int]:
        """Cell number and line in that cell of line `line` of the joined code."""
        number, start = (self.cells[0].number if self.cells else 1), 1
        for index, text in enumerate(self.joined.split("\n")[:line], start=1):
            if match := self._marker.match(text + "\n"):
                number, start = int(match.group(1)), index
        return number, max(line - start, 1)


def _language(document: dict[str, object]) -> str:
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        entry = metadata.get(key)
        if isinstance(entry, dict) and isinstance(entry.get(name), str):
            return str(entry[name]).lower()
    return "python"


def _code_cells(raw: str, path: str) -> Iterator[Cell]:
    spans = dict(_members(raw, _skip(raw, 0)))
    for number, (start, _) in enumerate(_elements(raw, spans["cells"][0]), start=1):
        if raw[start] != "{":
            raise SourceError(path, 0, 0, f"broken notebook: cell {number} is not an object")
        fields = dict(_members(raw, start))
        if "cell_type" not in fields or "source" not in fields:
            raise SourceError(path, 0, 0, f"broken notebook: cell {number} has no type or source")
        if _value(raw, fields["cell_type"]) != "code":
            continue
        source = _value(raw, fields["source"])
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise SourceError(path, 0, 0, f"broken notebook: the source of cell {number}")
        yield Cell(number, source, *fields["source"])


def _value(raw: str, span: tuple[int, int]) -> object:
    value: object = json.loads(raw[slice(*span)])
    return value


def _members(raw: str, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Key and span of the value of each member of the object at `start`."""
    decoder = json.JSONDecoder()
    at = _skip(raw, start + 1)
    while raw[at] != "}":
        key, at = decoder.raw_decode(raw, at)
        at = _skip(raw, _skip(raw, at) + 1)
        _, end = decoder.raw_decode(raw, at)
        yield key, (at, end)
        at = _skip(raw, end)
        at = _skip(raw, at + 1) if raw[at] == "," else at


def _elements(raw: str, start: int) -> Iterator[tuple[int, int]]:
    """Span of each element of the array at `start`."""
    decoder = json.JSONDecoder()
    at = _skip(raw, start + 1)
    while raw[at] != "]":
        _, end = decoder.raw_decode(raw, at)
        yield at, end
        at = _skip(raw, end)
        at = _skip(raw, at + 1) if raw[at] == "," else at


def _skip(raw: str, at: int) -> int:
    match = _SPACE.match(raw, at)
    return match.end() if match else at


def _dump(source: str, old: str, *, ascii_only: bool) -> str:
    """`source` as JSON, laid out as the value `old` that it replaces."""
    if not old.startswith("["):
        return json.dumps(source, ensure_ascii=ascii_only)
    before = old[1 : _skip(old, 1)]
    after = old[len(old[:-1].rstrip()) : -1]
    lines = [json.dumps(line, ensure_ascii=ascii_only) for line in _lines(source)]
    comma = "," + (before or " ")
    return f"[{before}{comma.join(lines)}{after}]"


def _lines(source: str) -> list[str]:
    parts = source.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
