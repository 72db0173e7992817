"""The rules as they were read last, kept as JSON: a line for what they share, then one for each."""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

FORMAT = 4
KEPT = 8
Entry = dict[str, Any]


class Entries(Sequence[Entry]):
    """Rules as lines of the cache: each is read when it is first asked for."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._read: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        if place not in self._read:
            self._read[place] = json.loads(self._lines[place])
        return self._read[place]


def place_of(folder: Path | None, key: str) -> Path:
    """Where rules of that key are kept: in a folder, or in the user's own for caches."""
    base = os.environ.get("XDG_CACHE_HOME")
    own = (Path(base) if base else Path.home() / ".cache") / "porter"
    return (own if folder is None else folder) / f"rules-{key}.json"


def kept(place: Path) -> dict[str, Any] | None:
    """What was kept, its `raw` rules as `Entries`; None where nothing is, or nothing whole."""
    try:
        first, _, rest = place.read_bytes().partition(b"\n")
        head = json.loads(first)
    except (OSError, ValueError):
        return None
    if not isinstance(head, dict) or (head.get("format"), head.get("sum")) != (FORMAT, _sum(rest)):
        return None
    return head | {"raw": Entries(rest.split(b"\n") if rest else [])}


def keep(place: Path, data: Mapping[str, Any]) -> None:
    """Keep rules for the next time, and of those kept before the last few."""
    rules = "\n".join(json.dumps(entry) for entry in data["raw"]).encode()
    head = {name: value for name, value in data.items() if name != "raw"}
    first = json.dumps(head | {"format": FORMAT, "sum": _sum(rules)}).encode()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(first + b"\n" + rules)
        Path(name).replace(place)
        older = sorted(place.parent.glob("rules-*.json"), key=lambda path: -path.stat().st_mtime)
        for path in older[KEPT:]:
            path.unlink(missing_ok=True)
    except OSError:
        return


def _sum(content: bytes) -> int:
    """What tells a file that was written in part, or changed; it guards against nobody."""
    return zlib.crc32(content)
