"""Rule files → rules, indexed by canonical API name.

Files are TOML. What is read is kept as expanded plain data (and cached as JSON under a key made
of every file's content); a rule is compiled when it is first looked up, so loading stays cheap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from porter.rulebook.cache import FORMAT, keep, kept, place_of
from porter.rulebook.compile import RuleError, compile_rule, expand, refuse_misfit
from porter.rulebook.construct import Construct, arguments, compile_construct
from porter.rulebook.drawn import refuse_misspelt_draws
from porter.rulebook.family import Family, compile_family, inherited, member
from porter.rulebook.fields import CONSTRUCT, FAMILY
from porter.rulebook.file import lines_of, read_tables
from porter.rulebook.named import helper_names, refuse_unknown_names
from porter.rulebook.rule import SIDES, Rule, Side, other
from porter.rulebook.terms import UNKNOWN, Term
from porter.rulebook.twins import by_detail, conflict
from porter.rulebook.written import defaults_of
from porter.source import rules_dir

Raw = Mapping[str, Any]
_OTHERS = (("construct", CONSTRUCT), ("family", FAMILY))


@dataclass(frozen=True)
class Rulebook:
    """All rules. `replaced` are shipped ones whose id a user's rule has taken, and their place."""

    raw: Sequence[Raw]
    index: Mapping[str, Mapping[str, tuple[int, ...]]]
    types: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    renamed: Mapping[str, str]
    facets: Mapping[str, Mapping[str, Any]]
    helpers: Mapping[str, str]
    constructs: tuple[Construct, ...] = ()
    families: tuple[Family, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    _compiled: dict[int, Rule] = field(default_factory=dict, compare=False, repr=False)

    def canonical(self, api: str) -> str:
        """The name rules use for an API: `tf.keras.layers.Dense` → `keras.layers.Dense`."""
        return canonical(api, self.renamed)

    def find(self, api: str, side: Side) -> tuple[Rule, ...]:
        """The rules for a canonical API on one side, in order of the files."""
        found = tuple(self.rule(i) for i in self.index[side].get(api, ()))
        if found:
            return found
        left = member(self.families, api, side)
        return () if left is None else (left,)

    def defaults(self, side: Side, api: str) -> dict[str, Term]:
        """What an API's parameters are where nobody gives them, as far as its rules agree.

        A name without a dot is what a helper of that side defines.
        """
        if "." not in api:
            texts = (text for key, text in self.helpers.items() if key.startswith(f"{side}/"))
            return next((own for text in texts if (own := defaults_of(api, text))), {})
        api = self.canonical(api)
        found: dict[str, Term] = {}
        for rule in self.find(api, side):
            for parameter in rule.spelling(side, api).signature.parameters:
                if not parameter.required:
                    default = found.setdefault(parameter.name, parameter.default)
                    found[parameter.name] = default if default == parameter.default else UNKNOWN
        return found

    def left(self, owner: str, name: str, side: Side) -> str | None:
        """What people do instead of a method or attribute of what an API made."""
        return inherited(self.families, owner, name, side)

    def dropped(self, api: str, side: Side, call: str = "f()") -> tuple[str, str] | None:
        """The construct that says a call has no meaning on the other side, and why."""
        for construct in self.constructs:
            for each in construct.dropped if construct.side == side else ():
                if each.api == api and each.given in (None, arguments(call)):
                    return construct.id, each.why
        return None

    def knows(self, api: str) -> bool:
        return any(api in self.index[side] for side in SIDES)

    def rule(self, position: int) -> Rule:
        if position not in self._compiled:
            rule = compile_rule(self.raw[position], self.types)
            if rule.id in self.left_out:
                rule = replace(rule, manual="left out by --select or --ignore", cases=())
            self._compiled[position] = rule
        return self._compiled[position]

    def limited(self, select: Iterable[str], ignore: Iterable[str]) -> Rulebook:
        """With only the rules that `select` names, without those that `ignore` names.

        Both are rule ids, in which `*` stands for anything; no `select` is all of them.
        """
        chosen, refused = tuple(select), tuple(ignore)
        ids = [raw["id"] for raw in self.raw]
        left_out = {
            each for each in ids if (chosen and not _named(each, chosen)) or _named(each, refused)
        }
        return replace(self, left_out=frozenset(left_out), _compiled={})

    def by_id(self, rule_id: str) -> Rule | None:
        for position, raw in enumerate(self.raw):
            if raw["id"] == rule_id:
                return self.rule(position)
        return None

    @property
    def overrides(self) -> tuple[tuple[str, Rule, Rule], ...]:
        """Where a user's rule goes before a shipped one: the API and both rules."""
        found = []
        for side in SIDES:
            for api, positions in self.index[side].items():
                users = [p for p in positions if not self.raw[p]["shipped"]]
                shipped = [p for p in positions if self.raw[p]["shipped"]]
                found += [(api, self.rule(u), self.rule(s)) for u in users for s in shipped]
        return tuple(found)

    def __iter__(self) -> Iterator[Rule]:
        return (self.rule(i) for i in range(len(self.raw)))

    def __len__(self) -> int:
        return len(self.raw)


def _named(rule_id: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(rule_id, pattern) for pattern in patterns)


def canonical(api: str, renamed: Mapping[str, str]) -> str:
    """An API's one name, by a table of names and of prefixes that end in a dot."""
    for _ in range(4):
        if api in renamed:
            api = renamed[api]
            continue
        parts = api.split(".")
        prefixes = (".".join(parts[:n]) + "." for n in range(len(parts) - 1, 0, -1))
        prefix = next((p for p in prefixes if p in renamed), None)
        if prefix is None:
            return api
        api = renamed[prefix] + api[len(prefix) :]
    return api


@lru_cache(maxsize=8)
def load_rulebook(extra: tuple[Path, ...] = (), cache: Path | None = None) -> Rulebook:
    """Load the shipped rules and the user's; the user's win where both name one API.

    Raises RuleError, which names file, line and rule.
    """
    folders = (rules_dir(), *extra)
    contents = [(path, path.read_bytes()) for path in _files(folders)]
    key = _key(contents)
    place = place_of(cache, key)
    data = kept(place)
    if data is None:
        data = _assemble(contents, rules_dir())
        _settle(data)
        keep(place, data)
    return Rulebook(
        raw=data["raw"],
        index=data["index"],
        types=data["types"],
        names=data["names"],
        renamed=data["renamed"],
        facets=data["facets"],
        helpers=data["helpers"],
        constructs=tuple(compile_construct(raw) for raw in data["constructs"]),
        families=tuple(compile_family(raw) for raw in data["families"]),
        replaced=data["replaced"],
    )


def _files(folders: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        found += sorted(folder.rglob("*.toml")) + sorted(folder.rglob("helpers/*/*.py"))
    return [path for path in found if path.is_file()]


def _key(contents: list[tuple[Path, bytes]]) -> str:
    digest = hashlib.sha256(str(FORMAT).encode())
    for path, content in contents:
        digest.update(str(path).encode() + b"\0" + content + b"\0")
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:32]


def _assemble(contents: list[tuple[Path, bytes]], shipped: Path) -> dict[str, Any]:
    types: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    renamed: dict[str, str] = {}
    facets: dict[str, Any] = {}
    helpers: dict[str, str] = {}
    raw: list[dict[str, Any]] = []
    constructs: list[dict[str, Any]] = []
    families: list[dict[str, Any]] = []
    for path, content in contents:
        if path.suffix == ".py":
            helpers[f"{path.parent.name}/{path.stem}"] = content.decode()
            continue
        text, data = read_tables(path, content)
        types.update(data.get("types", {}))
        renamed.update(data.get("renamed", {}))
        facets.update(data.get("facet", {}))
        for table, entries in data.get("names", {}).items():
            names.setdefault(table, {}).update(entries)
        lines = lines_of(text)
        for (table, fields), others in zip(_OTHERS, (constructs, families), strict=True):
            for entry in data.get(table, []):
                line = lines.get(str(entry.get("id")), [1])[0]
                refuse_misfit(fields, entry, str(path), line)
                others.append(entry | {"path": str(path), "line": line})
        for entry in data.get("rule", []):
            places = lines.get(str(entry.get("id")), [])
            for rule in expand(entry, str(path), places.pop(0) if places else 1):
                raw.append(rule | {"shipped": path.is_relative_to(shipped)})
    for rule in raw:
        _canonicalise(rule, renamed)
    raw, replaced = _distinct(raw)
    _distinct([entry | {"shipped": True} for entry in [*raw, *constructs, *families]])
    return {
        "raw": raw, "index": _index(raw), "types": types, "names": names,
        "renamed": renamed, "facets": facets, "helpers": helpers, "replaced": replaced,
        "constructs": constructs, "families": families,
    }  # fmt: skip


def _canonicalise(rule: dict[str, Any], renamed: Mapping[str, str]) -> None:
    """Give a rule's APIs their one name; what they are called in code stays in `spelled`."""
    spelled: dict[str, str] = {}

    def named(text: str) -> str:
        api, parenthesis, rest = text.strip().partition("(")
        name = canonical(api.strip(), renamed)
        spelled.setdefault(name, api.strip())
        return name + parenthesis + rest

    for side in SIDES:
        if side in rule:
            rule[side] = named(rule[side])
        if side in rule.get("also", {}):
            rule["also"][side] = [named(text) for text in rule["also"][side]]
    rule["spelled"] = {name: text for name, text in spelled.items() if name != text}


def _distinct(raw: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Rules by id: a user's takes the place of a shipped one, any other twin is an error."""
    kept: dict[str, dict[str, Any]] = {}
    replaced: dict[str, str] = {}
    for entry in raw:
        twin = kept.get(entry["id"])
        if twin is not None and twin["shipped"] == entry["shipped"]:
            where = f"{twin['path']}:{twin['line']}"
            raise RuleError(entry["path"], entry["line"], entry["id"], f"also defined in {where}")
        if twin is not None:
            replaced[entry["id"]] = f"{Path(twin['path']).name}:{twin['line']}"
        kept[entry["id"]] = entry
    return list(kept.values()), replaced


def _refuse_absent_helpers(rule: Rule, helpers: Mapping[str, str]) -> None:
    for case in rule.cases:
        targets = SIDES if case.origin is None else (other(case.origin),)
        for name in case.helpers:
            files = [f"{side}/{name}" for side in targets]
            if helpers.keys().isdisjoint(files):
                wanted = " or ".join(f"helpers/{file}.py" for file in files)
                raise RuleError(rule.path, rule.line, rule.id, f"helper: there is no {wanted}")


def _settle(data: dict[str, Any]) -> None:
    """Compile every rule once, and put those that share an API in the order to be tried."""
    rules = [compile_rule(raw, data["types"]) for raw in data["raw"]]
    helpers = helper_names(data["helpers"])
    for rule in rules:
        _refuse_absent_helpers(rule, data["helpers"])
        refuse_unknown_names(rule, helpers)
    refuse_misspelt_draws(rules)
    place = {rule.id: i for i, rule in enumerate(rules)}
    for side in SIDES:
        for api, positions in data["index"][side].items():
            shared = [rule for rule in (rules[i] for i in positions) if rule.starts_from(side)]
            ordered: list[Rule] = []
            for own in ([r for r in shared if not r.shipped], [r for r in shared if r.shipped]):
                twins = conflict(own, side)
                if twins is not None:
                    first, second = twins
                    where = f"{first.path}:{first.line}"
                    message = f"{api} has a case that rule {first.id!r} ({where}) has too"
                    raise RuleError(second.path, second.line, second.id, message)
                ordered += by_detail(own, side)
            data["index"][side][api] = [place[rule.id] for rule in ordered]
        data["index"][side] = {api: found for api, found in data["index"][side].items() if found}


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
