"""Calling the program's own functions, and making its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.join import join
from porter.facts.terms import rescoped
from porter.facts.values import (
    UNKNOWN_VALUE,
    Class,
    Const,
    Function,
    Instance,
    Scope,
    Sequence,
    Tensor,
    Value,
)
from porter.rulebook import Symbol

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def call_function(
    it: Interpreter, function: Function, args: Arguments, root: bool = False
) -> Value:
    """Run a function of the program on abstract arguments and join what it returns."""
    with it.inside(function) as frame:
        if frame is None:
            return UNKNOWN_VALUE
        it.called.add(function.node)
        scope = Scope("function", function.scope)
        _bind(it, function, args, scope)
        if isinstance(function.node, cst.Lambda):
            return _outside(it, it.evaluate(function.node.body, scope))
        it.execute(function.node.body, scope)
        returns = frame.returns
    if not returns:
        return Const(None)
    orders = {order for node, value in returns for order in _orders(value)}
    if root or len(orders) > 1:
        for node, value in returns:
            it.to_source(node, value)
        returns = [(node, restored(value)) for node, value in returns]
    result = returns[0][1]
    for _, value in returns[1:]:
        result = join(result, value)
    return _outside(it, result)


def _orders(value: Value) -> list[object]:
    if isinstance(value, Tensor):
        return [value.order]
    if isinstance(value, Sequence):
        return [order for item in value.items for order in _orders(item)]
    return []


def restored(value: Value) -> Value:
    """A value whose tensors the target holds in the source's order."""
    if isinstance(value, Tensor):
        return Tensor(value.shape, None, value.dtype, value.producer)
    if isinstance(value, Sequence):
        return Sequence(value.kind, [restored(item) for item in value.items], value.open)
    return value


def _outside(it: Interpreter, value: Value) -> Value:
    """A value as the caller or callee sees it: names of the other function mean nothing."""
    if isinstance(value, Tensor):
        shape = rescoped(value.shape, it.facts.scope)
        return Tensor(shape, value.order, value.dtype, value.producer)
    if isinstance(value, Sequence) and value.kind == "tuple":
        return Sequence(value.kind, [_outside(it, item) for item in value.items], value.open)
    return value


def _bind(it: Interpreter, function: Function, args: Arguments, scope: Scope) -> None:
    params = function.node.params
    names = [p.name.value for p in (*params.posonly_params, *params.params)]
    values = [_outside(it, value) for _, value in args.positional]
    for name, value in zip(names, values, strict=False):
        scope.names[name] = value
    for name, (_, value) in args.keywords.items():
        scope.names[name] = _outside(it, value)
    for parameter in (*params.posonly_params, *params.params, *params.kwonly_params):
        name = parameter.name.value
        if name in scope.names:
            continue
        if parameter.default is not None and not args.open:
            scope.names[name] = it.evaluate(parameter.default, function.scope)
        else:
            scope.names[name] = Const(Symbol.parse(name))
    if isinstance(params.star_arg, cst.Param):
        rest = values[len(names) :]
        scope.names[params.star_arg.name.value] = Sequence("tuple", rest, args.open)
    if params.star_kwarg is not None:
        scope.names[params.star_kwarg.name.value] = UNKNOWN_VALUE


def instantiate(it: Interpreter, cls: Class, args: Arguments) -> Instance:
    """An object of a class of the program."""
    instance = Instance(cls)
    it.facts.instances.append(instance)
    init = cls.lookup("__init__")
    if isinstance(init, Function):
        call_function(it, init, args.with_receiver(cst.Name("self"), instance))
    return instance


def unknown_arguments(function: Function, receiver: Value | None, tensors: bool) -> Arguments:
    """Arguments for a function that nothing calls: symbols, or tensors where no default is."""
    given: list[tuple[cst.BaseExpression, Value]] = []
    params = (*function.node.params.posonly_params, *function.node.params.params)
    for i, parameter in enumerate(params):
        name = parameter.name.value
        if i == 0 and receiver is not None:
            given.append((parameter.name, receiver))
        elif tensors and parameter.default is None:
            given.append((parameter.name, Tensor()))
        else:
            given.append((parameter.name, Const(Symbol.parse(name))))
    return Arguments(tuple(given))
