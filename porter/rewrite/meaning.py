"""Whether a name means one thing, wherever in a function layers are made with it."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import function_around, named_parameters, walk
from porter.rewrite import builds

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

BUILTINS = frozenset(dir(builtins))
Parents = Mapping[cst.CSTNode, cst.CSTNode]
_BINDING = (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.For, cst.AsName, cst.CompFor)
_LOOPS = (cst.For, cst.While)


class Meanings:
    """The names of one function, or of a module."""

    def __init__(self, home: cst.CSTNode, parents: Parents) -> None:
        self._parents = parents
        body = home.body if isinstance(home, cst.FunctionDef) else home
        self._order = {node: i for i, node in enumerate(walk(body))}
        self._reads: dict[str, int] = {}
        self._bindings: dict[str, list[cst.CSTNode]] = {}
        for node, place in self._order.items():
            if isinstance(node, cst.Name):
                self._reads.setdefault(node.value, place)
            elif isinstance(node, _BINDING):
                target = node.name if isinstance(node, cst.AsName) else node.target
                for each in walk(target):
                    if isinstance(each, cst.Name) and _is_bound(each, target, parents):
                        self._bindings.setdefault(each.value, []).append(node)
            elif isinstance(node, cst.FunctionDef | cst.ClassDef):
                self._bindings.setdefault(node.name.value, []).append(node)

    def binds(self, name: str) -> bool:
        """Whether the function gives the name a value anywhere."""
        return name in self._bindings

    def binding(self, name: str) -> cst.CSTNode:
        """What first gives a name its value."""
        return self._bindings[name][0]

    def is_one(self, name: str, place: cst.CSTNode) -> bool:
        """Whether a name that is bound here has one value, and has it at `place`."""
        bindings = self._bindings[name]
        clauses = [each for each in bindings if isinstance(each, cst.CompFor)]
        if len(clauses) == len(bindings):
            said = any(isinstance(n, cst.Name) and n.value == name for n in walk(place))
            return said and any(self._is_of_its_own(each, place) for each in clauses)
        first = self._order[bindings[0]]
        if len(bindings) != 1 or place not in self._order or first > self._order[place]:
            return False
        early = self._reads.get(name, first) < first
        return not early and set(self.loops(bindings[0])) <= {*self.loops(place), place}

    def _is_of_its_own(self, clause: cst.CompFor, place: cst.CSTNode) -> bool:
        """Whether a place stands in what a comprehension makes of each item."""
        below, above = place, self._parents.get(place)
        while above is not None and not isinstance(above, cst.FunctionDef):
            if isinstance(above, cst.BaseComp) and clause in walk(above.for_in):
                return below is not above.for_in
            below, above = above, self._parents.get(above)
        return False

    def loops(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        """The loops of the function around a node, and itself if it is one that binds."""
        found: list[cst.CSTNode] = [node] if isinstance(node, cst.For) else []
        above = self._parents.get(node)
        while above is not None and not isinstance(above, cst.FunctionDef):
            if isinstance(above, _LOOPS):
                found.append(above)
            above = self._parents.get(above)
        return found


def is_visible(rw: Rewriter, node: cst.CSTNode, name: str) -> bool:
    """Whether a name means at this node what it meant where it was written down."""
    if name in BUILTINS and name not in rw.spelling.taken:
        return True
    home = function_around(node, rw.parents)
    if home is None:
        return name in rw.facts.scope.names
    if node in rw.facts.last and name in rw.facts.last[node].names:
        return True
    if home not in rw.meanings:
        rw.meanings[home] = Meanings(home, rw.parents)
    if rw.meanings[home].binds(name):
        return rw.meanings[home].is_one(name, node)
    params = {p.name.value for p in named_parameters(home.params)}
    return name in params | builds.arguments_in(rw, home) or name in rw.facts.scope.names


def _is_bound(name: cst.Name, target: cst.CSTNode, parents: Parents) -> bool:
    """Whether assigning to a target binds a name in it: not `name.x = …`, nor `name[0] = …`."""
    above = parents.get(name)
    while name is not target and above is not target and above is not None:
        if isinstance(above, cst.Attribute | cst.Subscript):
            return False
        above = parents.get(above)
    return name is target or not isinstance(target, cst.Attribute | cst.Subscript)
