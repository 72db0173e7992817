"""Layers of which one or another stands at a place: what goes in there comes in one order."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.functions import orders
from porter.facts.join import join
from porter.facts.merging import reordered
from porter.facts.propagate import Input, ranked
from porter.facts.values import (
    LAYERS,
    UNKNOWN_VALUE,
    Api,
    Bound,
    Const,
    Either,
    Function,
    Instance,
    Object,
    Passing,
    Tensor,
    Value,
)

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

# Functions that give what they are given.
_PASSING = ("tensorflow.identity", "keras.activations.linear")


def beside(it: Interpreter, node: cst.BaseExpression, value: Value, other: Value) -> Value:
    """`Layer(…) if c else tf.identity`: beside a layer, such a function is a layer, too."""
    return as_layer(it, node, value) if isinstance(other, Object | Instance) else value


def either(it: Interpreter, node: cst.IfExp, one: Value, other: Value) -> Value:
    """What an attribute holds that is one layer or another."""
    around = it.parents[node]
    kept = isinstance(around, cst.Assign) and isinstance(around.targets[0].target, cst.Attribute)
    layered = isinstance(one, LAYERS) or isinstance(other, LAYERS)
    return Either((one, other)) if kept and layered else join(one, other)


def keep(owner: Instance, name: str, value: Value) -> None:
    """Let an attribute hold a value; of layers that may be there, the last."""
    if isinstance(value, Either):
        there = tuple(o for o in value.options if not (isinstance(o, Const) and o.term is None))
        if len(there) < len(value.options):
            owner.unsettled.add(name)
        owner.choices[name] = Either(there)
        value = next(o for o in reversed(there) if isinstance(o, LAYERS))
    owner.attributes[name] = value


def called(it: Interpreter, node: cst.BaseExpression, value: Value) -> Value:
    """What is called at `self.layer`: all that the attribute may hold."""
    if not isinstance(node, cst.Attribute) or not isinstance(value, LAYERS):
        return value
    owner = it.facts.values.get(node.value)
    found = owner.choices.get(node.attr.value) if isinstance(owner, Instance) else None
    some = found is not None and len(found.options) > 1 and value in found.options
    return found if some and found is not None else value


def as_layer(it: Interpreter, node: cst.BaseExpression, value: Value) -> Value:
    """A function that gives what it is given, kept where a layer is expected."""
    if not isinstance(value, Api) or node not in it.facts.apis:
        return value
    if it.rulebook.canonical(value.name) not in _PASSING:
        return value
    it.facts.passing.add(node)
    return Passing()


def _passed(it: Interpreter, args: Arguments) -> Value:
    """What such a layer gives."""
    if len(args.positional) != 1 or args.keywords:
        return UNKNOWN_VALUE
    args = as_wished(it, args)
    it.note_place("follow", [Input(*args.positional[0])])
    return args.values[0]


def apply_chosen(
    it: Interpreter,
    node: cst.Call,
    callee: Either | Passing,
    args: Arguments,
    call: Callable[[Value, Arguments], Value],
) -> Value:
    """All layers that may stand here applied to the same; what they give must be held alike."""
    if isinstance(callee, Passing):
        return _passed(it, args)
    for layer in callee.options:
        if isinstance(layer, Object) and args.positional:
            (place, value), *rest = args.positional
            first = ranked(it, layer.rules, Input(place, value)).value
            args = Arguments(((place, first), *rest), args.keywords, args.open)
    results: list[Value] = []
    for layer in callee.options:
        if not isinstance(layer, (*LAYERS, Function, Bound)):
            for place, value in args.positional:
                it.to_source(place, value)
            results.append(UNKNOWN_VALUE)
        else:
            results.append(call(layer, args))
    torn = len({order for result in results for order in orders(result)}) > 1
    # Given the source's order, all may give it.
    if torn and not any(it.wish(place, None) for place, _ in args.positional[:1]):
        it.facts.conflicts[node] = "the layers that may stand here give different layouts"
    return reduce(join, results)


def as_wished(it: Interpreter, args: Arguments) -> Arguments:
    """Arguments in the orders that were asked for at their places."""
    given = []
    for node, value in args.positional:
        if node in it.wishes and isinstance(value, Tensor):
            it.give(Input(node, value), it.wishes[node])
            value = reordered(value, it.wishes[node])
        given.append((node, value))
    return Arguments(tuple(given), args.keywords, args.open)
