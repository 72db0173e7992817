"""Calls: of the program's functions and classes, of framework objects, functions and methods."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import builtin, members, objects, structures, weights
from porter.facts.aliases import note_in_place
from porter.facts.arguments import Arguments, Given, evaluate_arguments
from porter.facts.caseless import in_one_case
from porter.facts.chosen import apply_chosen, called
from porter.facts.functions import call_function, instantiate, note_whole
from porter.facts.general import measured
from porter.facts.loaders import loader, narrow
from porter.facts.modules import is_module
from porter.facts.operations import apply_rules
from porter.facts.propagate import Input, ranked
from porter.facts.terms import term_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Api,
    Bound,
    Class,
    Const,
    Either,
    Foreign,
    Function,
    Instance,
    Method,
    Object,
    Partial,
    Passing,
    Scope,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from porter.facts.wrapped import function_layer
from porter.rulebook import Rule, SignatureMismatch, is_known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

INITIALIZERS = "keras.initializers."
# Types of arguments that a function or its name may be given as.
_NAMED = ("activation", "word")
SELF_RETURNING = frozenset(
    {"to", "cuda", "cpu", "eval", "train", "float", "double", "half", "apply", "requires_grad_"}
)


def evaluate_call(it: Interpreter, node: cst.Call, scope: Scope) -> Value:
    """The value of a call, whatever is called."""
    callee = called(it, node.func, it.evaluate(node.func, scope))
    if isinstance(node.func, cst.Name) and scope.find(node.func.value) is None:
        handler = builtin.HANDLERS.get(node.func.value)
        if handler is not None:
            return handler(it, node, evaluate_arguments(it, node, scope), scope)
    args = evaluate_arguments(it, node, scope)
    if isinstance(callee, Unknown | Const | Tensor):
        _hand_over(it, node, args)
    result = _called(it, node, callee, args)
    note_in_place(it, node, callee, args, scope)
    if isinstance(callee, Object) and args.positional:
        # What a layer takes has so many dimensions from here on, whatever else reads it.
        place, value = args.positional[0]
        narrow(scope, value, ranked(it, callee.rules, Input(place, value)).value)
    return result


def _called(it: Interpreter, node: cst.Call, callee: Value, args: Arguments) -> Value:
    match callee:
        case Function():
            result = call_function(it, callee, args)
            return measured(it, node, result, args) if callee.node in it.general else result
        case Bound(function=function, instance=instance):
            given = args.with_receiver(node.func, instance)
            if objects.is_public(it, function):
                return objects.from_outside(it, function, given)
            return call_function(it, function, given)
        case Class():
            return instantiate(it, callee, args, node)
        case Api(name=name):
            return _called_api(it, node, name, args)
        case Partial():
            return instantiate(it, callee.cls, _with_more(callee, args), node)
        case Foreign(name=name):
            return _foreign(name, args)
        case Either() | Passing():
            return apply_chosen(it, node, callee, args, partial(_called, it, node))
        case Object(api=name) if name.startswith(INITIALIZERS):
            return weights.initial(it, args)
        case Instance() | Object():
            return objects.apply_value(it, node, callee, args)
        case Method(receiver=receiver, name=name):
            return call_method(it, node, receiver, name, args)
    return UNKNOWN_VALUE


def _called_api(it: Interpreter, node: cst.Call, name: str, args: Arguments) -> Value:
    result = call_api(it, node, name, args)
    if node.func not in it.facts.apis and node in it.facts.calls:
        it.facts.calls[node].problem = "called through a variable"
    return result


def _foreign(name: str, args: Arguments) -> Value:
    """What something of neither framework gives, of which little is known."""
    if name == "functools.partial":
        return _in_part(args)
    return builtin.made_dict(args) if name == "collections.OrderedDict" else UNKNOWN_VALUE


def _in_part(args: Arguments) -> Value:
    """A class of the program that has been told a part of its arguments."""
    cls = args.values[0] if args.positional and not args.open else None
    if not isinstance(cls, Class):
        return UNKNOWN_VALUE
    return Partial(cls, args.positional[1:], args.keywords)


def _with_more(given: Partial, args: Arguments) -> Arguments:
    keywords = {**given.keywords, **args.keywords}
    return Arguments((*given.positional, *args.positional), keywords, args.open)


def _hand_over(it: Interpreter, node: cst.Call, args: Arguments) -> None:
    """What goes to a function of which nothing is known goes in the source's order."""
    if isinstance(node.func, cst.Name) and hasattr(builtins, node.func.value):
        return
    for place, value in (*args.positional, *args.keywords.values()):
        it.to_source(place, value)


