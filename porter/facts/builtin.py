"""Python's own functions, and methods of lists and dicts."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.join import one_of
from porter.facts.loaders import iterated
from porter.facts.terms import symbol_for, term_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Api,
    Const,
    Dict,
    Instance,
    Loader,
    Scope,
    Sequence,
    Super,
    TensorShape,
    Value,
)
from porter.rulebook import UNKNOWN, binary, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def _plain(value: Value) -> object:
    return known(value.term) if isinstance(value, Const) and is_known(value.term) else UNKNOWN


def _range(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    bounds = [_plain(v) for v in args.values]
    whole = [b for b in bounds if isinstance(b, int)]
    if len(whole) != len(bounds) or not 1 <= len(whole) <= 3 or 0 in whole[2:]:
        return UNKNOWN_VALUE
    numbers = range(*whole)
    few = len(numbers[:257]) <= 256
    return Sequence("tuple", [Const(i) for i in numbers]) if few else UNKNOWN_VALUE


def _len(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    match args.values:
        case [Sequence(items=items, open=False)]:
            return Const(len(items))
        case [Dict(items=entries)]:
            return Const(len(entries))
    return Const(symbol_for(it, node))


def _enumerate(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    match [iterated(value) for value in args.values]:
        case [Sequence(items=items, open=is_open)]:
            pairs: list[Value] = [
                Sequence("tuple", [UNKNOWN_VALUE if is_open else Const(i), item])
                for i, item in enumerate(items)
            ]
            return Sequence("tuple", pairs, is_open)
    return UNKNOWN_VALUE


def _iter(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    match args.values:
        case [Loader() as given]:
            return iterated(given)
    return UNKNOWN_VALUE


def _next(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    match args.values:
        case [Sequence(items=[one], open=True)]:
            return one
    return UNKNOWN_VALUE


def _zip(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    parts = [part.items if isinstance(part, Sequence) else [] for part in args.values]
    closed = all(isinstance(part, Sequence) and not part.open for part in args.values)
    if args.open or not any(parts):
        return Sequence("tuple", []) if closed and not args.open else UNKNOWN_VALUE
    count = min(map(len, parts)) if closed else max(map(len, parts))
    rows: list[Value] = [
        Sequence("tuple", [items[min(i, len(items) - 1)] if items else UNKNOWN_VALUE
                           for items in parts])
        for i in range(count)
    ]  # fmt: skip
    return Sequence("tuple", rows, open=not closed)


def _copied(kind: str) -> Callable[..., Value]:
    def handler(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
        match args.values:
            case []:
                return Sequence(kind, [])
            case [Sequence(items=items, open=is_open)]:
                return Sequence(kind, list(items), is_open)
            case [TensorShape() as shape]:
                return shape
        return UNKNOWN_VALUE

    return handler


def _dict(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    return made_dict(args)


def made_dict(args: Arguments) -> Value:
    """`dict(a=1)`, `OrderedDict([("a", 1)])`, where all keys are known."""
    found: dict[object, Value] = {}
    match args.values:
        case []:
            pass
        case [Dict(items=items)]:
            found |= items
        case [Sequence(items=items, open=False)]:
            for item in items:
                match item:
                    case Sequence(items=[Const(term=key), value]) if is_known(key):
                        found[known(key)] = value
                    case _:
                        return UNKNOWN_VALUE
        case _:
            return UNKNOWN_VALUE
    found |= {name: value for name, (_, value) in args.keywords.items()}
    return UNKNOWN_VALUE if args.open else Dict(found)


def _reversed(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    match args.values:
        case [Sequence(items=items, open=is_open)]:
            return Sequence("list", items[::-1], is_open)
    return UNKNOWN_VALUE


def _int(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    value = _plain(args.values[0]) if args.values else 0
    if isinstance(value, int | float) and math.isfinite(value):
        return Const(int(value))
    return Const(symbol_for(it, node))


def _sum(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    match args.positional:
        case [(source, Sequence(items=items, open=False))]:
            total: object = 0
            for item in items:
                total = binary(ast.Add(), total, term_of(it, source, item))
            return UNKNOWN_VALUE if total is UNKNOWN else Const(total)
    return UNKNOWN_VALUE


def _extreme(pick: Callable[..., object]) -> Callable[..., Value]:
    def handler(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
        values = [_plain(v) for v in args.values]
        if len(values) > 1 and all(isinstance(v, int | float) for v in values):
            return Const(pick(values))
        return Const(symbol_for(it, node))

    return handler


def _getattr(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    match args.values:
        case [Api(name=module), Const(term=str(name))]:
            return Api(f"{module}.{name}")
        case [Instance(attributes=attributes), Const(term=str(name)), *_] if name in attributes:
            return attributes[name]
    return UNKNOWN_VALUE


def _super(it: Interpreter, node: cst.Call, args: Arguments, scope: Scope) -> Value:
    for frame in reversed(it.stack):
        owner = frame.function.owner
        if owner is not None:
            params = frame.function.node.params.params
            instance = scope.find(params[0].name.value) if params else None
            return Super(owner, instance or UNKNOWN_VALUE)
    return UNKNOWN_VALUE


HANDLERS: dict[str, Callable[..., Value]] = {
    "range": _range,
    "len": _len,
    "enumerate": _enumerate,
    "iter": _iter,
    "next": _next,
    "zip": _zip,
    "list": _copied("list"),
    "tuple": _copied("tuple"),
    "dict": _dict,
    "reversed": _reversed,
    "int": _int,
    "sum": _sum,
    "max": _extreme(max),
    "min": _extreme(min),
    "getattr": _getattr,
    "super": _super,
}


def list_method(it: Interpreter, receiver: Sequence, name: str, args: Arguments) -> Value:
    """A method of a list; one that changes it in a way not followed leaves it open."""
    match name, args.values:
        case "append", [value]:
            receiver.sure |= {len(receiver.items)} if receiver.sure else set()
            receiver.items.append(value)
        case (("extend" | "__iadd__"), [Sequence(items=items)]):
            receiver.items.extend(items)
        case "insert", [Const(term=int(position)), value]:
            receiver.items.insert(position, value)
            receiver.sure = frozenset()
        case "pop", [] if receiver.items:
            receiver.sure = frozenset()
            return receiver.items.pop()
        case "pop", [place] if receiver.items:
            return _popped(receiver, place)
        case "copy", []:
            return Sequence(receiver.kind, list(receiver.items), receiver.open)
        case (("append" | "extend" | "insert" | "pop" | "remove" | "clear"), _):
            receiver.open, receiver.sure = True, frozenset()
    return UNKNOWN_VALUE


def _popped(receiver: Sequence, place: Value) -> Value:
    """What is taken out of a list at a place; where that is not known, any may be."""
    receiver.sure = frozenset()
    index = _plain(place)
    if isinstance(index, int) and not receiver.open and -len(receiver.items) <= index:
        return receiver.items.pop(index) if index < len(receiver.items) else UNKNOWN_VALUE
    receiver.open = True
    return one_of(receiver.items)


def dict_method(it: Interpreter, receiver: Value, name: str, args: Arguments) -> Value:
    """A method of a dict with known keys."""
    if not isinstance(receiver, Dict):
        return UNKNOWN_VALUE
    match name, args.values:
        case "items", []:
            rows: list[Value] = [
                Sequence("tuple", [Const(k), v]) for k, v in receiver.items.items()
            ]
            return Sequence("tuple", rows)
        case "keys", []:
            return Sequence("tuple", [Const(k) for k in receiver.items])
        case "values", []:
            return Sequence("tuple", list(receiver.items.values()))
        case "get", [Const(term=key), *rest]:
            return receiver.items.get(known(key), rest[0] if rest else Const(None))
    return UNKNOWN_VALUE
