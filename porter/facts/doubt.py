"""What a loop or a branch adds to may have it or not, and any number of times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from porter.facts.join import join, join_shapes
from porter.facts.values import LAYERS, Const, Either, Instance, Scope, Sequence, Tensor, Value

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


@contextmanager
def in_doubt(it: Interpreter, scope: Scope | None = None) -> Iterator[None]:
    """Run code that may not run; with a `scope`, so that its lists are no longer closed."""
    children = {obj: len(obj.children) for obj in it.facts.objects}
    lists = [] if scope is None else _lists(scope)
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


Attributes = dict[Instance, dict[str, Value]]


def attributes(scope: Scope) -> Attributes:
    """The attributes of the objects that a function knows, as they are now."""
    return {v: dict(v.attributes) for v in scope.names.values() if isinstance(v, Instance)}


def put_back(before: Attributes) -> None:
    """Let numbers, flags and the like be what they were before a branch."""
    for instance, held in before.items():
        plain = {name: value for name, value in held.items() if isinstance(value, Const)}
        instance.attributes.update(plain)


def agree_on_attributes(before: Attributes, one: Attributes, two: Attributes) -> None:
    """What attributes are after two branches: a number that only one of them gives is none.

    Of tensors, the one that was made last is as good as any. Of two layers it may be either;
    where one branch leaves None, whether there is one is not known.
    """
    for instance, held in two.items():
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


def _lists(scope: Scope) -> list[tuple[Sequence, list[Value]]]:
    """The lists that a function knows, and those of its objects, with what they hold."""
    values = list(scope.names.values())
    values += [v for i in values if isinstance(i, Instance) for v in i.attributes.values()]
    return [(v, list(v.items)) for v in values if isinstance(v, Sequence)]
