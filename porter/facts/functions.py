"""Calling the program's own functions, and making its objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.constructed import in_callers_words, note_aliases, note_construction
from porter.facts.general import generalise
from porter.facts.join import join
from porter.facts.names import dotted
from porter.facts.places import named_parameters
from porter.facts.terms import rescoped, rescoped_size
from porter.facts.values import (
    UNKNOWN_VALUE,
    Api,
    Bound,
    Class,
    Const,
    Function,
    Instance,
    Object,
    Scope,
    Sequence,
    Tensor,
    Value,
)
from porter.rulebook import UNKNOWN, Size, Symbol, Term, is_known, substituted

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
        actual: dict[str, Term] = {}
        _bind(it, function, args, scope, actual)
        made = len(it.facts.objects), len(it.facts.instances)
        if isinstance(function.node, cst.Lambda):
            value = it.evaluate(function.node.body, scope)
            if root:
                it.to_source(function.node.body, value)
                value = restored(value)
            return _outside(it, value, actual)
        lists = _lists(function, args, scope)
        it.execute(function.node.body, scope)
        for given, inner, count in lists:
            given.items += [_outside(it, item, actual) for item in inner.items[count:]]
            given.open = given.open or inner.open
        returns = frame.returns
    if not returns:
        frame.result = Const(None)
        return frame.result
    held = {order for node, value in returns for order in orders(value)}
    if (root and not it.native) or len(held) > 1:
        for node, value in returns:
            it.to_source(node, value)
        returns = [(node, restored(value)) for node, value in returns]
    else:
        for node, value in returns:
            it.as_held(node, value)
    result = returns[0][1]
    for _, value in returns[1:]:
        result = join(result, value)
    frame.result = result
    _note_words(it, result, actual, {*it.facts.objects[made[0] :], *it.facts.instances[made[1] :]})
    return _outside(it, result, actual)


def _lists(
    function: Function, args: Arguments, scope: Scope
) -> list[tuple[Sequence, Sequence, int]]:
    """The lists that a function is given, as it sees each, and how many they hold before."""
    names = [p.name.value for p in named_parameters(function.node.params)]
    pairs = dict(zip(names, args.values, strict=False))
    pairs |= {name: value for name, (_, value) in args.keywords.items()}
    found = []
    for name, given in pairs.items():
        inner = scope.names.get(name)
        if isinstance(given, Sequence) and isinstance(inner, Sequence) and inner is not given:
            found.append((given, inner, len(inner.items)))
    return found


def _note_words(
    it: Interpreter, value: Value, actual: Mapping[str, Term], made: set[Object | Instance]
) -> None:
    """Let a layer that a function has made and returns say its sizes in its callers' words."""
    if isinstance(value, Object | Instance) and value in made:
        inner = value.children if isinstance(value, Object) else []
        if all(child in made for child in inner):
            value.words = (*value.words, actual)


def in_words(it: Interpreter, layer: Object | Instance, result: Value) -> Value:
    """What a layer gives, in the words of those that call the functions that returned it."""
    for actual in layer.words:
        result = _outside(it, result, actual)
    return result


def call_back(it: Interpreter, value: Value) -> bool:
    """Run a function that the framework calls; False where it is none of the program's.

    What it is given and what it returns is in the source's order: the framework's own function
    around it says nothing of another.
    """
    match value:
        case Function():
            args = unknown_arguments(value, None, tensors=True)
        case Bound(function=value, instance=instance):
            args = unknown_arguments(value, instance, tensors=True)
        case _:
            return False
    native, it.native = it.native, False
    call_function(it, value, args, root=True)
    it.native = native
    return True


def orders(value: Value) -> list[object]:
    """How the target holds the tensors in a value."""
    if isinstance(value, Tensor):
        return [value.order]
    if isinstance(value, Sequence):
        return [order for item in value.items for order in orders(item)]
    return []


def restored(value: Value) -> Value:
    """A value whose tensors the target holds in the source's order.

    A list of such tensors is the same list: whoever adds to it adds to the caller's.
    """
    if isinstance(value, Tensor):
        return value if value.order is None else replace(value, order=None)
    if isinstance(value, Sequence):
        items = [restored(item) for item in value.items]
        same = all(new is old for new, old in zip(items, value.items, strict=True))
        return value if same else Sequence(value.kind, items, value.open)
    return value


def _outside(it: Interpreter, value: Value, actual: Mapping[str, Term]) -> Value:
    """A result as the caller sees it: its own sizes again, names of the callee unknown."""
    if isinstance(value, Tensor):
        shape = value.shape
        if shape is not None:
            shape = tuple(_actual(dim, actual, it.facts.scope) for dim in shape)
        tail = tuple(
            UNKNOWN if d is None else d for d in rescoped(value.tail, it.facts.scope) or ()
        )
        return replace(value, shape=shape, tail=tail)
    if isinstance(value, Sequence) and value.kind == "tuple":
        items = [_outside(it, item, actual) for item in value.items]
        return Sequence(value.kind, items, value.open)
    return value


def _actual(dim: Term, actual: Mapping[str, Term], module: Scope) -> Term:
    """A size in the caller's words: what it gave for the callee's names, where that says all."""
    if isinstance(dim, Symbol) and dim.names & set(actual):
        term = substituted(dim, actual)
        if dim.names <= set(actual):
            return None if term is UNKNOWN else term
        dim = None if term is UNKNOWN else term
    return rescoped_size(dim, module)


