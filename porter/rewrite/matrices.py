"""`a @ b`: TensorFlow's operator takes no vectors, PyTorch's does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from porter.facts import Tensor

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def multiplied(
    rw: Rewriter, original: cst.BinaryOperation, updated: cst.BinaryOperation
) -> cst.BaseExpression:
    """A product with a vector as the function that knows what to do with one."""
    if rw.side != "torch" or not isinstance(original.operator, cst.MatrixMultiply):
        return updated
    sides = [rw.facts.values.get(side) for side in (original.left, original.right)]
    if not any(isinstance(s, Tensor) and s.shape is not None and len(s.shape) == 1 for s in sides):
        return updated
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    around: dict[str, Any] = {}
    if "#" in rw.facts.module.code_for_node(original):
        assert isinstance(updated.operator, cst.MatrixMultiply)
        comma = cst.Comma(updated.operator.whitespace_before, updated.operator.whitespace_after)
        around = {"lpar": updated.lpar, "rpar": updated.rpar}
    arguments = [cst.Arg(updated.left, comma=comma), cst.Arg(updated.right)]
    return cst.Call(rw.spelling.name("keras.ops.matmul"), arguments, **around)
