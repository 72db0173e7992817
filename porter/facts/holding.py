"""What lists, dicts and objects hold where several ways meet: tensors in one order, or torn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from porter.facts.values import Dict, Instance, Scope, Sequence, Tensor, Value

Holder = Dict | Sequence | Instance
# What each holder has under each of its keys, or at each of its places.
Holding = dict[Holder, dict[Any, Value]]


def holding(scope: Scope) -> Holding:
    """What the containers and objects that a function knows hold now."""
    return {holder: dict(_items(holder)) for holder in holders(scope)}


def holders(scope: Scope) -> Iterator[Holder]:
    """The containers and objects that a function knows, and the containers of its objects."""
    for value in scope.names.values():
        if isinstance(value, Instance):
            yield from (v for v in value.attributes.values() if isinstance(v, Dict | Sequence))
        if isinstance(value, Dict | Sequence | Instance):
            yield value


def tear_held(before: Holding, one: Holding, two: Holding) -> None:
    """Mark the tensors that one way has left in another order than the other.

    `two` has come about on top of `one`: what it did not touch is what it was `before`.
    """
    for holder, last in two.items():
        first, old = one.get(holder, {}), before.get(holder, {})
        for key, value in last.items():
            other = first.get(key) if value is not first.get(key) else old.get(key, value)
            if _differ(value, other) or _differ(value, first.get(key)):
                _put(holder, key, value)
        if isinstance(holder, Sequence) and len(last) != len(old):
            # What stands at a place depends on the way.
            tensors = {key: value for key, value in last.items() if isinstance(value, Tensor)}
            if len({tensor.order for tensor in tensors.values()}) > 1:
                for key, value in tensors.items():
                    _put(holder, key, value)


def tear_names(names: dict[str, Value], others: Mapping[str, Value]) -> None:
    """Mark the tensors of names that another way holds in another order."""
    for name, value in names.items():
        if isinstance(value, Tensor) and _differ(value, others.get(name)):
            names[name] = replace(value, torn=True)


def differs(before: Holding, after: Holding) -> bool:
    """Whether anything is held in another order than before."""
    return any(
        _differ(value, before.get(holder, {}).get(key))
        for holder, held in after.items()
        for key, value in held.items()
    )


def _items(holder: Holder) -> Iterator[tuple[object, Value]]:
    if isinstance(holder, Sequence):
        yield from enumerate(holder.items)
    else:
        yield from (holder.items if isinstance(holder, Dict) else holder.attributes).items()


def _differ(one: Value | None, other: Value | None) -> bool:
    return isinstance(one, Tensor) and isinstance(other, Tensor) and one.order != other.order


def _put(holder: Holder, key: object, value: Value) -> None:
    assert isinstance(value, Tensor)
    torn = replace(value, torn=True)
    match holder, key:
        case Sequence(items=items), int(place):
            items[place] = torn
        case Dict(items=entries), str() | int():
            entries[key] = torn
        case Instance(attributes=attributes), str(name):
            attributes[name] = torn
