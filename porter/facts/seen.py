"""Shapes that a run of the source saw, for what the code does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments, Given
from porter.facts.values import UNKNOWN_VALUE, Instance, Object, Sequence, Tensor, Value
from porter.rulebook import Symbol, Term, is_known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

# By the call that makes a layer, or the class of a module: the shapes of what it is applied to.
Seen = Mapping[cst.CSTNode, tuple[tuple[int | None, ...] | None, ...]]


def as_seen(it: Interpreter, callee: Value, args: Arguments) -> Arguments:
    """What a layer or module is applied to, with the sizes that were seen there."""
    node: cst.CSTNode | None = callee.node if isinstance(callee, Object | Instance) else None
    shapes = it.seen.get(node, ()) if node is not None else ()
    if not shapes and isinstance(callee, Instance):
        node, shapes = callee.cls.node, it.seen.get(callee.cls.node, ())
    if node is None or not shapes:
        return args
    positional: list[Given] = []
    left = list(shapes)
    for place, value in args.positional:
        count = len(value.items) if isinstance(value, Sequence) else 1
        given, left = left[:count], left[count:]
        positional.append((place, _filled(it, node, value, given)))
    return Arguments(tuple(positional), args.keywords, args.open)


def seen_input(it: Interpreter, callee: Value, value: Value) -> Value:
    """One tensor that a layer is applied to, as above."""
    return as_seen(it, callee, Arguments(((cst.Name("_"), value),))).values[0]


def _filled(
    it: Interpreter, node: cst.CSTNode, value: Value, shapes: list[tuple[int | None, ...] | None]
) -> Value:
    if isinstance(value, Sequence):
        pairs = zip(value.items, [*shapes, *[None] * len(value.items)], strict=False)
        items = [_filled(it, node, item, [shape]) for item, shape in pairs]
        return Sequence(value.kind, items, value.open, value.sure)
    shape = shapes[0] if shapes else None
    value = Tensor() if value is UNKNOWN_VALUE else value
    if shape is None or not isinstance(value, Tensor):
        return value
    if value.shape is None:
        dims: tuple[Term, ...] = it.dims_at((node, len(shape)), len(shape))
        value = replace(value, shape=(*dims[: len(dims) - len(value.tail)], *value.tail))
    assert value.shape is not None
    if len(value.shape) != len(shape):
        return value
    # Of how many there are in a batch nothing is made.
    sizes = [
        seen if i and seen is not None and _is_open(size) else size
        for i, (size, seen) in enumerate(zip(value.shape, shape, strict=True))
    ]
    if tuple(sizes) != value.shape:
        it.facts.seen.add(node)
    return replace(value, shape=tuple(sizes))


def _is_open(size: Term) -> bool:
    """Whether the code does not say a size, be it by a name."""
    if isinstance(size, Symbol) and not is_known(size):
        return any(name.startswith("?") for name in size.names)
    return size is None or not is_known(size)
