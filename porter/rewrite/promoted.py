"""`h * (h > 0)`: PyTorch's operators bring two dtypes together, TensorFlow's do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from porter.facts import (
    Const,
    Tensor,
    Unknown,
    Value,
    as_tensor,
    function_around,
    is_whole,
    named_parameters,
    number_kind,
)
from porter.rewrite.indexed import COMMA
from porter.rewrite.template import bare
from porter.rulebook import is_known

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

UNMIXED = (
    "if either of these holds bools or whole numbers, write keras.ops.multiply: "
    "TensorFlow's * does not bring two dtypes together"
)
FUNCTIONS: dict[type[cst.CSTNode], str] = {
    cst.Add: "add", cst.Subtract: "subtract", cst.Multiply: "multiply", cst.Divide: "divide",
    cst.FloorDivide: "floor_divide", cst.Modulo: "mod", cst.Power: "power",
    cst.AddAssign: "add", cst.SubtractAssign: "subtract", cst.MultiplyAssign: "multiply",
    cst.DivideAssign: "divide", cst.FloorDivideAssign: "floor_divide",
    cst.ModuloAssign: "mod", cst.PowerAssign: "power",
    cst.Equal: "equal", cst.NotEqual: "not_equal", cst.GreaterThan: "greater",
    cst.GreaterThanEqual: "greater_equal", cst.LessThan: "less", cst.LessThanEqual: "less_equal",
}  # fmt: skip


def promoted(
    rw: Rewriter,
    original: cst.CSTNode,
    operator: cst.CSTNode,
    sides: tuple[cst.BaseExpression, cst.BaseExpression],
) -> str | None:
    """The function that an operator has to be written as; None where it may stay."""
    name = FUNCTIONS.get(type(operator))
    if rw.side != "torch" or name is None or rw.is_frozen(original):
        return None
    left, right = (as_tensor(rw.facts.values.get(side, Unknown())) for side in sides)
    if _dtype(left) == _dtype(right) == "bool":
        # What is true of either: TensorFlow cannot add what is True or False.
        return {"add": "keras.ops.logical_or", "divide": "keras.ops.divide"}.get(name)
    divided = name == "divide"
    if _is_apart(left, right, divided) or _is_apart(right, left, divided):
        return f"keras.ops.{name}"
    met = [(side, rw.facts.values.get(side, Unknown())) for side in sides]
    both = all(isinstance(value, Tensor) for _, value in met)
    if name == "multiply" and both and any(_is_told(rw, *each) for each in met):
        rw.findings.once(original, "operator", UNMIXED)
    return None


def _is_told(rw: Rewriter, node: cst.BaseExpression, value: Value) -> bool:
    """Whether a tensor is a parameter of which nothing says the dtype."""
    bare = isinstance(value, Tensor) and value.producer is None and _dtype(value) is None
    home = function_around(node, rw.parents) if bare and isinstance(node, cst.Name) else None
    if home is None or not isinstance(node, cst.Name):
        return False
    return node.value in {p.name.value for p in named_parameters(home.params)}


def _dtype(value: Value) -> str | None:
    """A tensor's dtype, where that is known, as the target holds it."""
    return (value.held or value.dtype) if isinstance(value, Tensor) else None


def _is_apart(one: Value, other: Value, divided: bool) -> bool:
    """Whether a tensor of a known dtype meets what may be of another."""
    dtype = _dtype(one)
    if dtype is None:
        return False
    exact = dtype == "bool" or is_whole(dtype)
    if isinstance(other, Tensor):
        met = _dtype(other)
        if met is None:
            # What nobody says a dtype of is float32, as nearly all are.
            return dtype != "float32"
        return met != dtype or (divided and exact)
    if not exact or not _is_operand(other):
        return False
    kind = number_kind(other)
    return divided or kind not in (("bool",) if dtype == "bool" else ("bool", "int"))


def _is_operand(value: Value) -> bool:
    """Whether a value may be a number or a tensor."""
    symbol = isinstance(value, Const) and not is_known(value.term)
    return symbol or number_kind(value) is not None or type(value) is Unknown


def called(
    rw: Rewriter,
    api: str,
    original: cst.BaseExpression,
    operator: cst.CSTNode,
    sides: tuple[cst.BaseExpression, cst.BaseExpression],
) -> cst.Call:
    """An operator as a call of the function that does the same."""
    comma = COMMA
    around: dict[str, Any] = {}
    left, right = sides
    if "#" in rw.facts.module.code_for_node(original):
        comma = cst.Comma(
            getattr(operator, "whitespace_before", cst.SimpleWhitespace("")),
            getattr(operator, "whitespace_after", cst.SimpleWhitespace(" ")),
        )
        around = {"lpar": original.lpar, "rpar": original.rpar}
    else:
        left, right = bare(left), bare(right)
    arguments = [cst.Arg(left, comma=comma), cst.Arg(right)]
    return cst.Call(rw.spelling.name(api), arguments, **around)


def compared(
    rw: Rewriter, original: cst.Comparison, updated: cst.Comparison
) -> cst.BaseExpression | None:
    """A comparison of two dtypes as the function that brings them together."""
    if len(original.comparisons) != 1:
        return None
    (target,) = original.comparisons
    api = promoted(rw, original, target.operator, (original.left, target.comparator))
    if api is None:
        return None
    made = updated.comparisons[0]
    return called(rw, api, original, made.operator, (updated.left, made.comparator))
