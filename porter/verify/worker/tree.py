"""A model as a tree of named parts: what is where, where it was made, which arrays it holds."""

from __future__ import annotations

from typing import Any, Iterable

from .calls import APPLIED, MADE, made
from .sites import SITES


class Tree:
    """Walks a model; the framework's side says what a variable, a layer and a part is."""

    def __init__(self, side: Any) -> None:
        self.side = side
        self.nodes: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        self._seen: dict[int, str] = {}
        self._keep: list[Any] = []

    def walk(self, value: Any, name: str) -> str:
        """The id of a part; parts that appear twice are one."""
        if id(value) in self._seen:
            return self._seen[id(value)]
        node_id = f"n{len(self.nodes)}"
        self._seen[id(value)] = node_id
        self._keep.append(value)
        order, site, stack = made(value)
        cls = type(value)
        node = self.nodes[node_id] = {
            "type": cls.__module__ + "." + cls.__qualname__,
            "classes": [c.__name__ for c in cls.__mro__ if SITES.is_user_class(c)],
            "graph": self.side.is_graph(value),
            "name": str(getattr(value, "name", name)),
            "site": site,
            "stack": stack,
            "order": order,
            "own": {},
            "children": [],
        }
        for attribute, part in self.side.parts(value):
            self._add(node, value, attribute, part)
        return node_id

    def _add(self, node: Any, owner: Any, attribute: str, part: Any) -> None:
        if self.side.is_variable(part):
            node["own"][attribute] = self.variable(owner, attribute, part)
        elif self.side.is_layer(part):
            node["children"].append([attribute, self.walk(part, attribute)])
        elif isinstance(part, dict):
            for key in part:
                self._add(node, owner, f"{attribute}.{key}", part[key])
        elif isinstance(part, (list, tuple)):
            for i, item in enumerate(part):
                self._add(node, owner, f"{attribute}.{i}", item)
        elif SITES.is_user_class(type(part)) and hasattr(part, "__dict__"):
            node["children"].append([attribute, self.walk(part, attribute)])

    def variable(self, owner: Any, attribute: str, value: Any) -> str:
        key = id(value)
        if key not in self._seen:
            name = f"v{len(self.variables)}"
            self._seen[key] = name
            self.variables[name] = value
            self.facts[name] = self.side.describe(owner, attribute, value)
        return self._seen[key]

    def layers(self) -> list[Any]:
        """The layers that were met."""
        return [x for x in self._keep if self.side.is_layer(x)]

    def ids(self) -> dict[int, str]:
        """The id of each part by the identity of its object."""
        return dict(self._seen)

    def reached(self, value: Any) -> bool:
        return id(value) in self._seen

    def report(self, root: str) -> Any:
        return {"root": root, "nodes": self.nodes, "variables": self.facts}


def attributes(value: Any, skipped: Iterable[str] = ()) -> list[tuple[str, Any]]:
    """What stands on an instance under its own names."""
    hidden = {MADE, APPLIED, *skipped}
    return [(k, v) for k, v in vars(value).items() if k not in hidden]
