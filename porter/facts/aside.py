"""Branches that no call of the program takes: they stay in it, and are understood all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.holding import differs, holding
from porter.facts.merging import agree_on_orders, doubt_layers
from porter.facts.places import walk
from porter.facts.propagate import SEVERAL
from porter.facts.values import Const, Scope, Value
from porter.rulebook import Symbol

if TYPE_CHECKING:
    from porter.facts.interpreter import Frame, Interpreter

Branch = cst.If | cst.Else
_NONE = Const(None)


@dataclass(eq=False)
class Aside:
    """A branch that was not taken, with the names before it and the calls around it.

    `node` is where it was decided; `end` is what holds behind it, by the way that was taken.
    """

    node: cst.If
    scope: Scope
    stack: tuple[Frame, ...]
    containers: int
    end: tuple[dict[str, Value], dict[str, cst.BaseExpression]] | None = None


def set_aside(it: Interpreter, node: cst.If, test: bool, scope: Scope) -> list[Aside]:
    """Remember the branches that are not taken here, by the truth of the first one's test."""
    found: list[Aside] = []
    for branch in _behind(node) if test else [node]:
        if branch not in it.aside:
            names = scope.names | _other(node.test, scope)
            before = replace(scope, names=names, places=dict(scope.places))
            it.aside[branch] = Aside(node, before, tuple(it.stack), it.containers)
            found.append(it.aside[branch])
    return found


def _other(test: cst.BaseExpression, scope: Scope) -> dict[str, Value]:
    """What a test asks of and is None here: that is not why anybody takes the other way."""
    asked = [n.value for n in walk(test) if isinstance(n, cst.Name)]
    return {name: Const(Symbol.parse(name)) for name in asked if scope.names.get(name) == _NONE}


def _behind(node: cst.If) -> Iterator[Branch]:
    branch = node.orelse
    while branch is not None:
        yield branch
        branch = branch.orelse if isinstance(branch, cst.If) else None


def run_aside(it: Interpreter) -> bool:
    """Interpret the branches that nothing took; False where there was none."""
    waiting = {branch: around for branch, around in it.aside.items() if not _was_taken(it, branch)}
    it.aside = {branch: around for branch, around in it.aside.items() if branch not in waiting}
    for branch, around in waiting.items():
        scope, places = around.scope, dict(around.scope.places)
        it.stack, stack = list(around.stack), it.stack
        it.containers, containers = around.containers, it.containers
        if isinstance(branch, cst.If):
            it.evaluate(branch.test, scope)
        kept = holding(scope)
        falls = it.execute(branch.body, scope)
        it.stack, it.containers = stack, containers
        if differs(kept, holding(scope)):
            _mark_stored(it, branch)
        if falls:
            _meet(it, around, places)
    return bool(waiting)


def _was_taken(it: Interpreter, branch: Branch) -> bool:
    return any(n in it.facts.values for s in branch.body.body for n in walk(s))


def _meet(it: Interpreter, around: Aside, before: dict[str, cst.BaseExpression]) -> None:
    """Behind a branch, tensors are held as they are where another was taken.

    What is asked of those that were taken goes first: there is another time around.
    """
    if around.end is None or it.wished:
        return
    names, places = around.scope.names, around.scope.places
    doubt_layers(it, around.node, around.end[0], names)
    for name in agree_on_orders(it, around.end, (names, places), before):
        node = places.get(name) or around.end[1].get(name)
        if node is not None:
            it.facts.conflicts[node] = SEVERAL


def _mark_stored(it: Interpreter, branch: Branch) -> None:
    """Mark what a branch puts into objects and containers: those read it who never saw it so."""
    for node in walk(branch.body):
        if isinstance(node, cst.Assign) and any(
            isinstance(target.target, cst.Attribute | cst.Subscript) for target in node.targets
        ):
            it.facts.conflicts[node.value] = SEVERAL
