"""Expressions that can be left out where nobody reads them: they only put values together."""

from __future__ import annotations

from collections.abc import Container

import libcst as cst

from porter.facts import dotted, walk

_FUNCTIONS = frozenset({"float", "format", "int", "isinstance", "len", "repr", "str"})
_METHODS = frozenset({"format", "join", "lower", "replace", "upper"})
_ACTING = (cst.Await, cst.Yield, cst.NamedExpr)


def is_harmless(node: cst.CSTNode, known: Container[cst.CSTNode] = ()) -> bool:
    """Whether to evaluate an expression does nothing but give a value, as `known` calls do."""
    return all(part in known or _is_plain(part) for part in walk(node))


def _is_plain(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Call):
        return not isinstance(node, _ACTING)
    if isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.BaseString):
        return node.func.attr.value in _METHODS
    return dotted(node.func) in _FUNCTIONS
