"""Expressions that can be left out where nobody reads them: they only put values together."""

from __future__ import annotations

import libcst as cst

from porter.facts import dotted, walk

_FUNCTIONS = frozenset({"float", "format", "int", "isinstance", "len", "repr", "str"})
_METHODS = frozenset({"format", "join", "lower", "replace", "upper"})
_ACTING = (cst.Await, cst.Yield, cst.NamedExpr)


def is_harmless(node: cst.BaseExpression) -> bool:
    """Whether to evaluate an expression does nothing but give a value."""
    return all(_is_plain(part) for part in walk(node))


def _is_plain(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Call):
        return not isinstance(node, _ACTING)
    if isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.BaseString):
        return node.func.attr.value in _METHODS
    return dotted(node.func) in _FUNCTIONS
