"""`a @ b`: TensorFlow's operator takes no vectors, PyTorch's does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Tensor
from porter.rewrite import promoted

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def operated(
    rw: Rewriter, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
) -> cst.BaseExpression:
    """An operator as the function that takes what TensorFlow's operator does not."""
    sides = (original_node.left, original_node.right)
    if isinstance(original_node.operator, cst.MatrixMultiply):
        api = "keras.ops.matmul" if _has_vector(rw, sides) else None
    else:
        api = promoted.promoted(rw, original_node, original_node.operator, sides)
    if api is None:
        return updated_node
    operands = (updated_node.left, updated_node.right)
    return promoted.called(rw, api, original_node, updated_node.operator, operands)


def _has_vector(rw: Rewriter, sides: tuple[cst.BaseExpression, ...]) -> bool:
    values = [rw.facts.values.get(side) for side in sides]
    vectors = (isinstance(v, Tensor) and v.shape is not None and len(v.shape) == 1 for v in values)
    return rw.side == "torch" and any(vectors)
