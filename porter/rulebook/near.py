"""Which rules somebody may have meant by a name that is no rule's."""

from __future__ import annotations

from difflib import SequenceMatcher

from porter.rulebook.load import Rulebook
from porter.rulebook.rule import SIDES, Rule

_SHOWN = 5
# How much of a name has to be alike.
_ALIKE = 0.75


def near(book: Rulebook, word: str) -> tuple[str, ...]:
    """The ids of the few rules whose id or API is nearest to a word, the nearest first."""
    api = book.canonical(word)
    exact = [rule.id for side in SIDES for rule in book.find(api, side) if book.by_id(rule.id)]
    short = word.rpartition(".")[2].lower().replace("_", "-")
    scored = sorted((-_likeness(rule, short), rule.id) for rule in book)
    alike = [rule_id for score, rule_id in scored if -score >= _ALIKE]
    return tuple(dict.fromkeys([*exact, *alike]))[:_SHOWN]


def _likeness(rule: Rule, word: str) -> float:
    names = {api.rpartition(".")[2] for side in SIDES for api in rule.apis(side)}
    return max(_ratio(word, name.lower().replace("_", "-")) for name in {rule.id, *names})


def _ratio(word: str, name: str) -> float:
    """1 for the same, near to it where one is in the other, else how much is alike."""
    if word in name.split("-") or (len(word) > 3 and word in name):
        return 0.9 + 0.1 * len(word) / len(name)
    matcher = SequenceMatcher(None, word, name)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return 0.9 * matcher.ratio()
