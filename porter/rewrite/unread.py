"""Values of a function that nothing reads any more: `bn_axis = 3`, once axes are PyTorch's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import fields

import libcst as cst

from porter.facts import walk
from porter.rewrite.code import as_statement, comments_around, guarded, handed_on, is_marked, said
from porter.rewrite.harmless import is_harmless

UNNAMED = "_"


def unread(module: cst.Module) -> Set[str]:
    """The names of values that functions do not read."""
    return {n for node in walk(module) if isinstance(node, cst.FunctionDef) for n in _idle(node)}


def without_unread(module: cst.Module, idle: Set[str]) -> cst.Module:
    """The module without values that functions do not read, but for those of `idle` names.

    Nodes that do not go are the same as they were; comments go on to what follows.
    """
    left = _left(module, frozenset(), idle)
    assert isinstance(left, cst.Module)
    return left


def _left(node: cst.CSTNode, gone: Set[str], idle: Set[str]) -> cst.CSTNode:
    """A statement or block without what binds the names that are gone."""
    if isinstance(node, cst.FunctionDef):
        gone = _idle(node) - idle
    if isinstance(node, cst.For) and _counted(node) in gone:
        node = node.with_changes(target=cst.Name(UNNAMED))
    changes: dict[str, object] = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, cst.BaseSuite | cst.If | cst.Else):
            new = _left(value, gone, idle)
            if new is not value:
                changes[each.name] = new
        elif each.name == "body" and isinstance(node, cst.Module | cst.IndentedBlock):
            going = {s for s in value if _goes(s, gone) and not is_marked(s)}
            going = going if len(going) < len(value) else set()
            items, rest = handed_on(
                comments_around(s) if s in going else as_statement(_left(s, gone, idle))
                for s in value
            )
            if len(items) != len(value) or any(map(_differ, items, value)):
                changes[each.name] = items
            if rest:
                changes["footer"] = [*rest, *node.footer]
    return node.with_changes(**changes) if changes else node


def _differ(one: object, other: object) -> bool:
    return one is not other


def _idle(function: cst.FunctionDef) -> Set[str]:
    """The values that a function says and does not mention but to say them."""
    said = Counter(_all_said(function.body))
    names = Counter(n.value for n in walk(function.body) if isinstance(n, cst.Name))
    return {name for name, times in said.items() if names[name] == times} - {UNNAMED}


def _all_said(block: cst.CSTNode) -> Iterator[str]:
    """The names that statements give a value, once for each mention in these."""
    for node in walk(block):
        match node:
            case cst.For() if name := _counted(node) or "":
                yield name
            case cst.SimpleStatementLine() if name := said(node) or "":
                yield from _mentions(node, name)
            case cst.If() if name := guarded(node) or "":
                yield from _mentions(node.test, name)


def _mentions(node: cst.CSTNode, name: str) -> Iterator[str]:
    return (n.value for n in walk(node) if isinstance(n, cst.Name) and n.value == name)


def _goes(statement: cst.CSTNode, gone: Set[str]) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(value=value)]):
            return said(statement) in gone and is_harmless(value)
    return guarded(statement) in gone and is_harmless(statement)


def _counted(loop: cst.For) -> str | None:
    """The name that a loop counts by."""
    return loop.target.value if isinstance(loop.target, cst.Name) else None
