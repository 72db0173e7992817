"""What a loop or a branch adds to may have it or not, and any number of times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from porter.facts.values import Instance, Scope, Sequence

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


@contextmanager
def in_doubt(it: Interpreter, scope: Scope | None = None) -> Iterator[None]:
    """Run code that may not run; with a `scope`, so that its lists are no longer closed."""
    children = {obj: len(obj.children) for obj in it.facts.objects}
    lists = [] if scope is None else _lists(scope)
    yield
    for obj, count in children.items():
        obj.uncertain = obj.uncertain or len(obj.children) != count
    for each, count in lists:
        each.open = each.open or len(each.items) != count


def _lists(scope: Scope) -> list[tuple[Sequence, int]]:
    """The lists that a function knows, and those of its objects, with their lengths."""
    values = list(scope.names.values())
    values += [v for i in values if isinstance(i, Instance) for v in i.attributes.values()]
    return [(v, len(v.items)) for v in values if isinstance(v, Sequence)]
