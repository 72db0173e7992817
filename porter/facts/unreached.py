"""Code that was not interpreted: what it names of the framework is resolved by scope alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from porter.facts.names import dotted
from porter.facts.places import below
from porter.facts.store import Facts
from porter.facts.values import Api

Parents = Mapping[cst.CSTNode, cst.CSTNode]


def note_unreached(facts: Facts, parents: Parents) -> None:
    """Record the framework's names in expressions that the interpretation never came to."""
    for node in _chains(facts.module):
        name = dotted(node) or ""
        root, _, rest = name.partition(".")
        bound = facts.scope.names.get(root)
        if node in facts.values or not isinstance(bound, Api) or _is_local(root, node, parents):
            continue
        facts.apis[node] = f"{bound.name}.{rest}" if rest else bound.name
        facts.unreached.add(node)


def _chains(module: cst.Module) -> Iterator[cst.Name | cst.Attribute]:
    """The names and whole dotted names that a module reads."""
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Import | cst.ImportFrom):
            continue
        if isinstance(node, cst.Name | cst.Attribute) and dotted(node) is not None:
            yield node
            continue
        if isinstance(node, cst.Arg):
            stack.append(node.value)
            continue
        if isinstance(node, cst.FunctionDef | cst.ClassDef | cst.Param | cst.AssignTarget):
            stack += [c for c in below(node) if not isinstance(c, cst.Name)]
            continue
        stack += below(node)


def _is_local(name: str, node: cst.CSTNode, parents: Parents) -> bool:
    """Whether a function, lambda or comprehension around a node binds a name itself."""
    above: cst.CSTNode | None = node
    while above is not None:
        if isinstance(above, cst.FunctionDef | cst.Lambda | cst.BaseComp) and _binds(above, name):
            return True
        above = parents.get(above)
    return False


def _binds(node: cst.CSTNode, name: str) -> bool:
    stack = list(below(node))
    while stack:
        each = stack.pop()
        target: cst.CSTNode | None = None
        if isinstance(each, cst.Param):
            target = each.name
        elif isinstance(each, cst.AssignTarget | cst.CompFor | cst.For):
            target = each.target
        elif isinstance(each, cst.AsName):
            target = each.name
        if isinstance(target, cst.Name) and target.value == name:
            return True
        stack += below(each)
    return False
