"""What models are asked for: a layer by its name, weights for another, how many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import parse_template_expression

from porter.facts import Instance, Method, Object, Value
from porter.rewrite.code import spaced
from porter.rewrite.marks import hint
from porter.rewrite.template import receiver

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

TRAINED = ("trainable_weights", "trainable_variables")
# What takes gradients of weights, or gives them to weights.
OPTIMISED = ("gradient", "jacobian", "apply_gradients", "apply", "minimize", "get_gradients")
OWN_PARAMETERS = "PyTorch's parameters have shapes and an order of their own"
COUNTED = (
    "PyTorch counts parameters alone: no running statistics, and two biases of a recurrent layer"
)


def method(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression | None:
    """A method of a Keras model in PyTorch; None where it has none."""
    called = rw.facts.values.get(original.func)
    if rw.side != "keras" or not isinstance(called, Method) or not rw.is_layer(called.receiver):
        return None
    if original in rw.frozen or not isinstance(updated.func, cst.Attribute):
        return None
    owner = receiver(updated.func.value)
    match called.name, original.args:
        case "get_layer", _:
            return _layer(rw, original, owner, called.receiver)
        case "set_weights", [cst.Arg(value=given, keyword=None, star="")]:
            other = weights_of(rw, given)
            if other is None or not _alike(called.receiver, other[0]):
                return None
            rw.findings.add(original, "safe", ".set_weights() → .load_state_dict()", "weights")
            return _call(owner, "load_state_dict", [_call(other[1], "state_dict", [])])
        case "count_params", []:
            rw.findings.once(original, "count-params", COUNTED)
            counted = "sum(p.numel() for p in {model}.parameters())"
            return parse_template_expression(counted, model=owner)
    return None


def parameters(
    rw: Rewriter, original: cst.Attribute, updated: cst.Attribute, value: Method
) -> cst.BaseExpression | None:
    """`model.trainable_weights`: the parameters that are not frozen; None for another member."""
    if rw.side != "keras" or value.name not in TRAINED or not rw.is_layer(value.receiver):
        return None
    if rw.is_frozen(original) or _is_for_a_tape(rw, original):
        return None
    rw.findings.once(original, "parameters", OWN_PARAMETERS)
    trained = "[p for p in {model}.parameters() if p.requires_grad]"
    made = parse_template_expression(trained, model=receiver(updated.value))
    hint(rw, original, made, f".{value.name}", "parameters")
    return made


def _is_for_a_tape(rw: Rewriter, node: cst.CSTNode) -> bool:
    """Whether weights are handed to what is left as it is: a tape, or Keras's optimiser."""
    above = rw.parents.get(node)
    while above is not None and not isinstance(above, cst.BaseSmallStatement):
        func = above.func if isinstance(above, cst.Call) else None
        if isinstance(func, cst.Attribute) and func.attr.value in OPTIMISED:
            return True
        above = rw.parents.get(above)
    return False


def _call(
    owner: cst.BaseExpression, name: str, given: list[cst.BaseExpression]
) -> cst.BaseExpression:
    func = cst.Attribute(owner, cst.Name(name))
    return cst.Call(func, spaced([cst.Arg(value) for value in given]))


def _layer(
    rw: Rewriter, original: cst.Call, owner: cst.BaseExpression, model: Value
) -> cst.BaseExpression | None:
    """`model.get_layer("code")` → `model.code`, where the file makes the model."""
    layer = rw.facts.values.get(original)
    made = [g for g in rw.graphs if g.model is model]
    if not isinstance(layer, Object) or not made or layer.node not in made[0].attributes:
        return None
    return cst.Attribute(owner, cst.Name(made[0].attributes[layer.node]))


def weights_of(rw: Rewriter, node: cst.BaseExpression) -> tuple[Value, cst.BaseExpression] | None:
    """The model in `model.get_weights()`, and how it is written in the output."""
    called = rw.facts.values.get(node.func) if isinstance(node, cst.Call) else None
    if not isinstance(called, Method) or called.name != "get_weights":
        return None
    assert isinstance(node, cst.Call)
    if node.args or not isinstance(node.func, cst.Attribute) or not rw.is_layer(called.receiver):
        return None
    written = rw.updated.get(node.func.value, node.func.value)
    return called.receiver, receiver(written)


def _alike(one: Value, other: Value) -> bool:
    """Whether two models have the same parameters by the same names."""
    if isinstance(one, Instance) and isinstance(other, Instance):
        return one.cls is other.cls
    return isinstance(one, Object) and isinstance(other, Object) and one.node is other.node
