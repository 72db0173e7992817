"""What a rule's `draw` may say: a misspelt key or tensor would be one that no proof ever tries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from porter.rulebook.compile import RuleError
from porter.rulebook.expression import Expression, ExpressionError
from porter.rulebook.rule import SIDES, Rule, Side, other

DRAWN = re.compile(
    r"^(float|positive|above|unit|zeros|rows|definite|still|complex|spectrum|holes|huge|tiny|bool"
    r"|(?:int|count|rising)(?:<(?P<below>[^>]+)>)?)\[(?P<dims>.*)\]$"
)
_PROGRAM = frozenset({"applied", "inside", "list", "shaped", "within"})
_RANGE = re.compile(r"-?[\d.]+\.\.-?[\d.]+$")
_NAMING = "the first tensor is `input`, or say draw.keras and draw.torch"
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
            problem = next(_unread(rule), "")
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
    if wrong and _is_tensor(rule, key):
        return f"{wrong[0]!r} is not a tensor"
    amiss = [text for text in wrong if key not in _PROGRAM and not _is_drawn_from(text)]
    return f"{key}: {amiss[0]!r} is not an expression" if amiss else ""


def _is_drawn_from(text: str) -> bool:
    """Whether it is a range, a formula, or what is written as it stands."""
    try:
        ast.parse("0" if _RANGE.match(text) else text.removeprefix("=").strip(), mode="eval")
    except SyntaxError:
        return False
    return True


def _unread(rule: Rule) -> Iterator[str]:
    """What a tensor's sizes read and no call from a side has: they would be made up."""
    for side in SIDES if len(rule.signatures) == len(SIDES) else ():
        table = {k: v for k, v in rule.draws.items() if k not in SIDES} | rule.draws.get(side, {})
        own = rule.signatures[side].by_name
        mine = [key for key in table if _is_drawn(rule, side, key, table)]
        for key in mine if rule.starts_from(side) else ():
            entry = table[key]
            for text in [entry] if isinstance(entry, str) else entry:
                for name in sorted(_sizes_read(text)):
                    if not _INPUT.fullmatch(name) and re.sub(r"_\d+$", "", name) not in own:
                        yield f"{key} reads {name!r}, which a call from {side} has not: {_NAMING}"


def _is_drawn(rule: Rule, side: Side, key: str, table: Mapping[str, Any]) -> bool:
    """Whether a call from one side has what an entry is for; its own name goes before another's."""
    if _INPUT.fullmatch(key) or re.sub(r"_\d+$", "", key) in rule.signatures[side].by_name:
        return True
    pairs = [(keras, argument.formula.text) for keras, argument in rule.args.items()]
    here, there = SIDES.index(side), SIDES.index(other(side))
    return any(pair[there] == key and pair[here] not in table for pair in pairs)


def _sizes_read(text: str) -> frozenset[str]:
    match = DRAWN.match(text)
    dims = re.sub(r"\d\.\.\d", "0", match["dims"]) if match else ""
    try:
        return Expression(f"[{dims}]").names
    except ExpressionError:
        return frozenset()


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