def _inside(
    it: Interpreter, value: Value, key: tuple[cst.CSTNode, int], actual: dict[str, Term]
) -> Value:
    """An argument as the callee sees it: a size is whatever the caller brings, not a number.

    Else what is written for a class would only fit the calls that this program makes.
    """
    if isinstance(value, Tensor) and value.shape is not None:
        dims = it.dims_at(key, len(value.shape))
        actual.update({dim.text: size for dim, size in zip(dims, value.shape, strict=True)})
        return replace(value, shape=tuple(dims), tail=())
    if isinstance(value, Sequence) and any(isinstance(i, Tensor) for i in value.items):
        node, first = key
        items = [
            _inside(it, item, (node, 100 * (first + 1) + i), actual)
            for i, item in enumerate(value.items)
        ]
        return Sequence(value.kind, items, value.open)
    return value


TENSORS = ("torch.Tensor", "keras.KerasTensor", "tensorflow.Tensor")
PLAIN = ("int", "float", "bool", "str")


def _as_said(it: Interpreter, parameter: cst.CSTNode, value: Value) -> Value:
    """A value given to a parameter of whole numbers or tensors, as its annotation or use says."""
    if not isinstance(value, Const) or not isinstance(value.term, Symbol):
        return value
    if is_known(value.term) or isinstance(value.term, Size) or not isinstance(parameter, cst.Param):
        return value
    if parameter.annotation is not None and parameter.default is None:
        kind = it.facts.values.get(parameter.annotation.annotation)
        if isinstance(kind, Api) and it.rulebook.canonical(kind.name) in TENSORS:
            return Tensor()
    said = parameter.annotation is not None and dotted(parameter.annotation.annotation) == "int"
    return Const(Size.of(value.term.node)) if said or parameter in it.whole else value


def note_whole(it: Interpreter, node: cst.BaseExpression) -> None:
    """Record that a parameter of the function that runs stands where a size must."""
    if not it.stack or not isinstance(node, cst.Name):
        return
    params = it.stack[-1].function.node.params
    for parameter in named_parameters(params):
        if parameter.name.value == node.value:
            it.seen_whole.add(parameter)


def _bind(
    it: Interpreter, function: Function, args: Arguments, scope: Scope, actual: dict[str, Term]
) -> None:
    params = function.node.params
    positional = (*params.posonly_params, *params.params)
    names = [p.name.value for p in positional]
    nodes = {p.name.value: p for p in named_parameters(params)}
    entry = _entry(it, function)
    for name, (_, value) in zip(names, args.positional, strict=False):
        known = entry.get(name, value) if isinstance(value, Tensor) else value
        if name in entry and isinstance(value, Tensor) and isinstance(known, Tensor):
            scope.names[name] = replace(value, shape=known.shape, tail=known.tail)
        else:
            given = _as_said(it, nodes[name], value)
            scope.names[name] = _inside(it, given, (nodes[name], 0), actual)
    for name, (_, value) in args.keywords.items():
        node = nodes.get(name, function.node)
        scope.names[name] = _inside(it, _as_said(it, node, value), (node, 0), actual)
    for parameter in named_parameters(params):
        name = parameter.name.value
        if name in scope.names:
            continue
        if parameter.default is not None and not args.open:
            scope.names[name] = it.evaluate(parameter.default, function.scope)
        else:
            scope.names[name] = _as_said(it, parameter, Const(Symbol.parse(name)))
    if isinstance(params.star_arg, cst.Param):
        rest = [value for _, value in args.positional[len(names) :]]
        scope.names[params.star_arg.name.value] = Sequence("tuple", rest, args.open)
    if params.star_kwarg is not None:
        scope.names[params.star_kwarg.name.value] = UNKNOWN_VALUE
    note_construction(function, scope)
    note_aliases(it, function, scope, actual)
    for name, term in in_callers_words(it, function, scope).items():
        actual.setdefault(name, term)
    if function.node in it.general:
        actual.update(generalise(it, function, scope))
    scope.names |= {n: Const(None) for n, node in nodes.items() if node in it.absent}


def _entry(it: Interpreter, function: Function) -> dict[str, Tensor]:
    """The sizes that a model says its inputs have, by parameter."""
    owner = function.owner
    if owner is None or owner.node not in it.entries or function.name != "call":
        return {}
    names = [p.name.value for p in function.node.params.params[1:]]
    return dict(zip(names, it.entries[owner.node], strict=False))


def instantiate(
    it: Interpreter, cls: Class, args: Arguments, node: cst.Call | None = None
) -> Instance:
    """An object of a class of the program."""
    instance = Instance(cls, node=node)
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
        elif tensors and parameter.default is None and not _is_plain(parameter):
            given.append((parameter.name, Tensor()))
        else:
            given.append((parameter.name, Const(Symbol.parse(name))))
    return Arguments(tuple(given))


def _is_plain(parameter: cst.Param) -> bool:
    """Whether a parameter's annotation says that no tensor is given."""
    said = parameter.annotation
    return said is not None and dotted(said.annotation) in PLAIN
