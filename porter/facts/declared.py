"""What is said of an input before it comes: by a container, and to a layer's `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.terms import read_at, shape_from, size_for, term_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Const,
    Function,
    Object,
    Sequence,
    Shape,
    Tensor,
    Value,
)
from porter.rulebook import Named, Symbol, Term, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

SEQUENTIALS = ("keras.Sequential", "torch.nn.Sequential")


def declared_shape(it: Interpreter, obj: Object) -> Shape:
    """The input shape a Sequential declares in its first element."""
    for child in obj.children[:1]:
        if not isinstance(child, Object):
            return None
        if child.api == "keras.Input":
            tensor = child.outputs[0]
            return tensor.shape if isinstance(tensor, Tensor) else None
        if child.api in SEQUENTIALS:
            return declared_shape(it, child)
        for name in ("input_shape", "batch_input_shape", "input_dim", "input_length"):
            if name not in child.given or (child.api.endswith("Embedding") and name == "input_dim"):
                continue
            term = term_of(it, *child.given[name])
            if name == "batch_input_shape":
                return shape_from(it, term)
            one = name in ("input_dim", "input_length")
            inner = shape_from(it, (term,) if one and not isinstance(term, tuple) else term)
            return None if inner is None else (it.new_dim(), *inner)
        if child.api.endswith("Embedding"):
            return (it.new_dim(), it.new_dim())
    return None


def declared_tail(it: Interpreter, obj: Object) -> tuple[Term, ...]:
    """The last size of an input shape that a Sequential only declares by a name."""
    for child in obj.children[:1]:
        if isinstance(child, Object) and child.api in SEQUENTIALS:
            return declared_tail(it, child)
        if isinstance(child, Object) and child.api == "keras.Input":
            tensor = child.outputs[0]
            return tensor.tail if isinstance(tensor, Tensor) else ()
        if isinstance(child, Object) and "input_shape" in child.given:
            return sizes_by_name(it, child.given["input_shape"][0], 1)
    return ()


def sizes_by_name(it: Interpreter, shape: cst.CSTNode, count: int) -> tuple[Term, ...]:
    """How the last sizes are read of a shape that is only known by a name."""
    if not isinstance(shape, cst.Name):
        return ()
    return tuple(size_for(it, read_at(shape, place)) for place in (*range(count - 1), -1))


def as_declared(shape: Shape, declared: Shape) -> Shape:
    """A shape with the sizes that were declared in place of those that nobody wrote down."""
    if shape is None or declared is None or len(shape) != len(declared):
        return declared if shape is None else shape
    return tuple(
        own if is_known(own) and own is not None else said
        for own, said in zip(shape, declared, strict=True)
    )


def told_sizes(it: Interpreter, args: Arguments, method: Value | None) -> Value:
    """What `build` is told of the input, by the names that `call` has for it."""
    if not args.positional or not isinstance(method, Function):
        return UNKNOWN_VALUE
    parameters = [*method.node.params.posonly_params, *method.node.params.params][1:]
    if not parameters:
        return UNKNOWN_VALUE
    given = args.values[0]
    if isinstance(given, Sequence):
        items = [_shape(it, item, (parameters[0], 100 + i)) for i, item in enumerate(given.items)]
        return Sequence("list", items, given.open)
    return _shape(it, given, (parameters[0], 0))


def _shape(it: Interpreter, value: Value, key: tuple[cst.CSTNode, int]) -> Value:
    if not isinstance(value, Tensor) or value.shape is None:
        return UNKNOWN_VALUE
    dims = it.dims_at(key, len(value.shape))
    return Sequence("tuple", [_sized(d, size) for d, size in zip(dims, value.shape, strict=True)])


def _sized(dim: Symbol, size: object) -> Const:
    return Const(Named(dim.text, dim.node, known(size)) if isinstance(known(size), int) else dim)
