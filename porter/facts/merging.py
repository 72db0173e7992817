"""Names that carry a tensor along several ways: one layout where the ways meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.functions import restored
from porter.facts.holding import holding, tear_held
from porter.facts.join import join, layers_chosen
from porter.facts.places import function_around, walk
from porter.facts.propagate import Input
from porter.facts.values import Order, Scope, Sequence, Tensor, Value

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
) -> set[str]:
    """Where two ways meet: ask one of them for the order that the other has.

    The names come back that neither can be asked for any more.
    """
    left = set()
    for name, (a, b) in _torn(one[0], two[0]).items():
        first, second, old = one[1].get(name), two[1].get(name), before.get(name)
        if not _same_rank(a, b):
            asked = [_ask(it, node, None) for node in (first, second)]
            if not any(asked):
                left.add(name)
        elif not _agreed(it, (first, a.order), (second, b.order), old):
            left.add(name)
    return left


Made = tuple[cst.BaseExpression | None, Order]


def _agreed(it: Interpreter, one: Made, two: Made, old: cst.BaseExpression | None) -> bool:
    """Ask for one order of what was made on two ways; False where nothing can be asked."""
    changed = [made for made in (one, two) if made[0] is not None and made[0] is not old]
    free = [node for node, _ in changed if node not in it.wishes]
    a, b = one[1], two[1]
    if len(free) == 1:
        return _ask(it, free[0], b if free[0] is one[0] else a)
    if len(changed) == 1:
        # What is asked for around a loop later may leave a branch behind that was asked before.
        node, other = changed[0][0], b if changed[0] is one else a
        return _ask(it, old, changed[0][1]) or _ask(it, node, other, again=True)
    either = a if a is not None else b
    asked = [_ask(it, node, either) for node in (free if changed else [old])]
    return any(asked)


def _ask(
    it: Interpreter, node: cst.BaseExpression | None, order: Order, again: bool = False
) -> bool:
    """Ask for what is assigned here in an order; False where that cannot be asked any more."""
    return node is not None and it.wish(node, order, again)


def taken(it: Interpreter, node: cst.If, scope: Scope) -> bool:
    """Run a branch that is known to be taken here; False where control cannot fall off its end.

    Another run may not take it, and what comes behind holds its tensors in one order.
    """
    names, places, kept = dict(scope.names), dict(scope.places), holding(scope)
    falls = it.execute(node.body, scope)
    if falls and node.orelse is None:
        now = holding(scope)
        tear_held(kept, now, now)
        left = agree_on_orders(it, (scope.names, scope.places), (names, places), places)
        for name in left:
            scope.names[name] = join(scope.names[name], names[name])
        doubt_layers(it, node, names, scope.names)
    return falls


def doubt_layers(it: Interpreter, node: cst.If, one: Names, two: Names) -> None:
    """Ask for both ways of a branch where a layer is applied that may be another."""
    names = layers_chosen(one, two)
    home = function_around(node, it.parents) or it.facts.module
    if names and any(_is_applied(n, names) for n in walk(home)):
        it.doubts.add(node)


def _is_applied(node: cst.CSTNode, names: Names) -> bool:
    """Whether something is applied, or kept to be applied: `layer(x)`, `self.layer = layer`."""
    match node:
        case cst.Call(func=cst.Name(name)):
            return name in names
        case cst.Assign(targets=[cst.AssignTarget(cst.Attribute())], value=cst.Name(name)):
            return name in names
    return False


def give_alike(it: Interpreter, node: cst.BaseExpression, value: Value, like: Value) -> None:
    """Record that a value leaves as another that left the same way is held."""
    match value, like:
        case Tensor(), Tensor() if _same_rank(value, like):
            it.give(Input(node, value), like.order)
        case Sequence(items=items), Sequence(items=others) if isinstance(
            node, cst.Tuple | cst.List
        ) and len(items) == len(others):
            for element, one, other in zip(node.elements, items, others, strict=False):
                give_alike(it, element.value, one, other)
        case _:
            it.to_source(node, value)


def keep_orders(it: Interpreter, before: tuple[Names, Places], scope: Scope) -> None:
    """Around a loop: ask what went in for the order in which it comes out."""
    for name, (old, new) in _torn(before[0], scope.names).items():
        start, end = before[1].get(name), scope.places.get(name)
        if not _same_rank(old, new):
            continue
        if start is not end and _ask(it, start, new.order):
            continue
        if start is None or start is not end:
            _ask(it, end, old.order, again=True)


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
