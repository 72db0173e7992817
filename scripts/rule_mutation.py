"""One mistake in a rule, and whether it would be one at all."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from porter.rulebook import SIDES, Case, Rule, RuleError, Side, compile_rule, handled

Raw = Mapping[str, Any]
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """One field of a rule, what it says and what it would say; nothing where it would go."""

    kind: str
    path: Path
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The field as people would point at it: `case.2.when.keras`."""
        return ".".join(map(str, self.path))

    def apply(self, raw: Raw) -> dict[str, Any]:
        """The rule with the mistake."""
        changed: dict[str, Any] = copy.deepcopy(dict(raw))
        place: Any = changed
        for step in self.path[:-1]:
            place = place[step]
        if self.after is None:
            del place[self.path[-1]]
        else:
            place[self.path[-1]] = self.after
        return changed


def said_anyway(mutation: Mutation, raw: Raw, rule: Rule, types: Mapping[str, str]) -> bool:
    """Whether an argument that must be its default would be refused as well without a word of it.

    What a rule does not mention is refused where it is given, unless it is given its default.
    """
    if mutation.kind == "fixed left out":
        *_, side, name = mutation.path
        if side not in SIDES or not _is_usual(rule, side, str(name), mutation.before):
            return False
        return _is_silent(mutation, raw, types, side, str(name))
    if mutation.kind not in ("when", "when left out"):
        return False
    side, gone = cast(Side, mutation.path[-1]), _forgotten(mutation)
    cases = [case for case in _cases(mutation, rule) if case.origin in (None, side)]
    whole = {"" if when is None else when.text for when in (c.half(side).when for c in cases)}
    if gone is None or whole != {mutation.before}:
        return False
    name, value, is_squeezed = gone
    if not _is_usual(rule, side, name, value):
        return False
    if is_squeezed and rule.signatures[side].by_name[name].type != "window":
        return False
    return _is_silent(mutation, raw, types, side, name)


def _cases(mutation: Mutation, rule: Rule) -> Sequence[Case]:
    """The cases of a rule that a mistake is in."""
    return [rule.cases[int(mutation.path[1])]] if mutation.path[0] == "case" else rule.cases


def _is_silent(
    mutation: Mutation, raw: Raw, types: Mapping[str, str], side: Side, name: str
) -> bool:
    """Whether the rule with the mistake says nothing of an argument any more."""
    try:
        rule = compile_rule(mutation.apply(raw), types)
    except RuleError:
        return False
    cases = [case for case in _cases(mutation, rule) if case.origin in (None, side)]
    # A case that says itself what the argument has to be has not lost a word.
    losing = [case for case in cases if name not in case.half(side).fixed]
    return not any(name in handled(rule, case, side) for case in losing)


def _forgotten(mutation: Mutation) -> tuple[str, str, bool] | None:
    """The argument, its value and whether it is squeezed, if the demand of one value is gone."""
    before, after = _demands(mutation.before), _demands(mutation.after)
    gone = [text for text in before if text not in after]
    if len(gone) != 1 or len(after) != len(before) - 1:
        return None
    found = re.fullmatch(r"(squeeze\()?(\w+)\)? (?:==|is) ([-\w.']+)", gone[0])
    return (found[2], found[3], bool(found[1])) if found else None


def _demands(text: str | None) -> list[str]:
    """What is demanded, one thing after the other."""
    tree = ast.parse(text, mode="eval").body if text else None
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [ast.unparse(value) for value in tree.values]
    return [] if tree is None else [ast.unparse(tree)]


def _is_usual(rule: Rule, side: Side, name: str, text: str) -> bool:
    """Whether a text is the default of an argument under every name of its API."""
    parameter = rule.signatures[side].by_name.get(name)
    if parameter is None or parameter.required or text != repr(parameter.default):
        return False
    return not any(name in spelling.defaults for spelling in rule.spellings.get(side, ()))
