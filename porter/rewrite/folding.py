"""Branches on what is fixed once the target is chosen: only the one that is taken is written."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from porter.facts import Const, Facts, below
from porter.rulebook import is_known, known

_PLAIN = (cst.SimpleString, cst.Comparison, cst.ComparisonTarget, cst.BooleanOperation,
          cst.UnaryOperation, cst.BaseCompOp, cst.BaseBooleanOp, cst.BaseUnaryOp,
          cst.BaseParenthesizableWhitespace, cst.SimpleWhitespace, cst.LeftParen,
          cst.RightParen, cst.Tuple, cst.Set, cst.List, cst.Element, cst.Comma)  # fmt: skip


def fixed(facts: Facts, test: cst.BaseExpression) -> bool | None:
    """The truth of a test that only asks the framework what it has fixed; else None."""
    asked = False
    stack: list[cst.CSTNode] = [test]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Call):
            value = facts.values.get(node)
            if node not in facts.calls or node.args or not _is_literal(value):
                return None
            asked = True
            continue
        if not isinstance(node, _PLAIN):
            return None
        stack += below(node)
    value = facts.values.get(test)
    if not asked or not isinstance(value, Const) or not is_known(value.term):
        return None
    return bool(known(value.term))


def _is_literal(value: object) -> bool:
    return isinstance(value, Const) and isinstance(known(value.term), str | int | float)


def folded_if(
    facts: Facts, original: cst.If, updated: cst.If
) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | None:
    """The branch that a fixed test takes; None where the test is not fixed or nothing is left."""
    truth = fixed(facts, original.test)
    if truth is None:
        return None
    if truth:
        return _spliced(updated, updated.body)
    other = updated.orelse
    if isinstance(other, cst.If):
        return other.with_changes(leading_lines=[*updated.leading_lines, *other.leading_lines])
    return None if other is None else _spliced(updated, other.body)


def _spliced(around: cst.If, suite: cst.BaseSuite) -> cst.FlattenSentinel[cst.BaseStatement] | None:
    if not isinstance(suite, cst.IndentedBlock) or not suite.body:
        return None
    first, *rest = suite.body
    lines = [*around.leading_lines, *getattr(first, "leading_lines", ())]
    return cst.FlattenSentinel([first.with_changes(leading_lines=lines), *rest])


def folded_value(
    facts: Facts, original: cst.IfExp, updated: cst.IfExp
) -> cst.BaseExpression | None:
    """The value that a fixed test chooses."""
    truth = fixed(facts, original.test)
    if truth is None:
        return None
    return updated.body if truth else updated.orelse


def dead(facts: Facts, parents: Mapping[cst.CSTNode, cst.CSTNode], node: cst.CSTNode) -> bool:
    """Whether a node stands in a branch that a fixed test never takes."""
    above = parents.get(node)
    while above is not None:
        if isinstance(above, cst.If | cst.IfExp):
            truth = fixed(facts, above.test)
            if (truth is True and node is above.orelse) or (truth is False and node is above.body):
                return True
        node, above = above, parents.get(above)
    return False
