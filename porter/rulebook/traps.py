"""What the frameworks do differently under one name, and what becomes of it: proven, or left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from porter.rulebook.load import Rulebook
from porter.rulebook.proofs import Proofs, standing
from porter.rulebook.rule import SIDES, Rule, Side

LEFT, NOTHING = "left to people", "-"


@dataclass(frozen=True)
class Handled:
    """Who handles traps: a rule, a construct or a family, the API it is about on each side, and
    what it is worth from there; `LEFT` where a finding tells people what to do, `NOTHING` where it
    says nothing.
    """

    id: str
    traps: tuple[str, ...]
    apis: Mapping[Side, str]
    worth: Mapping[Side, str]


def handled_traps(book: Rulebook, proofs: Proofs) -> list[Handled]:
    """All that names a trap, by its id."""
    found = [*_by_rules(book, proofs), *_by_constructs(book, proofs), *_by_families(book)]
    return sorted(found, key=lambda each: each.id)


def _by_rules(book: Rulebook, proofs: Proofs) -> Iterator[Handled]:
    for rule in book:
        apis = {side: next(iter(rule.apis(side)), "") for side in SIDES}
        if rule.traps:
            worth = {side: _worth(book, proofs, rule, side) for side in SIDES}
            yield Handled(rule.id, rule.traps, apis, worth)
        for refusal in rule.refusals:
            if refusal.trap:
                yield Handled(rule.id, (refusal.trap,), apis, _only(refusal.side, LEFT))


def _worth(book: Rulebook, proofs: Proofs, rule: Rule, side: Side) -> str:
    if not rule.starts_from(side):
        return NOTHING
    return LEFT if rule.manual else standing(book, proofs, rule, side)


def _by_constructs(book: Rulebook, proofs: Proofs) -> Iterator[Handled]:
    for construct in book.constructs:
        if construct.traps:
            worth = _only(construct.side, standing(book, proofs, construct, construct.side))
            apis = _only(construct.side, next(iter(construct.apis), ""), "")
            yield Handled(construct.id, construct.traps, apis, worth)


def _by_families(book: Rulebook) -> Iterator[Handled]:
    for family in book.families:
        for name, traps in family.traps.items():
            api = _only(family.side, f"{family.below[0]}.{name}", "")
            yield Handled(family.id, traps, api, _only(family.side, LEFT))


def _only(side: Side, text: str, rest: str = NOTHING) -> Mapping[Side, str]:
    return {each: text if each == side else rest for each in SIDES}
