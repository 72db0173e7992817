"""Whether a value only goes into a text for people."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

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
