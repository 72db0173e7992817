"""`a @ b`: TensorFlow's operator takes no vectors, PyTorch's does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from porter.facts import Tensor

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def multiplied(
    rw: Rewriter, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
) -> cst.BaseExpression:
    """A product with a vector as the function that knows what to do with one."""
    if rw.side != "torch" or not isinstance(original_node.operator, cst.MatrixMultiply):
        return updated_node
    sides = [rw.facts.values.get(side) for side in (original_node.left, original_node.right)]
    if not any(isinstance(s, Tensor) and s.shape is not None and len(s.shape) == 1 for s in sides):
        return updated_node
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    around: dict[str, Any] = {}
    if "#" in rw.facts.module.code_for_node(original_node):
        assert isinstance(updated_node.operator, cst.MatrixMultiply)
        comma = cst.Comma(
            updated_node.operator.whitespace_before, updated_node.operator.whitespace_after
        )
        around = {"lpar": updated_node.lpar, "rpar": updated_node.rpar}
    arguments = [cst.Arg(updated_node.left, comma=comma), cst.Arg(updated_node.right)]
    return cst.Call(rw.spelling.name("keras.ops.matmul"), arguments, **around)
