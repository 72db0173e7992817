"""Whole families of APIs that are left to people: what each name of a class or module stands for.

A rule of its own for each of hundreds of names would say nothing more than its hint. `each` names
members and what people do instead; `rest`, where it is there, is for every other name below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from porter.rulebook.compile import RuleError
from porter.rulebook.rule import SIDES, Rule, Side
from porter.rulebook.signature import parse_signature

_KEYS = {"id", "from", "below", "each", "rest", "trap", "path", "line"}


@dataclass(frozen=True)
class Family:
    """`below` are the modules or classes whose members it speaks of, `traps` those of a member."""

    id: str
    side: Side
    below: tuple[str, ...]
    each: Mapping[str, str]
    rest: str | None
    path: str
    line: int
    traps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def hint(self, api: str) -> str | None:
        """What people do instead of one API, if it belongs to the family."""
        for prefix in self.below:
            if api.startswith(f"{prefix}."):
                name = api[len(prefix) + 1 :]
                return self.each.get(name, self.rest)
            if api == prefix:
                return self.rest
        return None

    def rule(self, api: str) -> Rule | None:
        """A rule that leaves one API to people, if it belongs to the family."""
        hint = self.hint(api)
        if hint is None:
            return None
        signature = parse_signature(f"{api}(*args: ignored, **options: ignored)", {})
        signatures = {self.side: signature}
        return Rule(
            self.id, self.path, self.line, signatures, {}, {}, (), kind="function", manual=hint
        )


def inherited(families: Iterable[Family], owner: str, name: str, side: Side) -> str | None:
    """What people do instead of a method or attribute, by the class that `owner` is or inherits."""
    module = owner.rpartition(".")[0]
    for family in families:
        for prefix in family.below if family.side == side else ():
            around, _, last = prefix.rpartition(".")
            if prefix == owner or (last[:1].isupper() and around == module):
                hint = family.each.get(name)
                if hint is not None:
                    return hint
    return None


def member(families: Iterable[Family], api: str, side: Side) -> Rule | None:
    """The rule of the family that an API belongs to; one that names it goes before others."""
    own = [family for family in families if family.side == side and family.hint(api) is not None]
    named = sorted(own, key=lambda family: family.hint(api) == family.rest)
    return named[0].rule(api) if named else None


def compile_family(raw: Mapping[str, Any]) -> Family:
    """Check and compile one entry; raises RuleError."""
    unknown = sorted(set(raw) - _KEYS)
    absent = sorted({"id", "from", "below"} - set(raw))
    problem = f"unknown key {unknown[0]!r}" if unknown else ""
    problem = f"a family needs {absent[0]!r}" if absent else problem
    if not problem and raw["from"] not in SIDES:
        problem = f"from: {raw['from']!r} is no side"
    unnamed = sorted(set(raw.get("trap", {})) - set(raw.get("each", {})))
    problem = problem or (f"trap: each does not name {unnamed[0]!r}" if unnamed else "")
    if problem:
        raise RuleError(raw["path"], raw["line"], str(raw.get("id", "")), problem)
    below = raw["below"]
    return Family(
        raw["id"],
        raw["from"],
        (below,) if isinstance(below, str) else tuple(below),
        raw.get("each", {}),
        raw.get("rest"),
        raw["path"],
        raw["line"],
        {name: tuple(traps) for name, traps in raw.get("trap", {}).items()},
    )
