"""`x[:, ::-1]`: PyTorch's tensors take no negative steps, torch.flip turns them round first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Const, Tensor
from porter.rewrite.indexed import API, COMMA, EQUAL, indexed, rest
from porter.rewrite.marks import is_open, unknown_item
from porter.rulebook import Size, is_known, known

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

BOUNDED = "PyTorch takes no negative step in a slice: torch.flip, then what is left of the slice"
RECEIVER = "what is sliced by a negative step is not known: torch.flip turns a tensor round"


def subscript(rw: Rewriter, original: cst.Subscript, updated: cst.Subscript) -> cst.BaseExpression:
    """A subscript with what the target's tensors are not indexed by written as a function."""
    unknown_item(rw, original)
    return (indexed if rw.side == "torch" else flipped)(rw, original, updated)


def flipped(rw: Rewriter, original: cst.Subscript, updated: cst.Subscript) -> cst.BaseExpression:
    """A tensor turned round along the axes that the source reads backwards, or left."""
    backwards = {i: -s for i, e in enumerate(original.slice) if (s := _step(rw, e)) < 0}
    if not backwards:
        return updated
    owner = rw.facts.values.get(original.value)
    if not isinstance(owner, Tensor):
        if len(original.slice) > 1 and is_open(owner):
            rw.findings.add(original, "receiver-unknown", RECEIVER)
        return updated
    axes = [_axis(rw, original, place) for place in backwards]
    if not all(_is_whole(original.slice[place]) for place in backwards) or None in axes:
        rw.left[updated] = (original, API, BOUNDED)
        return updated
    turned = updated.with_changes(value=_turned(rw, updated.value, axes))
    elements = list(turned.slice)
    for place, step in backwards.items():
        forwards = cst.Slice(lower=None, upper=None, step=None)
        if step > 1:
            forwards = forwards.with_changes(step=cst.Integer(str(step)))
        elements[place] = elements[place].with_changes(slice=forwards)
    return rest(turned.with_changes(slice=elements))


def _turned(rw: Rewriter, value: cst.BaseExpression, axes: list[int | None]) -> cst.BaseExpression:
    dims = cst.parse_expression(str(tuple(axes)))
    arguments = [
        cst.Arg(value, comma=COMMA),
        cst.Arg(dims, keyword=cst.Name("dims"), equal=EQUAL),
    ]
    return cst.Call(rw.spelling.name("torch.flip"), arguments)


def _step(rw: Rewriter, element: cst.SubscriptElement) -> int:
    index = element.slice
    if not isinstance(index, cst.Slice) or index.step is None:
        return 1
    value = rw.facts.values.get(index.step)
    step = known(value.term) if isinstance(value, Const) and is_known(value.term) else None
    return step if isinstance(step, int) else 1


def _is_whole(element: cst.SubscriptElement) -> bool:
    index = element.slice
    return isinstance(index, cst.Slice) and index.lower is None and index.upper is None


def _axis(rw: Rewriter, node: cst.Subscript, place: int) -> int | None:
    """The axis of the tensor that an element of an index stands for."""
    before = [_taken(rw, e) for e in node.slice[:place]]
    if all(count is not None for count in before):
        return sum(count for count in before if count is not None)
    after = [_taken(rw, e) for e in node.slice[place + 1 :]]
    if all(count is not None for count in after):
        return -1 - sum(count for count in after if count is not None)
    return None


def _taken(rw: Rewriter, element: cst.SubscriptElement) -> int | None:
    """How many axes an element uses up; None where that is not known."""
    index = element.slice
    if isinstance(index, cst.Slice):
        return 1
    value = rw.facts.values.get(index.value) if isinstance(index, cst.Index) else None
    if not isinstance(value, Const):
        return None
    if value.term is None:
        return 0
    number = isinstance(value.term, Size) or isinstance(known(value.term), int)
    return 1 if number and not isinstance(known(value.term), bool) else None
