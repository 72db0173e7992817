"""What becomes of an API, by its name alone, and how much of the library has been proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from porter.rulebook.load import Rulebook
from porter.rulebook.proofs import Proofs, standing
from porter.rulebook.rule import SIDES, Rule, Side

Status = Literal["convertible", "by hand", "unknown"]
# Kinds that no proof is drawn for: what they are is seen where they are used.
UNTRIED = frozenset({"value", "text", "object"})
# Kinds whose calls go into what makes a weight: the engine's constructs show them.
SHOWN = frozenset({"initializer", "weight"})
_EARNED = ("safe", "unsafe")


@dataclass(frozen=True)
class Evidence:
    """How much has been proven: the APIs, by the name that each rule first gives its own.

    Other names of the same API are not counted. An API is proven where calls of it were: what
    is only ever written for another is not. A proof is a rule or a construct from one side.
    """

    apis: Mapping[Side, frozenset[str]]
    proofs: int
    calls: int


def evidence(book: Rulebook, proofs: Proofs) -> Evidence:
    """What the record says of the rules as they are written now."""
    apis: dict[Side, set[str]] = {side: set() for side in SIDES}
    calls: list[int] = []
    for what in (*book, *book.constructs):
        for side in SIDES:
            if standing(book, proofs, what, side) not in _EARNED:
                continue
            calls.append(sum(proofs[what.id][side].counts.values()))
            if isinstance(what, Rule):
                apis[side].add(what.signatures[side].api)
    return Evidence({s: frozenset(found) for s, found in apis.items()}, len(calls), sum(calls))


def coverage_of(book: Rulebook, proofs: Proofs, api: str) -> Status:
    """What becomes of an API: translated, left to people with a hint, or not known."""
    name = book.canonical(api)
    if name in book.names["dtype"] or _constructed(book, proofs, name):
        return "convertible"
    names = _methods(book, api) if api.startswith(".") else (name,)
    rules = [(rule, side) for each in names for side in SIDES for rule in book.find(each, side)]
    if any(_translates(book, proofs, rule, side) for rule, side in rules):
        return "convertible"
    return "by hand" if rules else "unknown"


def _translates(book: Rulebook, proofs: Proofs, rule: Rule, side: Side) -> bool:
    """Whether a rule is there to translate calls from one side, and has shown that it can."""
    if rule.manual or rule.kind in UNTRIED:
        return not rule.manual
    return standing(book, proofs, rule, side) in _EARNED


def _constructed(book: Rulebook, proofs: Proofs, api: str) -> bool:
    """Whether the engine translates it by itself, as an example has shown."""
    return any(
        standing(book, proofs, construct, construct.side) in _EARNED
        for construct in book.constructs
        if api in construct.apis
    )


def _methods(book: Rulebook, api: str) -> tuple[str, ...]:
    """What `.name()` may be a method of."""
    name = api.removeprefix(".").removesuffix("()")
    return tuple(f"{owner}.{name}" for owner in _classes(book))


@lru_cache(maxsize=4)
def _owners(apis: frozenset[str]) -> tuple[str, ...]:
    owners = {api.rpartition(".")[0] for api in apis}
    return tuple(sorted(o for o in owners if o.rpartition(".")[2][:1].isupper()))


def _classes(book: Rulebook) -> tuple[str, ...]:
    apis = {api for side in SIDES for api in book.index[side]}
    members = {
        f"{below}.{name}" for f in book.families for below in f.below for name in f.each or ("_",)
    }
    return _owners(frozenset(apis | members))
