"""What a rule's `draw` may say: a misspelt key or tensor would be one that no proof ever tries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from porter.rulebook.compile import RuleError
from porter.rulebook.rule import SIDES, Rule

DRAWN = re.compile(
    r"^(float|positive|above|unit|zeros|rows|definite|still|complex|spectrum|holes|huge|tiny|bool"
    r"|(?:int|count|rising)(?:<(?P<below>[^>]+)>)?)\[(?P<dims>.*)\]$"
)
_PROGRAM = frozenset({"applied", "inside", "list", "shaped", "within"})
_INPUT = re.compile(r"(self|inputs?)(_\w+)?")


def refuse_misspelt_draws(rules: Iterable[Rule]) -> None:
    """Raises RuleError where a key is no parameter of a rule, nor of another row of its table."""
    tables: dict[tuple[str, int], list[Rule]] = {}
    for rule in rules:
        tables.setdefault((rule.path, rule.line), []).append(rule)
    for rows in tables.values():
        names = frozenset[str]().union(*map(_names, rows))
        for rule in rows:
            for key, entry in _entries(rule.draws):
                problem = _problem(rule, names, key, entry)
                if problem:
                    raise RuleError(rule.path, rule.line, rule.id, f"draw: {problem}")


def _problem(rule: Rule, names: frozenset[str], key: str, entry: object) -> str:
    is_input = _INPUT.fullmatch(key) is not None
    if not (is_input or key in names or re.sub(r"_\d+$", "", key) in names):
        return f"{key!r} is no parameter, nor an input"
    listed = entry if isinstance(entry, list) else [entry]
    texts = [text for text in listed if isinstance(text, str)]
    if len(texts) < len(listed):
        return f"{key} must be a text, or a list of texts"
    wrong = [text for text in texts if text and not DRAWN.match(text)]
    return f"{wrong[0]!r} is not a tensor" if wrong and _is_tensor(rule, key) else ""


def _entries(draws: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for key, entry in draws.items():
        if key in SIDES and isinstance(entry, dict):
            yield from entry.items()
        else:
            yield key, entry


def _names(rule: Rule) -> frozenset[str]:
    spelled = [s.signature for each in rule.spellings.values() for s in each]
    every = [*rule.signatures.values(), *rule.called.values(), *spelled]
    return _PROGRAM | {p.name for signature in every for p in signature.parameters}


def _is_tensor(rule: Rule, key: str) -> bool:
    signatures = rule.signatures.values()
    found = [s.by_name[key] for s in signatures if key in s.by_name]
    return bool(found) and all(parameter.is_tensor for parameter in found)
