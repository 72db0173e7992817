"""Constants of a function that nothing reads any more: `bn_axis = 3`, once axes are PyTorch's."""

from __future__ import annotations

from collections import Counter
from typing import TypeVar

import libcst as cst

from porter.facts import walk
from porter.rewrite.code import is_marked

_Block = TypeVar("_Block", cst.FunctionDef, cst.ClassDef)
_LITERALS = cst.BaseNumber | cst.BaseString


def without_unread(module: cst.Module, before: cst.Module) -> cst.Module:
    """The module without constants that functions read before and do not read now.

    What the author has never read stays; nodes that do not go are the same as they were.
    """
    idle = {n for node in walk(before) if isinstance(node, cst.FunctionDef) for n in _idle(node)}
    body = [_left(statement, idle) for statement in module.body]
    same = all(new is old for new, old in zip(body, module.body, strict=True))
    return module if same else module.with_changes(body=body)


def _left(statement: cst.CSTNode, idle: set[str]) -> cst.CSTNode:
    if isinstance(statement, cst.FunctionDef):
        return _shorter(statement, _idle(statement) - idle, idle)
    if isinstance(statement, cst.ClassDef):
        return _shorter(statement, set(), idle)
    return statement


def _shorter(block: _Block, gone: set[str], idle: set[str]) -> _Block:
    """A function or class without some constants, and what is defined in it so, too."""
    old = block.body.body
    kept = [s for s in old if _constant(s) not in gone or is_marked(s)]
    new = [_left(s, idle) for s in kept or old]
    if len(new) == len(old) and all(a is b for a, b in zip(new, old, strict=True)):
        return block
    return block.with_changes(body=block.body.with_changes(body=new))


def _idle(function: cst.FunctionDef) -> set[str]:
    """The constants that a function says once and does not mention again."""
    body = function.body.body if isinstance(function.body, cst.IndentedBlock) else ()
    said = {name for name in map(_constant, body) if name is not None}
    times = Counter(n.value for n in walk(function) if isinstance(n, cst.Name) and n.value in said)
    return {name for name, count in times.items() if count == 1}


def _constant(statement: cst.CSTNode) -> str | None:
    """The name that a statement says to be a number or a text."""
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(cst.Name(name))], value=value)]
        ):
            inner = value.expression if isinstance(value, cst.UnaryOperation) else value
            return name if isinstance(inner, _LITERALS) else None
    return None
