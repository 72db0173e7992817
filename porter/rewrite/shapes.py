"""TensorFlow's shapes are objects with methods; PyTorch's are tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import TensorShape

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

RANKS = ("rank", "ndims")


def listed(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression | None:
    """`x.shape.as_list()` → `list(x.shape)`, or the shape itself where only its sizes are read."""
    func, new = original.func, updated.func
    if not isinstance(func, cst.Attribute) or not isinstance(new, cst.Attribute):
        return None
    if func.attr.value != "as_list" or original.args:
        return None
    shape = _shape(rw, func.value, new.value)
    if shape is None or _is_read_by_size(original, rw.parents[original]):
        return shape
    return _called("list", shape)


def rank(
    rw: Rewriter, original: cst.Attribute, updated: cst.Attribute
) -> cst.BaseExpression | None:
    """`x.shape.rank` → `len(x.shape)`."""
    if original.attr.value not in RANKS:
        return None
    shape = _shape(rw, original.value, updated.value)
    return None if shape is None else _called("len", shape)


def _shape(
    rw: Rewriter, original: cst.BaseExpression, updated: cst.BaseExpression
) -> cst.BaseExpression | None:
    """What has a method that only TensorFlow's shapes have, if it is one."""
    if rw.side != "keras" or rw.is_frozen(original):
        return None
    if isinstance(original, cst.Attribute) and original.attr.value == "shape":
        return updated
    if isinstance(updated, cst.Call) and isinstance(updated.func, cst.Attribute):
        if updated.func.attr.value == "get_shape" and not updated.args:
            return cst.Attribute(updated.func.value, cst.Name("shape"))
        return None
    return updated if isinstance(rw.facts.values.get(original), TensorShape) else None


def _is_read_by_size(node: cst.CSTNode, around: cst.CSTNode) -> bool:
    """`….as_list()[1]`, `_, n, c = ….as_list()`."""
    if isinstance(around, cst.Subscript):
        slices = [element.slice for element in around.slice]
        return around.value is node and not any(isinstance(s, cst.Slice) for s in slices)
    if not isinstance(around, cst.Assign) or around.value is not node:
        return False
    return all(isinstance(target.target, cst.Tuple | cst.List) for target in around.targets)


def _called(function: str, value: cst.BaseExpression) -> cst.Call:
    return cst.Call(cst.Name(function), [cst.Arg(value)])
