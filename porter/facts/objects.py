"""Applying layers, containers, models and the program's own modules to tensors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments, Given
from porter.facts.chosen import as_wished
from porter.facts.declared import (
    SEQUENTIALS,
    as_declared,
    declared_shape,
    declared_tail,
    told_sizes,
)
from porter.facts.doubt import perhaps
from porter.facts.functions import call_function, in_words, restored
from porter.facts.merging import reordered
from porter.facts.modules import computes, is_module
from porter.facts.operations import produced
from porter.facts.places import displayed
from porter.facts.propagate import Input, first_name, made_use, run_layer
from porter.facts.seen import as_seen, seen_input
from porter.facts.several import one_by_one
from porter.facts.values import (
    UNKNOWN_VALUE,
    Class,
    Function,
    Instance,
    Object,
    Order,
    Producer,
    Sequence,
    Tensor,
    Use,
    Value,
)
from porter.facts.wrapped import apply_function, is_function_layer

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def apply_value(it: Interpreter, node: cst.Call, callee: Value, args: Arguments) -> Value:
    """`callee(x, …)` where callee is a module: a layer, a container, a user's object."""
    args = one_by_one(it, node, callee, args.with_first(first_name(it, callee)))
    args = as_seen(it, callee, as_wished(it, _with_last(it, callee, args)))
    given = args.values or args.every
    tensors = tuple(v for v in flat(given) if isinstance(v, Tensor))
    it.note_application(node, callee, tensors)
    if isinstance(callee, Instance):
        return produced(forward(it, callee, args), Producer(node, callee, tensors))
    assert isinstance(callee, Object)
    callee.results[node] = _applied(it, node, callee, args, tensors)
    return callee.results[node]


def _with_last(it: Interpreter, callee: Value, args: Arguments) -> Arguments:
    """Arguments of a layer, the first with its last size by the name that says it always."""
    size = it.last.get(callee.node) if isinstance(callee, Object) else None
    first = args.values[0] if args.positional else None
    if size is None or not isinstance(first, Tensor) or first.shape == ():
        return args
    if first.shape is None:
        given = replace(first, tail=(*first.tail[:-1], size))
    else:
        given = replace(first, shape=(*first.shape[:-1], size))
    (node, _), *rest = args.positional
    return Arguments(((node, given), *rest), args.keywords, args.open)


def _applied(
    it: Interpreter, node: cst.Call, callee: Object, args: Arguments, tensors: tuple[Tensor, ...]
) -> Value:
    inputs = _inputs(it, args)
    use = made_use(it, callee, node, tensors, args)
    callee.uses.append(use)
    if is_function_layer(callee) and args.positional:
        result = apply_function(it, callee, node, args.positional[0])
        return produced(result, Producer(node, callee, tensors))
    inner = callee.inner and it.in_module() and callee.node not in it.closed
    if callee.api in SEQUENTIALS and not inner:
        if callee.words:
            # Several calls may apply what a function returns: it keeps the source's order.
            for given in inputs:
                it.give(given, None)
            inputs = [Input(i.node, restored(i.value)) for i in inputs]
        for given in inputs:
            it.note_torn(given)
        inputs = [Input(None, i.value) for i in inputs]
        result = run_object(it, callee, inputs, use)
        it.close(callee.node, result)
        return produced(restored(result), Producer(node, callee, tensors))
    result = run_object(it, callee, inputs, use)
    return produced(result, Producer(node, callee, tensors))


def flat(values: list[Value]) -> list[Value]:
    """Values with what sequences among them hold, in place of the sequences."""
    found: list[Value] = []
    for value in values:
        found += flat(value.items) if isinstance(value, Sequence) else [value]
    return found


def _inputs(it: Interpreter, args: Arguments) -> list[Input]:
    if not args.positional:
        return [Input(n, v) for n, v in args.keywords.values() if isinstance(v, Tensor)]
    node, value = args.positional[0]
    if isinstance(value, Sequence):
        nodes = displayed(node, len(value.items))
        if nodes is None:
            return [Input(None, v) for v in value.items]
        return [Input(n, v) for n, v in zip(nodes, value.items, strict=True)]
    # What came here in an order that was asked for is not turned again.
    return [Input(None, v, n) if n in it.wishes else Input(n, v) for n, v in args.positional]


def forward(it: Interpreter, instance: Instance, args: Arguments) -> Value:
    """Run a user's module: `build` once (Keras), then `call` or `forward`.

    Called from outside every other module, its tensors leave in the source's order. Where its
    callers do not agree on one, they come in one that is settled for all (`strict`).
    """
    receiver = cst.Name("self")
    method = instance.cls.lookup(computes(instance.cls, it.rulebook, it.side))
    build = instance.cls.lookup("build") if it.side == "keras" else None
    if isinstance(build, Function) and not instance.built:
        instance.built = True
        given = told_sizes(it, args, method)
        call_function(it, build, Arguments(((receiver, instance), (receiver, given))))
    if not isinstance(method, Function):
        return UNKNOWN_VALUE
    it.applied.add(instance.cls.node)
    inner = it.in_module()
    if not inner:
        args = args.with_tensors()
    (it.facts.inner_classes if inner else it.facts.root_classes).add(instance.cls.node)
    if inner:
        _note_met(it, instance.cls, args)
    wanted = it.strict.get(instance.cls.node)
    if wanted is not None:
        args = _in_order(it, args, wanted)
    instance.inputs.append(tuple(args.values))
    root = wanted == () or not inner
    result = call_function(it, method, args.with_receiver(receiver, instance), root=root)
    return in_words(it, instance, result)


