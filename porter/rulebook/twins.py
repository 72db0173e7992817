"""Which of two rules for one API is meant: by conditions that exclude each other, or by detail.

Two cases of different rules may both hold only where one says all that the other says and more;
that one is then tried first. Anything else would let the order of files decide, and is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from porter.rulebook.expression import evaluate
from porter.rulebook.rule import Case, Half, Rule, Side
from porter.rulebook.terms import is_known

Value = object


@dataclass(frozen=True)
class Condition:
    """One conjunct: what it is about, and the values that satisfy it where that is plain."""

    text: str
    subject: str
    holds: Callable[[Value], bool] | None = None
    values: tuple[Value, ...] = ()


def conflict(rules: Sequence[Rule], side: Side) -> tuple[Rule, Rule] | None:
    """Two rules of one API, neither of which is the more specific where both hold."""
    for first, second in combinations(rules, 2):
        for a, b in _overlaps(first, second, side):
            mine, theirs = _texts(a), _texts(b)
            if not (mine < theirs or theirs < mine):
                return first, second
    return None


def by_detail(rules: Sequence[Rule], side: Side) -> list[Rule]:
    """The rules with the more specific ones first, otherwise as they stand."""
    ordered: list[Rule] = []
    for rule in rules:
        position = next((i for i, o in enumerate(ordered) if _finer(rule, o, side)), len(ordered))
        ordered.insert(position, rule)
    return ordered


def _finer(rule: Rule, than: Rule, side: Side) -> bool:
    return any(_texts(b) < _texts(a) for a, b in _overlaps(rule, than, side))


def _texts(conditions: Iterable[Condition]) -> frozenset[str]:
    return frozenset(c.text for c in conditions)


def _overlaps(
    first: Rule, second: Rule, side: Side
) -> Iterator[tuple[list[Condition], list[Condition]]]:
    for a in _matching(first, side):
        for b in _matching(second, side):
            mine, theirs = list(conditions(a.half(side))), list(conditions(b.half(side)))
            if not any(_exclude(x, y) for x in mine for y in theirs):
                yield mine, theirs


def _matching(rule: Rule, side: Side) -> list[Case]:
    if rule.manual or side not in rule.signatures:
        return []
    return [case for case in rule.cases if case.origin in (None, side)]


def conditions(half: Half) -> Iterator[Condition]:
    """What must hold for this side of a case to match, conjunct by conjunct."""
    for name, wanted in half.fixed.items():
        yield _condition(ast.parse(f"{name} == {wanted.text}", mode="eval").body)
    for expression in (half.when, half.assume):
        if expression is not None:
            yield from map(_condition, _conjuncts(expression.node))


def _conjuncts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _conjuncts(value)
    else:
        yield node


def _condition(node: ast.expr) -> Condition:
    text = ast.unparse(node)
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _TESTS:
            value = evaluate(right, {})
            if not is_known(value):
                return Condition(text, text)
            test = _TESTS[type(op)]
            values = value if isinstance(value, tuple) and type(op) in _MEMBERS else (value,)
            return Condition(text, ast.unparse(left), lambda x: test(x, value), values)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return Condition(text, ast.unparse(inner), lambda x: x is False, (False,))
        case ast.Call(func=ast.Name(id="is_open"), args=[asked]):
            return Condition(text, ast.unparse(asked), lambda x: type(x) is object)
    return Condition(text, text, lambda x: x is True, (True,))


def _same(a: Value, b: Value) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)


_MEMBERS = (ast.In, ast.NotIn)
_TESTS: dict[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: _same,
    ast.NotEq: lambda a, b: not _same(a, b),
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
    ast.In: lambda a, b: isinstance(b, tuple) and any(_same(a, x) for x in b),
    ast.NotIn: lambda a, b: isinstance(b, tuple) and not any(_same(a, x) for x in b),
    ast.Lt: lambda a, b: isinstance(a, int | float) and isinstance(b, int | float) and a < b,
    ast.LtE: lambda a, b: isinstance(a, int | float) and isinstance(b, int | float) and a <= b,
    ast.Gt: lambda a, b: isinstance(a, int | float) and isinstance(b, int | float) and a > b,
    ast.GtE: lambda a, b: isinstance(a, int | float) and isinstance(b, int | float) and a >= b,
}


def _exclude(a: Condition, b: Condition) -> bool:
    """Whether two conditions on one subject can't both hold: no value satisfies both."""
    if a.subject != b.subject or a.holds is None or b.holds is None:
        return False
    tried: list[Value] = [object()]
    for value in (*a.values, *b.values):
        tried.append(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            tried += [value - 0.5, value + 0.5]
    return not any(a.holds(value) and b.holds(value) for value in tried)
