"""Rule files → rules, indexed by canonical API name.

Files are TOML. What is read is kept as expanded plain data (and cached as JSON under a key made
of every file's content); a rule is compiled when it is first looked up, so loading stays cheap.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from porter.rulebook.compile import RuleError, compile_rule, expand
from porter.rulebook.rule import SIDES, Rule, Side
from porter.source import rules_dir

FORMAT = 1
Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Rulebook:
    """All rules. `activations` and the like map a name in the source to an API."""

    raw: tuple[Raw, ...]
    index: Mapping[str, Mapping[str, tuple[int, ...]]]
    types: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    renamed: Mapping[str, str]
    facets: Mapping[str, Mapping[str, Any]]
    helpers: Mapping[str, str]
    _compiled: dict[int, Rule] = field(default_factory=dict, compare=False, repr=False)

    def canonical(self, api: str) -> str:
        """The name rules use for an API: `tf.keras.layers.Dense` → `keras.layers.Dense`."""
        for _ in range(4):
            if api in self.renamed:
                api = self.renamed[api]
                continue
            prefix, renamed = self._prefix(api)
            if not prefix:
                return api
            api = renamed + api[len(prefix) :]
        return api

    def _prefix(self, api: str) -> tuple[str, str]:
        parts = api.split(".")
        for n in range(len(parts) - 1, 0, -1):
            prefix = ".".join(parts[:n]) + "."
            if prefix in self.renamed:
                return prefix, self.renamed[prefix]
        return "", ""

    def find(self, api: str, side: Side) -> tuple[Rule, ...]:
        """The rules for a canonical API on one side, in order of the files."""
        return tuple(self.rule(i) for i in self.index[side].get(api, ()))

    def knows(self, api: str) -> bool:
        return any(api in self.index[side] for side in SIDES)

    def rule(self, position: int) -> Rule:
        if position not in self._compiled:
            self._compiled[position] = compile_rule(self.raw[position], self.types)
        return self._compiled[position]

    def by_id(self, rule_id: str) -> Rule | None:
        for position, raw in enumerate(self.raw):
            if raw["id"] == rule_id:
                return self.rule(position)
        return None

    def __iter__(self) -> Iterator[Rule]:
        return (self.rule(i) for i in range(len(self.raw)))

    def __len__(self) -> int:
        return len(self.raw)


@lru_cache(maxsize=8)
def load_rulebook(extra: tuple[Path, ...] = (), cache: Path | None = None) -> Rulebook:
    """Load the shipped rules and the user's; the user's win where both name one API.

    Raises RuleError, which names file, line and rule.
    """
    folders = (rules_dir(), *extra)
    contents = [(path, path.read_bytes()) for path in _files(folders)]
    key = _key(contents)
    place = _cache_folder(cache) / f"rules-{key}.json"
    data = _from_cache(place)
    if data is None:
        data = _assemble(contents)
        for raw in data["raw"]:
            compile_rule(raw, data["types"])
        _to_cache(place, data)
    return Rulebook(
        raw=tuple(data["raw"]),
        index=data["index"],
        types=data["types"],
        names=data["names"],
        renamed=data["renamed"],
        facets=data["facets"],
        helpers=data["helpers"],
    )


def _files(folders: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        found += sorted(folder.rglob("*.toml")) + sorted(folder.rglob("helpers/*/*.py"))
    return found


def _key(contents: list[tuple[Path, bytes]]) -> str:
    digest = hashlib.sha256(str(FORMAT).encode())
    for path, content in contents:
        digest.update(str(path).encode() + b"\0" + content + b"\0")
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:32]


def _cache_folder(cache: Path | None) -> Path:
    if cache is not None:
        return cache
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "porter"


def _from_cache(place: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(place.read_bytes())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.get("format") == FORMAT else None


def _to_cache(place: Path, data: dict[str, Any]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "w") as stream:
            json.dump(data, stream)
        Path(name).replace(place)
    except OSError:
        return


def _assemble(contents: list[tuple[Path, bytes]]) -> dict[str, Any]:
    types: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    renamed: dict[str, str] = {}
    facets: dict[str, Any] = {}
    helpers: dict[str, str] = {}
    raw: list[dict[str, Any]] = []
    for path, content in contents:
        if path.suffix == ".py":
            helpers[f"{path.parent.name}/{path.stem}"] = content.decode()
            continue
        text, data = _read(path, content)
        types.update(data.get("types", {}))
        renamed.update(data.get("renamed", {}))
        facets.update(data.get("facet", {}))
        for table, entries in data.get("names", {}).items():
            names.setdefault(table, {}).update(entries)
        for entry in data.get("rule", []):
            raw += expand(entry, str(path), _line_of(text, entry.get("id", "")))
    _refuse_twins(raw)
    return {
        "format": FORMAT, "raw": raw, "index": _index(raw), "types": types, "names": names,
        "renamed": renamed, "facets": facets, "helpers": helpers,
    }  # fmt: skip


def _read(path: Path, content: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = content.decode()
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise RuleError(str(path), 1, "", f"not UTF-8: {error.reason}") from error
    except tomllib.TOMLDecodeError as error:
        line = getattr(error, "lineno", 1)
        raise RuleError(str(path), line, "", str(error)) from error


def _line_of(text: str, rule_id: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.replace(" ", "").startswith(f'id="{rule_id}"'):
            return number
    return 1


def _refuse_twins(raw: list[dict[str, Any]]) -> None:
    seen: dict[str, dict[str, Any]] = {}
    for entry in raw:
        twin = seen.setdefault(entry["id"], entry)
        if twin is not entry:
            where = f"{twin['path']}:{twin['line']}"
            raise RuleError(entry["path"], entry["line"], entry["id"], f"also defined in {where}")


def _index(raw: list[dict[str, Any]]) -> dict[str, dict[str, list[int]]]:
    index: dict[str, dict[str, list[int]]] = {side: {} for side in SIDES}
    for position, entry in enumerate(raw):
        for side in SIDES:
            own = [entry[side]] if side in entry else []
            for text in own + entry.get("also", {}).get(side, []):
                positions = index[side].setdefault(text.partition("(")[0].strip(), [])
                if position not in positions:
                    positions.append(position)
    return index