def _note_met(it: Interpreter, cls: Class, args: Arguments) -> None:
    """Record in which orders the callers of a class hold what they give it."""
    met = it.facts.met.setdefault(cls.node, [])
    for i, value in enumerate(args.values):
        if len(met) <= i:
            met.append([])
        met[i].append(value.order if isinstance(value, Tensor) else None)


def is_public(it: Interpreter, function: Function) -> bool:
    """Whether other code may call a module's method, besides the one that is its call."""
    owner, node = function.owner, function.node
    if owner is None or it.native or not isinstance(node, cst.FunctionDef):
        return False
    own = (computes(owner, it.rulebook, it.side), "build")
    name = node.name.value
    return is_module(owner, it.rulebook, it.side) and not name.startswith("_") and name not in own


def from_outside(it: Interpreter, function: Function, args: Arguments) -> Value:
    """A method that keeps its contract: tensors come and go in the source's order."""
    return call_function(it, function, _in_order(it, args, ()), root=True)


def _in_order(it: Interpreter, args: Arguments, wanted: tuple[Order, ...]) -> Arguments:
    """Arguments in the orders that are wanted of the first ones, the source's of the rest.

    What a list holds that is not written out here stays as it is: nobody makes another list.
    """
    given: list[Given] = []
    for i, (node, value) in enumerate(args.positional):
        order = wanted[i] if i < len(wanted) else None
        if not isinstance(value, Sequence):
            it.give(Input(node, value), order)
        elif displayed(node, len(value.items)) is not None:
            it.to_source(node, value)
        else:
            given.append((node, value))
            continue
        given.append((node, reordered(value, order)))
    return Arguments(tuple(given), args.keywords, args.open)


def run_object(it: Interpreter, obj: Object, inputs: list[Input], use: Use) -> Value:
    """Apply a framework object; a container applies its children in turn."""
    return in_words(it, obj, _run(it, obj, inputs, use))


def _run(it: Interpreter, obj: Object, inputs: list[Input], use: Use) -> Value:
    if obj.api in SEQUENTIALS:
        return _run_children(it, obj, inputs)
    if is_function_layer(obj) and inputs:
        place = inputs[0].node if isinstance(inputs[0].node, cst.BaseExpression) else obj.node
        return apply_function(it, obj, None, (place, inputs[0].value))
    if obj.api == "keras.Model" and obj.outputs:
        for given in inputs:
            it.give(given, None)
        return (
            _like(obj.outputs[0])
            if len(obj.outputs) == 1
            else Sequence("list", [_like(o) for o in obj.outputs])
        )
    return run_layer(it, obj, inputs, use)


def _like(value: Value) -> Value:
    return replace(value, order=None, producer=None) if isinstance(value, Tensor) else value


def _run_children(it: Interpreter, obj: Object, inputs: list[Input]) -> Value:
    current = inputs[0].value if inputs else UNKNOWN_VALUE
    if isinstance(current, Tensor):
        shape = as_declared(current.shape, declared_shape(it, obj))
        tail = current.tail or declared_tail(it, obj) if shape is None else ()
        current = replace(current, shape=shape, tail=tail)
    if obj.open and not obj.sure:
        current = _without_sizes(current)
    holder: cst.CSTNode | None = inputs[0].node if inputs else None
    it.containers += 1
    for place, child in enumerate(obj.children):
        if isinstance(child, Object) and child.api == "keras.Input":
            continue
        before = seen_input(it, child, current)
        current = _run_child(it, child, before, holder)
        holder = None
        if (obj.uncertain or obj.open) and not obj.sure:
            current = _without_sizes(current)
        elif (obj.uncertain or obj.open) and place not in obj.sure:
            current = perhaps(before, current)
            if isinstance(current, Tensor) and current != before:
                # What may be there twice also takes what it gives.
                current = perhaps(current, _run_child(it, child, current, None))
    it.containers -= 1
    return current


def _run_child(it: Interpreter, child: Value, current: Value, holder: cst.CSTNode | None) -> Value:
    if isinstance(child, Object):
        at = child.node if holder is None else holder
        tensors = (current,) if isinstance(current, Tensor) else ()
        use = made_use(it, child, None, tensors, Arguments(()))
        child.uses.append(use)
        return run_object(it, child, [Input(at, current)], use)
    if isinstance(child, Instance):
        wanted = it.strict.get(child.cls.node)
        if wanted is not None:
            order = wanted[0] if wanted else None
            it.enter(child, current, order)
            current = reordered(current, order)
        return forward(it, child, Arguments(((cst.Name("self"), current),)))
    if isinstance(child, Function):
        return call_function(it, child, Arguments(((cst.Name("self"), current),)))
    return UNKNOWN_VALUE


def _without_sizes(value: Value) -> Value:
    if not isinstance(value, Tensor) or value.shape is None:
        return value
    return replace(value, shape=(None,) * len(value.shape), producer=None)


# How TensorFlow's shapes say of how many sizes they are.
