"""What a loop or a branch adds to may have it or not, and any number of times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from porter.facts.holding import Holding, holders
from porter.facts.join import join, join_shapes
from porter.facts.values import LAYERS, Const, Either, Instance, Scope, Sequence, Tensor, Value

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


@contextmanager
def in_doubt(it: Interpreter, scope: Scope | None = None) -> Iterator[None]:
    """Run code that may not run; with a `scope`, so that its lists are no longer closed."""
    children = {obj: len(obj.children) for obj in it.facts.objects}
    known = () if scope is None else holders(scope)
    lists = [(each, list(each.items)) for each in known if isinstance(each, Sequence)]
    yield
    for obj, count in children.items():
        if len(obj.children) != count:
            obj.sure = _still_sure(obj.uncertain or obj.open, obj.sure, count)
            obj.uncertain = True
    for each, items in lists:
        if len(each.items) != len(items):
            kept = each.items[: len(items)] == items
            each.sure = _still_sure(each.open, each.sure, len(items) if kept else 0)
            each.open = True


def _still_sure(is_open: bool, sure: frozenset[int], count: int) -> frozenset[int]:
    """The places that are sure among the first so many, behind which something may be added."""
    return frozenset(i for i in range(count) if i in sure or not is_open)


def put_back(before: Holding) -> None:
    """Let numbers, flags and the like of objects be what they were before a branch."""
    for instance, held in _attributes(before):
        plain = {name: value for name, value in held.items() if isinstance(value, Const)}
        instance.attributes.update(plain)


def agree_on_attributes(before: Holding, one: Holding, two: Holding) -> None:
    """What attributes are after two branches: a number that only one of them gives is none.

    Of tensors, the one that was made last is as good as any. Of two layers it may be either;
    where one branch leaves None, whether there is one is not known.
    """
    for instance, held in _attributes(two):
        for name, value in one.get(instance, {}).items():
            other = held.get(name)
            nones = [isinstance(v, Const) and v.term is None for v in (value, other)]
            if other is not None and any(nones) and not all(nones):
                instance.unsettled.add(name)
            if isinstance(value, Const) and isinstance(other, Const):
                instance.attributes[name] = join(value, other)
            elif isinstance(value, LAYERS) and isinstance(other, LAYERS) and value is not other:
                options = *_options(instance, name, value), *_options(instance, name, other)
                instance.choices[name] = Either(tuple(dict.fromkeys(options)))
            elif other is None or other is before.get(instance, {}).get(name):
                instance.attributes[name] = value


def _attributes(held: Holding) -> Iterator[tuple[Instance, dict[str, Value]]]:
    return ((holder, items) for holder, items in held.items() if isinstance(holder, Instance))


def _options(instance: Instance, name: str, value: Value) -> tuple[Value, ...]:
    found = instance.choices.get(name)
    return found.options if found is not None and value in found.options else (value,)


def perhaps(before: Value, after: Value) -> Value:
    """What comes out of a layer that may not be there: the sizes that it would not change."""
    if not isinstance(before, Tensor) or not isinstance(after, Tensor) or after.shape is None:
        return after
    shape = join_shapes(before.shape, after.shape) if before.order == after.order else None
    kept = (None,) * len(after.shape) if shape is None else shape
    return replace(after, shape=kept, producer=None)
