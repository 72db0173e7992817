"""Trees changed in place of copied: what is not touched stays the node it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, TypeVar, cast

import libcst as cst

from porter.facts import below, named_parameters, target_names, walk

Node = TypeVar("Node", bound=cst.CSTNode)


@dataclass(eq=False)
class Origins:
    """Which node of the file each new node stands for."""

    of: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)

    def first(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node of the file that a node stands for: itself, where it is one."""
        while node in self.of:
            node = self.of[node]
        return node

    def note(self, new: Node, old: cst.CSTNode) -> Node:
        """Say what a new node stands for."""
        if new is not old:
            self.of[new] = old
        return new

    def replaced(self, node: Node, by: Mapping[Any, cst.CSTNode]) -> Node:
        """A tree with some of its nodes replaced; all others are the same objects."""
        if node in by:
            return self.note(cast(Node, by[node]), node)
        changes: dict[str, object] = {}
        for each in fields(node):
            value = getattr(node, each.name)
            if isinstance(value, cst.CSTNode):
                new = self.replaced(value, by)
                if new is not value:
                    changes[each.name] = new
            elif isinstance(value, list | tuple):
                items = [self.replaced(v, by) if isinstance(v, cst.CSTNode) else v for v in value]
                if any(a is not b for a, b in zip(items, value, strict=True)):
                    changes[each.name] = items
        return self.note(node.with_changes(**changes), node) if changes else node

    def cloned(self, node: Node) -> Node:
        """A copy for a second place in the tree."""
        copy = node.deep_clone()
        for new, old in zip(walk(copy), walk(node), strict=True):
            self.of[new] = old
        return copy


@lru_cache(maxsize=1 << 17)
def read_nodes(node: cst.CSTNode) -> tuple[cst.Name, ...]:
    """The names that a tree reads from around it, as nodes."""
    if isinstance(node, cst.Name):
        return (node,)
    own = own_names(node)
    found: list[cst.Name] = []
    for child in _read_children(node):
        outside = isinstance(node, cst.FunctionDef | cst.Lambda) and child is node.params
        found += [n for n in read_nodes(child) if outside or n.value not in own]
    return tuple(found)


def own_names(node: cst.CSTNode) -> set[str]:
    """The names that a function or comprehension binds for itself."""
    if isinstance(node, cst.FunctionDef):
        return {p.name.value for p in parameters(node.params)} | bound([node.body])
    if isinstance(node, cst.Lambda):
        return {p.name.value for p in parameters(node.params)}
    if isinstance(node, cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp):
        return _targets(node.for_in)
    return set()


def _read_children(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """The children of a node in which names are read, not bound or spelled."""
    match node:
        case cst.Attribute() | cst.Arg():
            return [node.value]
        case cst.Import() | cst.ImportFrom() | cst.Global() | cst.Nonlocal():
            return []
        case cst.AssignTarget() | cst.AnnAssign(value=None):
            return [t for t in _flat(node.target) if not isinstance(t, cst.Name)]
        case cst.FunctionDef() | cst.Lambda():
            return [node.params, node.body]
        case cst.Param():
            return [] if node.default is None else [node.default]
        case cst.For():
            return [c for c in (node.iter, node.body, node.orelse) if c is not None]
    return below(node)


def _flat(target: cst.CSTNode) -> list[cst.CSTNode]:
    if isinstance(target, cst.Tuple | cst.List):
        return [t for element in target.elements for t in _flat(element.value)]
    return [target]


def reads(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names that these trees read from around them."""
    return {name.value for node in nodes for name in read_nodes(node)}


def parameters(params: cst.Parameters) -> list[cst.Param]:
    """Every parameter, the starred ones too."""
    found = [*named_parameters(params)]
    found += [p for p in (params.star_arg, params.star_kwarg) if isinstance(p, cst.Param)]
    return found


def _targets(comp: cst.CompFor | None) -> set[str]:
    found: set[str] = set()
    while comp is not None:
        found |= {n.value for n in walk(comp.target) if isinstance(n, cst.Name)}
        comp = comp.inner_for_in
    return found


def bound(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names that these statements bind, anywhere in them but in functions of their own."""
    return {name for node in nodes for name in _bound(node)}


@lru_cache(maxsize=1 << 17)
def _bound(node: cst.CSTNode) -> frozenset[str]:
    found: set[str] = set()
    match node:
        case cst.FunctionDef() | cst.ClassDef():
            return frozenset({node.name.value})
        case cst.Lambda():
            return frozenset()
        case cst.AssignTarget() | cst.AugAssign() | cst.AnnAssign() | cst.For():
            found |= set(target_names(node.target))
        case cst.AsName():
            found |= set(target_names(node.name))
        case cst.ImportAlias() if node.asname is None:
            found |= {n.value for n in walk(node.name) if isinstance(n, cst.Name)}
    return frozenset(found.union(*(_bound(child) for child in below(node))))


def exposed(body: Iterable[cst.CSTNode]) -> set[str]:
    """The names that statements may read before they bind them."""
    found: set[str] = set()
    sure: set[str] = set()
    for statement in body:
        found |= _upward(statement) - sure
        sure |= definite(statement)
    return found


def block(suite: cst.BaseSuite) -> list[cst.BaseStatement]:
    """The statements of a suite; `if x: return y` on one line has one."""
    if isinstance(suite, cst.SimpleStatementSuite):
        return [cst.SimpleStatementLine([small]) for small in suite.body]
    return [s for s in suite.body if isinstance(s, cst.BaseStatement)]


def _upward(node: cst.CSTNode) -> set[str]:
    match node:
        case cst.If():
            return reads([node.test]) | exposed(block(node.body)) | _other(node.orelse)
        case cst.Else():
            return exposed(block(node.body))
        case cst.For():
            return reads([node.iter]) | exposed(block(node.body)) - set(target_names(node.target))
        case cst.With():
            return reads(node.items) | exposed(block(node.body))
        case cst.FunctionDef():
            return reads([node])
    return reads([node])


def _other(orelse: cst.CSTNode | None) -> set[str]:
    return set() if orelse is None else _upward(orelse)


def definite(node: cst.CSTNode) -> set[str]:
    """The names that a statement binds however it goes."""
    match node:
        case cst.If(orelse=None):
            return set()
        case cst.If():
            assert node.orelse is not None
            return _all(block(node.body)) & definite(node.orelse)
        case cst.Else() | cst.With():
            return _all(block(node.body))
        case cst.For() | cst.While() | cst.Try():
            return set()
    return bound([node])


def _all(body: Iterable[cst.CSTNode]) -> set[str]:
    found: set[str] = set()
    for statement in body:
        found |= definite(statement)
    return found


def headed(
    lines: Sequence[cst.BaseStatement], branch: cst.If | cst.Else | None
) -> cst.IndentedBlock:
    """A block with the comments behind the colon of a branch and at its end."""
    body = None if branch is None else branch.body
    if not isinstance(body, cst.IndentedBlock):
        return cst.IndentedBlock(lines)
    return cst.IndentedBlock(lines, header=body.header, footer=body.footer)
