"""`x[[0, 2]]`, `x[:, picked]`, `x[x > 0]`: lists and tensors, which Keras does not index by.

TensorFlow reads a list as one place an axis, so `x[[0, 2]]` would be another tensor than PyTorch's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Const, Sequence, Tensor, Value
from porter.rulebook import Size, is_known, known

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

API = "indexing"
MASK = "Keras's tensors are not indexed by masks: keras.ops.where keeps the shape"
SEVERAL = "Keras's tensors are not indexed by several tensors or lists at once"
MIXED = "Keras's tensors take tensors and lists only along one axis: keras.ops.take, axis by axis"
COMMENTED = "a comment stands between the brackets: keras.ops.take"
OPEN = "whether the index holds places or is a mask is not known: keras.ops.take takes places"


def indexed(rw: Rewriter, original: cst.Subscript, updated: cst.Subscript) -> cst.BaseExpression:
    """A tensor of PyTorch indexed by places in the target, or left and said so."""
    owner = rw.facts.values.get(original.value)
    if rw.side != "torch" or not isinstance(owner, Tensor) or _is_target(rw, original):
        return updated
    advanced = [i for i, e in enumerate(original.slice) if _is_advanced(rw, e)]
    if not advanced:
        return updated
    place = advanced[0]
    reason = _reason(rw, original, place) if len(advanced) == 1 else SEVERAL
    axis = _axis(rw, original, place)
    brackets = (original.lbracket.whitespace_after, original.rbracket.whitespace_before)
    if any("#" in rw.facts.module.code_for_node(space) for space in brackets):
        reason = reason or COMMENTED
    if reason or axis is None:
        rw.left[updated] = (original, API, reason or MIXED)
        return updated
    index = updated.slice[place].slice
    assert isinstance(index, cst.Index)
    arguments = [
        cst.Arg(_others(updated, place), comma=COMMA),
        cst.Arg(index.value, comma=COMMA),
        cst.Arg(cst.parse_expression(str(axis)), keyword=cst.Name("axis"), equal=EQUAL),
    ]
    return cst.Call(rw.spelling.name("keras.ops.take"), arguments)


COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _is_target(rw: Rewriter, node: cst.Subscript) -> bool:
    """Whether something is assigned there, which is said elsewhere."""
    around = rw.parents[node]
    if isinstance(around, cst.Element):
        around = rw.parents[rw.parents[around]]
    if isinstance(around, cst.AugAssign):
        return around.target is node
    return isinstance(around, cst.AssignTarget | cst.Del)


def _is_advanced(rw: Rewriter, element: cst.SubscriptElement) -> bool:
    index = element.slice
    if not isinstance(index, cst.Index):
        return False
    if isinstance(index.value, cst.List | cst.ListComp):
        return True
    value = rw.facts.values.get(index.value)
    if isinstance(value, Tensor):
        return value.shape != () or value.dtype == "bool"
    if not isinstance(value, Sequence):
        return False
    return value.kind == "list" or any(isinstance(i, Tensor | Sequence) for i in value.items)


def _reason(rw: Rewriter, node: cst.Subscript, place: int) -> str:
    """Why an index does not say places along one axis; nothing where it does."""
    index = node.slice[place].slice
    assert isinstance(index, cst.Index)
    match rw.facts.values.get(index.value):
        case Tensor(dtype=str(dtype)) if dtype.startswith("int"):
            return ""
        case Tensor(dtype="bool" | "uint8"):
            return MASK
        case Sequence(kind="list", items=items) if all(map(_is_place, items)) and items:
            return ""
        case Sequence(kind="tuple"):
            return SEVERAL
        case Sequence(items=items) if any(map(_is_truth, items)):
            return MASK
    return OPEN


def _is_place(value: Value | None) -> bool:
    if not isinstance(value, Const):
        return False
    return isinstance(value.term, Size) or (_is_number(value) and not _is_truth(value))


def _is_number(value: Const) -> bool:
    return is_known(value.term) and isinstance(known(value.term), int)


def _is_truth(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.term, bool)


def _axis(rw: Rewriter, node: cst.Subscript, place: int) -> int | None:
    """The axis that is taken along, once the other elements have been applied.

    Single places next to it fall away before; anywhere else PyTorch would move the axis.
    """
    before, after = node.slice[:place], node.slice[place + 1 :]
    whole = [isinstance(e.slice, cst.Slice) for e in before]
    while whole and not whole[-1] and _is_single(rw, before[len(whole) - 1]):
        whole.pop()
    if not all(isinstance(e.slice, cst.Slice) for e in after):
        return None
    if len(before) == 1 and _is_ellipsis(before[0]):
        return -1 - len(after)
    return len(whole) if all(whole) else None


def _is_single(rw: Rewriter, element: cst.SubscriptElement) -> bool:
    index = element.slice
    return isinstance(index, cst.Index) and _is_place(rw.facts.values.get(index.value))


def _others(node: cst.Subscript, place: int) -> cst.BaseExpression:
    """What is indexed by all but the places: a slice stands for them where others follow."""
    colon = cst.Slice(lower=None, upper=None, step=None)
    elements = list(node.slice)
    elements[place] = elements[place].with_changes(slice=colon)
    return rest(node.with_changes(slice=elements))


def rest(node: cst.Subscript) -> cst.BaseExpression:
    """What is indexed, without the whole axes that an index ends in."""
    elements = list(node.slice)
    while elements and _is_whole(elements[-1]):
        elements.pop()
    if not elements:
        return node.value
    elements[-1] = elements[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return node.with_changes(slice=elements)


def _is_whole(element: cst.SubscriptElement) -> bool:
    part = element.slice
    if isinstance(part, cst.Slice):
        return part.lower is None and part.upper is None and part.step is None
    return _is_ellipsis(element)


def _is_ellipsis(element: cst.SubscriptElement) -> bool:
    return isinstance(element.slice, cst.Index) and isinstance(element.slice.value, cst.Ellipsis)