def call_api(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Value:
    """A framework's function or class."""
    canonical = it.rulebook.canonical(api)
    structure = structures.HANDLERS.get(canonical)
    if structure is not None:
        return structure(it, node, api, args)
    wrapped = function_layer(it, node, canonical, args)
    if wrapped is not None:
        return wrapped
    rules = it.rulebook.find(canonical, it.side)
    if _constructs(rules, canonical):
        return construct(it, node, api, args)
    if rules and rules[0].kind == "shape":
        _note_shape(it, node, canonical, rules, args)
        return _shape_of(it, node, args)
    result = apply_rules(it, node, canonical, rules, args)
    sizes = it.rulebook.names["image"].get(canonical)
    if sizes is not None:
        return Sequence("tuple", [UNKNOWN_VALUE for _ in range(int(sizes))])
    found = loader(it, canonical, args)
    if found is not None:
        return found
    if rules and rules[0].kind == "optimizer":
        return Object(canonical, node, {}, rules)
    return UNKNOWN_VALUE if rules and rules[0].kind == "object" else result


def _constructs(rules: tuple[Rule, ...], api: str) -> bool:
    """Whether a call makes an object rather than a result."""
    if not rules:
        return api.rsplit(".", 1)[-1][:1].isupper()
    return rules[0].kind == "layer" or api.startswith(INITIALIZERS)


def construct(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Object:
    """An object of a framework's class."""
    canonical = it.rulebook.canonical(api)
    rules = it.rulebook.find(canonical, it.side)
    given: dict[str, tuple[cst.BaseExpression, Value]] = dict(args.keywords)
    problem: str | None = None
    for rule in rules:
        try:
            given = args.bind(rule, it.side, canonical)
            problem = None
            break
        except SignatureMismatch as error:
            problem = str(error)
    given = in_one_case(it, canonical, given)
    given |= _activations(it, rules, given)
    for name, (place, _) in given.items():
        parameter = rules[0].signatures[it.side].by_name.get(name) if rules else None
        if parameter is not None and parameter.type == "size":
            note_whole(it, place)
    obj = Object(canonical, node, given, rules)
    it.facts.objects.append(obj)
    terms = {name: term_of(it, n, v) for name, (n, v) in given.items()}
    fact = it.note_call(node, canonical, rules, terms, {n: e for n, (e, _) in given.items()})
    fact.objects.append(obj)
    fact.problem = fact.problem or problem
    return obj


def _activations(
    it: Interpreter, rules: tuple[Rule, ...], given: Mapping[str, Given]
) -> dict[str, Given]:
    """Functions of the framework given as activations, by the names that rules know."""
    names = it.rulebook.names.get("activation", {})
    found: dict[str, Given] = {}
    types = rules[0].signatures[it.side].by_name if rules else {}
    for name, (node, value) in given.items():
        if not isinstance(value, Api) or name not in types or types[name].type not in _NAMED:
            continue
        same = {rule.id for rule in it.rulebook.find(it.rulebook.canonical(value.name), "keras")}
        for short, api in names.items():
            if same & {rule.id for rule in it.rulebook.find(api, "keras") if not rule.manual}:
                found.setdefault(name, (node, Const(short)))
    return found


def call_method(
    it: Interpreter, node: cst.Call, receiver: Value, name: str, args: Arguments
) -> Value:
    """A method of a list, dict, tensor or framework object."""
    if isinstance(receiver, Object | Instance) and name in SELF_RETURNING:
        return receiver
    if isinstance(receiver, Tensor):
        return _tensor_method(it, node, receiver, name, args)
    if isinstance(receiver, Instance) and is_module(receiver.cls, it.rulebook, it.side):
        return weights.own_method(it, node, receiver, name, args)
    if isinstance(receiver, TensorShape):
        return receiver if name == "as_list" else UNKNOWN_VALUE
    if isinstance(receiver, Sequence):
        return builtin.list_method(it, receiver, name, args)
    if isinstance(receiver, Object):
        return structures.method(it, node, receiver, name, args)
    return builtin.dict_method(it, receiver, name, args)


def _tensor_method(
    it: Interpreter, node: cst.Call, receiver: Tensor, name: str, args: Arguments
) -> Value:
    prefix = "torch.Tensor" if it.side == "torch" else "tensorflow.Tensor"
    api = f"{prefix}.{name}"
    rules = it.rulebook.find(api, it.side)
    assert isinstance(node.func, cst.Attribute)
    with_receiver = args.with_receiver(node.func.value, receiver)
    if rules and rules[0].kind == "shape":
        _note_shape(it, node, api, rules, with_receiver)
        return _shape_of(it, node, with_receiver)
    return apply_rules(it, node, api, rules, with_receiver)


def _note_shape(
    it: Interpreter, node: cst.Call, api: str, rules: tuple[Rule, ...], args: Arguments
) -> None:
    try:
        bound = args.bind(rules[0], it.side, api)
    except SignatureMismatch as error:
        it.note_call(node, api, rules, {}, {}).problem = str(error)
        return
    given = {name: term_of(it, n, v) for name, (n, v) in bound.items()}
    it.note_call(node, api, rules, given, {name: n for name, (n, _) in bound.items()})


def _shape_of(it: Interpreter, node: cst.Call, args: Arguments) -> Value:
    values = [value for _, value in args.positional]
    if values and it.side == "keras" and _may_be_tensor(values[0]):
        return TensorShape(Tensor())
    if not values or not isinstance(values[0], Tensor):
        return UNKNOWN_VALUE
    shape = TensorShape(values[0])
    if len(values) == 1 or it.side == "keras":
        members.note_shape(it, node, values[0])
    if len(values) == 1 or it.side == "keras":
        return shape
    return members.dimension(it, node, shape, values[1])


def _may_be_tensor(value: Value) -> bool:
    named = isinstance(value, Const) and not is_known(value.term)
    return named or isinstance(value, Unknown)
