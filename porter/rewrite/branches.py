"""Branches of which nothing is left: the layers that were made there need no making."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import walk
from porter.rewrite.code import negated
from porter.rewrite.dropped import carried
from porter.rewrite.folding import folded_if
from porter.rewrite.harmless import is_harmless

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

Branch = cst.If | cst.Else


def conditional(
    rw: Rewriter, original_node: cst.If, updated_node: cst.If
) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
    """An `if` with the branches that are taken and do something; what an `elif` becomes waits."""
    if isinstance(rw.parents[original_node], cst.If):
        return updated_node
    found = folded_if(rw.facts, original_node, updated_node)
    return found or _pruned(rw, updated_node)


def _pruned(
    rw: Rewriter, updated: cst.If
) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
    """An `if` without its empty branches, whose comments go on to what follows."""
    left = _left(updated)
    if left is updated:
        return updated
    staying = {
        n for part in (updated.leading_lines if left is None else [left]) for n in walk(part)
    }
    said = [n for n in walk(updated) if isinstance(n, cst.Comment) and n not in staying]
    lines = [cst.EmptyLine(comment=comment) for comment in said]
    if left is None:
        carriers = carried(rw, [*updated.leading_lines, *lines])
        return cst.FlattenSentinel(carriers) if carriers else cst.RemoveFromParent()
    assert isinstance(left, cst.If)
    return cst.FlattenSentinel([left, *carried(rw, lines)])


def _left(branch: Branch | None) -> Branch | None:
    """What is left of a branch and those behind it."""
    if branch is None:
        return None
    if isinstance(branch, cst.Else):
        return None if _is_empty(branch) else branch
    other = _left(branch.orelse)
    if _is_empty(branch) and is_harmless(branch.test):
        if other is None:
            return None
        if isinstance(other, cst.Else):
            return branch.with_changes(test=negated(branch.test), body=other.body, orelse=None)
    return branch if other is branch.orelse else branch.with_changes(orelse=other)


def _is_empty(branch: Branch) -> bool:
    """Whether a block has no statement: no parser makes one, its statements have gone."""
    return isinstance(branch.body, cst.IndentedBlock) and not branch.body.body
