"""Dimension orders: how the target holds a tensor whose source order is known."""

from __future__ import annotations

from dataclasses import dataclass

from porter.facts.values import Order
from porter.rulebook import Side


@dataclass(frozen=True)
class Permutation:
    """A reordering to write into the target: new dimension i is old dimension order[i]."""

    order: tuple[int, ...]


def native(rank: int, target: Side) -> Order:
    """The order the target computes in: channels first in PyTorch, last in Keras."""
    if rank < 3:
        return None
    if target == "torch":
        return (0, rank - 1, *range(1, rank - 1))
    return (0, *range(2, rank), 1)


def between(held: Order, wanted: Order, rank: int) -> Permutation | None:
    """The permutation that takes a tensor held in one order to another; None if they agree."""
    now = held or tuple(range(rank))
    then = wanted or tuple(range(rank))
    if now == then:
        return None
    return Permutation(tuple(now.index(dim) for dim in then))


def after_permute(held: Order, dims: tuple[int, ...]) -> Order:
    """The order of `x.permute(dims)` if the target leaves the tensor as it is."""
    now = held or tuple(range(len(dims)))
    order = tuple(dims.index(dim) for dim in now)
    return None if order == tuple(range(len(dims))) else order


def map_axis(axis: int, order: Order, rank: int) -> int:
    """Where a source axis stands in the target; negative stays negative."""
    if order is None:
        return axis
    position = order.index(axis % rank)
    return position - rank if axis < 0 and position == rank - 1 else position
