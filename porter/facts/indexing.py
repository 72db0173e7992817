"""Indexing and slicing a tensor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.propagate import Input
from porter.facts.values import UNKNOWN_VALUE, Const, Producer, Tensor, Value
from porter.rulebook import Term, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def tensor_item(it: Interpreter, tensor: Tensor, node: cst.Subscript) -> Value:
    """Indexing and slicing a tensor, in the source's order."""
    it.give(Input(node.value, tensor), None)
    # What a part of a tensor is changed by, the whole is in PyTorch.
    producer = Producer(node, UNKNOWN_VALUE, (tensor,)) if it.side == "torch" else None
    bare = Tensor(dtype=tensor.dtype, held=tensor.held)
    shape = tensor.shape
    if shape is None:
        return bare
    result: list[Term] = []
    position = 0
    indexing = sum(not _adds_axis(e) and not _is_ellipsis(e) for e in node.slice)
    for element in node.slice:
        if _is_ellipsis(element):
            rest = len(shape) - indexing
            result += shape[position : position + rest]
            position += rest
        elif _adds_axis(element):
            result.append(1)
        elif position >= len(shape):
            return bare
        else:
            index = element.slice
            if isinstance(index, cst.Slice):
                whole = index.lower is None and index.upper is None and index.step is None
                result.append(shape[position] if whole else _slice_size(it, index, shape[position]))
            elif not _is_one_place(it, index):
                return bare
            position += 1
    return replace(bare, shape=(*result, *shape[position:]), producer=producer)


def _is_one_place(it: Interpreter, index: cst.BaseSlice) -> bool:
    return isinstance(index, cst.Index) and isinstance(it.facts.values.get(index.value), Const)


def _slice_size(it: Interpreter, index: cst.Slice, size: Term) -> Term:
    bounds: list[int | None] = []
    for part in (index.lower, index.upper, index.step):
        value = None if part is None else it.facts.values.get(part)
        bound = known(value.term) if isinstance(value, Const) and is_known(value.term) else None
        if part is not None and not isinstance(bound, int):
            return None
        bounds.append(bound if isinstance(bound, int) else None)
    length = known(size)
    if not isinstance(length, int) or bounds[2] == 0:
        return None
    return len(range(length)[slice(*bounds)])


def _adds_axis(element: cst.SubscriptElement) -> bool:
    index = element.slice
    return (
        isinstance(index, cst.Index)
        and isinstance(index.value, cst.Name)
        and index.value.value == "None"
    )


def _is_ellipsis(element: cst.SubscriptElement) -> bool:
    index = element.slice
    return isinstance(index, cst.Index) and isinstance(index.value, cst.Ellipsis)
