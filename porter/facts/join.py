"""Joining what is known of one thing along different ways."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Elements
from functools import reduce

from porter.facts.bounds import fits
from porter.facts.values import (
    LAYERS,
    UNKNOWN_VALUE,
    Collated,
    Const,
    Either,
    Function,
    Instance,
    Method,
    Object,
    Scope,
    Sequence,
    Shape,
    Super,
    Tensor,
    Unknown,
    Value,
)
from porter.rulebook import Record, Size, Symbol, Term, equal, is_known, is_size, known


def one_of(items: Elements[Value]) -> Value:
    """What holds of a tensor in a list, whichever it is; of anything else nothing is known."""
    tensors = bool(items) and all(isinstance(item, Tensor) for item in items)
    return reduce(join, items) if tensors else UNKNOWN_VALUE


def join(a: Value, b: Value) -> Value:
    """What holds of both values."""
    if a is b:
        return a
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        alike = a.dtype == b.dtype and a.held == b.held
        return Tensor(
            join_shapes(a.shape, b.shape),
            a.order if a.order == b.order else None,
            a.dtype if alike else None,
            a.producer if a.producer is b.producer else None,
            _common(a.tail, b.tail),
            a.held if alike else None,
            torn=a.torn or b.torn or a.order != b.order,
        )
    if isinstance(a, Collated) and isinstance(b, Collated):
        return a
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.term) if same_term(a.term, b.term) else UNKNOWN_VALUE
    if isinstance(a, Sequence) and isinstance(b, Sequence) and len(a.items) == len(b.items):
        if not (fits(a) and fits(b)):
            return UNKNOWN_VALUE
        items = [join(x, y) for x, y in zip(a.items, b.items, strict=True)]
        if a.kind == "list" and UNKNOWN_VALUE in items and _made(a) and _made(b):
            return _either(a, b)
        return Sequence(a.kind, items, a.open or b.open)
    if isinstance(a, Sequence) and isinstance(b, Sequence) and a.kind == b.kind == "list":
        return _common_start(a, b)
    if isinstance(a, Method) and isinstance(b, Method) and a.name == b.name:
        receiver = join(a.receiver, b.receiver)
        return UNKNOWN_VALUE if isinstance(receiver, Unknown) else Method(receiver, a.name)
    if isinstance(a, Object | Instance) and isinstance(b, Object | Instance):
        return a if a.node is b.node and a.node is not None else UNKNOWN_VALUE
    return a if a == b else UNKNOWN_VALUE


def _common_start(a: Sequence, b: Sequence) -> Value:
    """Two lists of one making, of which one has gone on longer: what is in both, and maybe more."""
    if not (fits(a) and fits(b) and _made(a) and _made(b)):
        return UNKNOWN_VALUE
    items = [join(x, y) for x, y in zip(a.items, b.items, strict=False)] or a.items or b.items
    if not all(isinstance(i, Object | Instance) for i in items):
        return _either(a, b)
    return Sequence("list", list(items), open=True)


def _made(given: Sequence) -> bool:
    return all(isinstance(item, Object | Instance) for item in given.items)


def _either(a: Sequence, b: Sequence) -> Sequence:
    """Lists of layers that go apart: what either may hold, in an order that is not known."""
    nodes = {item.node for item in a.items if isinstance(item, Object | Instance)}
    more = [i for i in b.items if isinstance(i, Object | Instance) and i.node not in nodes]
    return Sequence("list", [*a.items, *more], open=True)


def noted(a: Value, b: Value) -> Value:
    """What is noted of an expression that had both values: objects of one class count as one."""
    if isinstance(a, Instance) and isinstance(b, Instance) and a.cls is b.cls:
        return a
    if isinstance(a, Method) and isinstance(b, Method) and a.name == b.name:
        receiver = noted(a.receiver, b.receiver)
        return UNKNOWN_VALUE if isinstance(receiver, Unknown) else Method(receiver, a.name)
    if isinstance(a, Super) and isinstance(b, Super) and a.cls is b.cls:
        return a
    if isinstance(a, Function) and isinstance(b, Function) and a.node is b.node:
        return a
    return join(a, b)


def join_shapes(a: Shape, b: Shape, fixed: frozenset[str] = frozenset()) -> Shape:
    """The sizes that two shapes agree on; None where their ranks differ.

    `fixed` are names that have one value a run: what is written in them alone is the size in
    each, though a number in none.
    """
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(_joined_size(x, y, fixed) for x, y in zip(a, b, strict=True))


def _joined_size(a: Term, b: Term, fixed: frozenset[str]) -> Term:
    if same_term(a, b):
        return a
    if not isinstance(a, Symbol) or not isinstance(b, Symbol) or a.text != b.text:
        return None
    return Size.of(a.node) if a.names <= fixed and is_size(a) and is_size(b) else None


def _common(a: tuple[Term, ...], b: tuple[Term, ...]) -> tuple[Term, ...]:
    """The last sizes that two tensors have in common."""
    count = 0
    while count < min(len(a), len(b)) and same_term(a[-1 - count], b[-1 - count]):
        count += 1
    return a[len(a) - count :]


def same_term(a: Term, b: Term) -> bool:
    """Whether two terms are written alike and stand for the same."""
    if isinstance(a, Symbol) and isinstance(b, Symbol) and a.text != b.text:
        return False
    if not is_known(a) and not is_known(b) and isinstance(a, Symbol) and isinstance(b, Symbol):
        return True
    if is_known(a) and is_known(b):
        return type(known(a)) is type(known(b)) and equal(a, known(b))
    return a == b if isinstance(a, Record) else a is b


def join_scopes(into: Scope, one: dict[str, Value], two: dict[str, Value]) -> None:
    """Names after a branch: what both ways agree on, and what only one of them defines."""
    names: dict[str, Value] = {}
    for name in [*one, *(n for n in two if n not in one)]:
        if name in one and name in two:
            names[name] = join(one[name], two[name])
        else:
            names[name] = one.get(name) or two[name]
    into.names.clear()
    into.names.update(names)


def layers_chosen(one: Mapping[str, Value], two: Mapping[str, Value]) -> dict[str, Value]:
    """The names that stand for one layer after one branch and for another after the other."""
    pairs = {name: (value, two[name]) for name, value in one.items() if name in two}
    return {
        name: Either(tuple(dict.fromkeys((*_options(a), *_options(b)))))
        for name, (a, b) in pairs.items()
        if a is not b and isinstance(a, LAYERS) and isinstance(b, LAYERS)
    }


def _options(value: Value) -> tuple[Value, ...]:
    return value.options if isinstance(value, Either) else (value,)
