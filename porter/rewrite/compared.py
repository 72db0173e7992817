"""`x.dtype == "float32"`: each framework compares a tensor's dtype with something of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Tensor
from porter.rewrite import promoted
from porter.rewrite.marks import is_open

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

_UNKNOWN = "what .dtype is read from is not known: a tensor's equals no string in PyTorch"


def compared(rw: Rewriter, original: cst.Comparison, updated: cst.Comparison) -> cst.BaseExpression:
    """A comparison as the target makes it."""
    return promoted.compared(rw, original, updated) or _by_name(rw, original, updated)


def _by_name(rw: Rewriter, original: cst.Comparison, updated: cst.Comparison) -> cst.Comparison:
    """A comparison of a tensor's dtype with one by its name, or with several."""
    if len(original.comparisons) != 1:
        return updated
    asked, named = original.left, original.comparisons[0].comparator
    if not _is_dtype(asked) and _is_dtype(named):
        asked, named = named, asked
    if not isinstance(asked, cst.Attribute) or not _is_dtype(asked):
        return updated
    written = _written(rw, named)
    if written is None:
        return updated
    owner = rw.facts.values.get(asked.value)
    if not isinstance(owner, Tensor):
        if rw.side == "keras" and is_open(owner):
            rw.findings.add(original, "receiver-unknown", _UNKNOWN, api=".dtype")
        return updated
    if named is original.left:
        return updated.with_changes(left=written)
    target = updated.comparisons[0].with_changes(comparator=written)
    return updated.with_changes(comparisons=[target])


def _is_dtype(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value == "dtype"


def _written(rw: Rewriter, node: cst.BaseExpression) -> cst.BaseExpression | None:
    """A dtype as the target names it, or a tuple or list of them."""
    if isinstance(node, cst.Tuple | cst.List):
        items = [_written(rw, element.value) for element in node.elements]
        pairs = list(zip(node.elements, items, strict=True))
        if not pairs or any(item is None for item in items):
            return None
        return node.with_changes(elements=[e.with_changes(value=i) for e, i in pairs])
    dtypes = rw.rulebook.names["dtype"]
    name = dtypes.get(rw.rulebook.canonical(rw.facts.apis.get(node, "")))
    if isinstance(node, cst.SimpleString) and rw.side == "keras":
        name = str(node.evaluated_value)
    if name is None or f"torch.{name}" not in dtypes:
        return None
    if rw.side == "keras":
        return rw.spelling.name(f"torch.{name}")
    return cst.SimpleString(f'"{name}"')
