"""Functions as layers: `Lambda(f)`, and `Activation(f)` of a function of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments, Given
from porter.facts.functions import call_function
from porter.facts.operations import apply_rules
from porter.facts.propagate import Input
from porter.facts.values import (
    UNKNOWN_VALUE,
    Api,
    Bound,
    Dict,
    Function,
    Object,
    Tensor,
    Value,
)

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

WRAPPED = "keras.layers.Lambda"
_FUNCTION = {WRAPPED: "function", "keras.layers.Activation": "activation"}


def function_layer(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Object | None:
    """The layer that a function makes; None where another is made."""
    name = _FUNCTION.get(api)
    if name is None or args.open:
        return None
    given = dict(args.keywords)
    if args.positional:
        given[name] = args.positional[0]
    own = isinstance(given[name][1], Function | Bound) if name in given else False
    if not own and api != WRAPPED:
        return None
    given["function"] = given.pop(name, (node, UNKNOWN_VALUE))
    obj = Object(WRAPPED, node, given)
    it.facts.objects.append(obj)
    it.note_call(node, api, (), {}, {}).objects.append(obj)
    if len(args.positional) > 1:
        it.facts.calls[node].problem = "its arguments are not named"
    return obj


def extra(obj: Object) -> dict[str, Given] | None:
    """What `arguments=` gives the function by name; None where that is not written out."""
    if "arguments" not in obj.given:
        return {}
    node, value = obj.given["arguments"]
    if not isinstance(value, Dict) or not isinstance(node, cst.Dict):
        return None
    nodes = [e.value for e in node.elements if isinstance(e, cst.DictElement)]
    if len(nodes) != len(node.elements) or len(value.items) != len(nodes):
        return None
    if not all(isinstance(key, str) and key.isidentifier() for key in value.items):
        return None
    return {str(k): (n, v) for n, (k, v) in zip(nodes, value.items.items(), strict=True)}


def apply_function(it: Interpreter, obj: Object, node: cst.Call | None, given: Given) -> Value:
    """The function applied: here, or by a container, which has no call of its own."""
    value, more = obj.given["function"][1], extra(obj)
    if more is not None:
        args = Arguments((given,), more)
        if isinstance(value, Function):
            return call_function(it, value, args)
        if isinstance(value, Bound):
            return call_function(
                it, value.function, args.with_receiver(obj.given["function"][0], value.instance)
            )
        if isinstance(value, Api) and node is not None:
            api = it.rulebook.canonical(value.name)
            return apply_rules(it, node, api, it.rulebook.find(api, it.side), args)
    it.give(Input(*given), None)
    return Tensor()


def is_function_layer(value: Value) -> bool:
    """Whether a value is a layer that only applies a function."""
    return isinstance(value, Object) and value.api == WRAPPED
