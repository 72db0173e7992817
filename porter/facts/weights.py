"""Weights that a module makes for itself: `add_weight`, `register_buffer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments, Given
from porter.facts.operations import apply_rules
from porter.facts.terms import shape_from, term_of
from porter.facts.values import UNKNOWN_VALUE, Const, Instance, Sequence, Tensor, Value
from porter.rulebook import known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

BASES = {"keras": "keras.layers.Layer", "torch": "torch.nn.Module"}
# Keras 2 names a weight first, and takes the rest in another order than Keras 3.
_MAKES = ("add_weight", "add_variable")
_FORMERLY = ("shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
_NOW = ("shape", "initializer", "dtype", "trainable", "autocast", "regularizer", "constraint")
ADDING = ("add_module", "register_module")
_REGISTERS = {"register_buffer": "tensor", "register_parameter": "param"}


def own_method(
    it: Interpreter, node: cst.Call, receiver: Instance, name: str, args: Arguments
) -> Value:
    """A method that a module inherits from the framework, where rules know it."""
    if it.side == "torch" and name in ADDING:
        _registered(receiver, args, "module")
        return Const(None)
    api = f"{BASES[it.side]}.{name}"
    rules = it.rulebook.find(api, it.side)
    if not rules or rules[0].manual:
        return UNKNOWN_VALUE
    if name in _MAKES:
        args = _by_name(args)
    if name in _REGISTERS:
        _registered(receiver, args, _REGISTERS[name])
    callee = node.func.value if isinstance(node.func, cst.Attribute) else node.func
    return apply_rules(it, node, api, rules, args.with_receiver(callee, receiver))


def initial(it: Interpreter, args: Arguments) -> Value:
    """What an initialiser draws: `initializer(shape=(3, 4))`."""
    given = dict(zip(("shape", "dtype"), args.positional, strict=False)) | args.keywords
    shape = shape_from(it, term_of(it, *given["shape"])) if "shape" in given else None
    return Tensor(shape)


def _by_name(args: Arguments) -> Arguments:
    """Arguments by the names that they have, in Keras 2's order or in Keras 3's."""
    named = bool(args.positional) and _is_name(args.positional[0], args)
    order = ("name", *_FORMERLY) if named else _NOW
    given = dict(zip(order, args.positional, strict=False))
    if len(args.positional) > len(order) or given.keys() & args.keywords.keys():
        return args
    return Arguments((), {**given, **args.keywords}, args.open)


def _is_name(given: Given, args: Arguments) -> bool:
    node, value = given
    if isinstance(value, Const) and isinstance(known(value.term), str):
        return True
    texts = (cst.FormattedString, cst.ConcatenatedString)
    return isinstance(node, texts) or ("shape" in args.keywords and not isinstance(value, Sequence))


def _registered(receiver: Instance, args: Arguments, parameter: str) -> None:
    """`self.register_buffer("mean", tensor)` sets self.mean."""
    given = dict(zip(("name", parameter), args.positional, strict=False)) | args.keywords
    name = given["name"][1] if "name" in given else None
    if isinstance(name, Const) and isinstance(known(name.term), str) and parameter in given:
        receiver.attributes[str(known(name.term))] = given[parameter][1]
