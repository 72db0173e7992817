"""A worker's report of a model, as parts with names, places and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from porter.verify.manifest import Site
from porter.verify.process import SideName

_LISTS = ("ModuleList", "ModuleDict", "ParameterList", "ParameterDict")


@dataclass(frozen=True)
class Variable:
    """One array of a model; `role` is weight, statistic or constant."""

    shape: tuple[int, ...]
    dtype: str
    trainable: bool
    role: str

    @property
    def size(self) -> int:
        count = 1
        for n in self.shape:
            count *= n
        return count


@dataclass(frozen=True)
class Frame:
    """One of the user's functions on the way to a construction: its line, its plain arguments."""

    function: str
    line: int
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class Node:
    """One object of a model: a layer, a module, or the module whose functions are run."""

    id: str
    type: str
    classes: tuple[str, ...]
    graph: bool
    name: str
    site: Site | None
    stack: tuple[Frame, ...]
    order: int
    own: Mapping[str, str]
    children: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        return self.type.rpartition(".")[2]

    @property
    def is_list(self) -> bool:
        return self.kind in _LISTS and not self.classes

    @property
    def is_leaf(self) -> bool:
        """A layer of the framework itself, to be matched as a whole."""
        return not self.classes and not self.graph and not self.is_list and self.kind != "module"


@dataclass(frozen=True)
class Tree:
    """All parts of one side's model."""

    side: SideName
    root: str
    nodes: Mapping[str, Node]
    variables: Mapping[str, Variable]

    @cached_property
    def owners(self) -> dict[str, list[tuple[str, str]]]:
        """For each part, which parts hold it under which attribute."""
        found: dict[str, list[tuple[str, str]]] = {}
        for node in self.nodes.values():
            for attribute, child in self.children(node.id):
                found.setdefault(child, []).append((node.id, attribute))
        return found

    @cached_property
    def bearing(self) -> frozenset[str]:
        """Parts that hold arrays, themselves or further down."""
        found: set[str] = set()

        def visit(node_id: str, path: frozenset[str]) -> bool:
            node = self.nodes[node_id]
            inside = [
                visit(c, path | {node_id}) for _, c in node.children if c not in path | {node_id}
            ]
            if node.own or any(inside):
                found.add(node_id)
            return node_id in found

        visit(self.root, frozenset())
        return frozenset(found)

    def children(self, node_id: str) -> list[tuple[str, str]]:
        """Parts under their attributes; lists are opened (`blocks.0`)."""
        found: list[tuple[str, str]] = []
        for attribute, child in self.nodes[node_id].children:
            if self.nodes[child].is_list:
                found += [(f"{attribute}.{a}", c) for a, c in self.children(child)]
            else:
                found.append((attribute, child))
        return found

    def own(self, node_id: str) -> dict[str, str]:
        """Arrays of a part's own, with those of its lists of parameters."""
        found = dict(self.nodes[node_id].own)
        for attribute, child in self.nodes[node_id].children:
            if self.nodes[child].is_list:
                found |= {f"{attribute}.{a}": v for a, v in self.own(child).items()}
        return found

    def below(self, node_id: str) -> list[str]:
        """Array-holding leaf layers and user parts with arrays of their own, as constructed."""
        found: dict[str, None] = {}

        def visit(current: str) -> None:
            node = self.nodes[current]
            if current in found or current not in self.bearing:
                return
            if node.is_leaf or self.own(current):
                found[current] = None
            if not node.is_leaf:
                for _, child in self.children(current):
                    visit(child)

        visit(node_id)
        return sorted(found, key=lambda n: (self.nodes[n].order, list(found).index(n)))

    def parts(self, node_id: str) -> list[str]:
        """All that holds arrays below a part, containers too, as constructed."""
        found: dict[str, None] = {}

        def visit(current: str) -> None:
            for _, child in self.children(current):
                if child in self.bearing and child not in found:
                    found[child] = None
                    visit(child)

        visit(node_id)
        return sorted(found, key=lambda n: (self.nodes[n].order, list(found).index(n)))

    def arrays(self, node_id: str, prefix: str = "") -> dict[str, str]:
        """All arrays of a leaf by dotted path, under every path that leads to them."""
        found = {prefix + name: v for name, v in self.nodes[node_id].own.items()}
        graph = self.nodes[node_id].graph
        for attribute, child in self.nodes[node_id].children:
            if prefix.count(".") < 6:
                # A sequence's layers go by their number alone, as PyTorch has it.
                name = attribute.removeprefix("layers.") if graph else attribute
                found |= self.arrays(child, f"{prefix}{name}.")
        return found

    def path(self, variable: str) -> str:
        """A name for an array that people can find: the shortest path from the root."""
        return self._paths.get(variable, variable)

    @cached_property
    def _paths(self) -> dict[str, str]:
        found: dict[str, str] = {}
        queue = [(self.root, "")]
        seen = set()
        while queue:
            node_id, prefix = queue.pop(0)
            if node_id in seen:
                continue
            seen.add(node_id)
            for name, variable in self.nodes[node_id].own.items():
                found.setdefault(variable, prefix + name)
            for attribute, child in self.nodes[node_id].children:
                label = self.nodes[child].name if attribute.startswith("layers.") else attribute
                queue.append((child, f"{prefix}{label}."))
        return found


def read_tree(side: SideName, raw: Mapping[str, Any]) -> Tree:
    """The tree of a worker's answer."""
    nodes = {
        key: Node(
            key,
            n["type"],
            tuple(n["classes"]),
            n["graph"],
            n["name"],
            Site.of(n["site"]),
            tuple(Frame(*f) for f in n["stack"]),
            n["order"],
            n["own"],
            tuple((a, c) for a, c in n["children"]),
        )
        for key, n in raw["nodes"].items()
    }
    variables = {
        key: Variable(tuple(v["shape"]), v["dtype"], v["trainable"], v["role"])
        for key, v in raw["variables"].items()
    }
    return Tree(side, raw["root"], nodes, variables)
