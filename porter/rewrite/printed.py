"""Values of the framework by their names: constants, and what only goes into a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Method

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

_PRINTS = frozenset(
    {"print", "format", "str", "repr", "info", "debug", "warning", "error", "log", "write"}
)
# How a summary is set out, which says nothing of the model.
_SET_OUT = frozenset(
    {"line_length", "positions", "expand_nested", "show_trainable", "layer_range", "print_fn"}
)
_TEXTS = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)


def is_printed(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> bool:
    """`print(v)`, `f"{v}"`, `"%s" % v`, `"version " + v`, `log.info("%s", v)`."""
    around = parents[node]
    if isinstance(around, cst.Element):
        around = parents[parents[around]]
    if isinstance(around, cst.FormattedStringExpression):
        return True
    if isinstance(around, cst.BinaryOperation):
        return isinstance(around.left, _TEXTS)
    call = parents.get(around)
    if not isinstance(around, cst.Arg) or not isinstance(call, cst.Call):
        return False
    name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    return isinstance(name, cst.Name) and name.value in _PRINTS


def named_value(rw: Rewriter, node: cst.BaseExpression) -> cst.BaseExpression | None:
    """A framework's constant, such as a dtype; its version, where that is printed."""
    api = rw.facts.apis.get(node)
    if api is None or node in rw.facts.unreached:
        return None
    if node in rw.facts.passing and not rw.is_frozen(node):
        return cst.Call(rw.spelling.name("torch.nn.Identity"))
    for rule in rw.rulebook.find(rw.rulebook.canonical(api), rw.side):
        target = rule.signatures.get("torch" if rw.side == "keras" else "keras")
        said = rule.kind == "text" and is_printed(node, rw.parents)
        if target is not None and (rule.kind == "value" or said):
            return rw.spelling.name(target.api)
    return None


def summary(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression | None:
    """`model.summary()` → `print(model)`, where nothing uses its value, which is None."""
    value = rw.facts.values.get(original.func)
    func = updated.func
    if rw.side != "keras" or not isinstance(func, cst.Attribute):
        return None
    if not isinstance(value, Method) or value.name != "summary" or not rw.is_layer(value.receiver):
        return None
    if not all(_sets_out(arg) for arg in original.args):
        return None
    if isinstance(rw.parents[original], cst.Expr):
        return cst.Call(cst.Name("print"), [cst.Arg(func.value)])
    return func.value if _is_printed_alone(original, rw.parents) else None


def _is_printed_alone(call: cst.Call, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> bool:
    """`print(model.summary())`, as a line of its own."""
    outer = parents[parents[call]]
    if not isinstance(outer, cst.Call) or not isinstance(parents[outer], cst.Expr):
        return False
    return isinstance(outer.func, cst.Name) and outer.func.value == "print" and len(outer.args) == 1


def _sets_out(arg: cst.Arg) -> bool:
    if arg.keyword is None:
        return not arg.star and isinstance(arg.value, cst.Integer)
    if arg.keyword.value == "print_fn":
        return isinstance(arg.value, cst.Name) and arg.value.value in ("None", "print")
    return arg.keyword.value in _SET_OUT
