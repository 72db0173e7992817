"""Values of the framework by their names: constants, and what only goes into a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

_PRINTS = frozenset(
    {"print", "format", "str", "repr", "info", "debug", "warning", "error", "log", "write"}
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
    for rule in rw.rulebook.find(rw.rulebook.canonical(api), rw.side):
        target = rule.signatures.get("torch" if rw.side == "keras" else "keras")
        said = rule.kind == "text" and is_printed(node, rw.parents)
        if target is not None and (rule.kind == "value" or said):
            return rw.spelling.name(target.api)
    return None
