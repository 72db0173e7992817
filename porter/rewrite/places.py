"""Where a node stands: its statement, the block of that, and the names they bind."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from porter.rewrite.classes import names_read

Parents = Mapping[cst.CSTNode, cst.CSTNode]


def enclosing(node: cst.CSTNode, parents: Parents) -> tuple[cst.CSTNode, cst.CSTNode]:
    """The statement around a node, and the block that holds the statement."""
    child = node
    parent = parents[child]
    while not isinstance(parent, cst.Module | cst.IndentedBlock):
        child, parent = parent, parents[parent]
    return child, parent


def assigned_name(node: cst.CSTNode, parents: Parents) -> str | None:
    """The name that `name = <node>` gives to a node."""
    parent = parents.get(node)
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1:
        target = parent.targets[0].target
        if isinstance(target, cst.Name):
            return target.value
    return None


def bound_in(statement: cst.CSTNode) -> set[str]:
    """The names that a statement assigns, anywhere in it."""
    found: set[str] = set()
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.For | cst.AnnAssign):
            found |= set(names_read([node.target]))
        stack += node.children
    return found
