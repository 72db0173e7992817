"""Names that carry a tensor along several ways: one layout where the ways meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.functions import restored
from porter.facts.values import Order, Scope, Tensor, Value

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

Names = Mapping[str, Value]
Places = Mapping[str, cst.BaseExpression]


def reordered(value: Value, order: Order) -> Value:
    """A tensor as it is held in another order; its rank is then known."""
    if order is None or not isinstance(value, Tensor):
        return restored(value)
    shape = value.shape if value.shape is not None else (None,) * len(order)
    return replace(value, shape=shape, order=order)


def agree_on_orders(
    it: Interpreter, one: tuple[Names, Places], two: tuple[Names, Places], before: Places
) -> None:
    """Where two branches meet: ask one of them for the order that the other has."""
    for name, (left, right) in _torn(one[0], two[0]).items():
        a, b = left.order, right.order
        first, second, old = one[1].get(name), two[1].get(name), before.get(name)
        if not _same_rank(left, right):
            for node in (first, second):
                if node is not None:
                    it.wish(node, None)
            continue
        movable = [node is not None and node is not old for node in (first, second)]
        if all(movable):
            wanted = a if a is not None else b
        elif any(movable):
            wanted = b if movable[0] else a
        elif old is not None:
            it.wish(old, a if a is not None else b)
            continue
        else:
            continue
        for node, may in zip((first, second), movable, strict=True):
            if may and node is not None:
                it.wish(node, wanted)


def taken(it: Interpreter, node: cst.If, scope: Scope) -> bool:
    """Run a branch that is known to be taken here; False where control cannot fall off its end.

    Another run may not take it, and what comes behind holds its tensors in one order.
    """
    names, places = dict(scope.names), dict(scope.places)
    falls = it.execute(node.body, scope)
    if falls and node.orelse is None:
        agree_on_orders(it, (scope.names, scope.places), (names, places), places)
    return falls


def keep_orders(it: Interpreter, before: tuple[Names, Places], scope: Scope) -> None:
    """Around a loop: ask what went in for the order in which it comes out."""
    for name, (old, new) in _torn(before[0], scope.names).items():
        start, end = before[1].get(name), scope.places.get(name)
        if not _same_rank(old, new):
            continue
        if start is not None and start is not end:
            it.wish(start, new.order)
        elif end is not None and start is None:
            it.wish(end, old.order)


def _same_rank(a: Tensor, b: Tensor) -> bool:
    ranks = {len(x) for t in (a, b) for x in (t.shape, t.order) if x is not None}
    return len(ranks) <= 1


def _torn(one: Names, two: Names) -> dict[str, tuple[Tensor, Tensor]]:
    """The names whose tensors are held in different orders."""
    found = {}
    for name, a in one.items():
        b = two.get(name)
        if isinstance(a, Tensor) and isinstance(b, Tensor) and a.order != b.order:
            found[name] = (a, b)
    return found
