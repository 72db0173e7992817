"""Arguments that other code decides: a parameter is not what this file's calls happen to give.

The facts follow the calls of one file, so a parameter may have a value there. What is written
for a layer must hold for every value, or say for which one it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import libcst as cst

from porter.facts import (
    CallFact,
    Facts,
    Instance,
    Object,
    Tensor,
    below,
    class_around,
    dotted,
    function_around,
    named_parameters,
    stored,
)
from porter.rulebook import Symbol, Term, is_known, known

Parents = Mapping[cst.CSTNode, cst.CSTNode]


class Varying:
    """Which expressions of a module depend on a parameter of the function around them."""

    def __init__(self, facts: Facts, parents: Parents) -> None:
        self.facts, self.module, self.parents = facts, facts.module, parents
        self._names: dict[cst.CSTNode, set[str]] = {}

    def loosened(self, fact: CallFact) -> dict[str, Term]:
        """A call's arguments, those that depend on a parameter without their value."""
        found = dict(fact.given)
        for name, node in fact.nodes.items():
            term = found.get(name)
            if name in found and _is_choice(term) and self.depends(node):
                found[name] = Symbol.parse(self.module.code_for_node(node))
        return found

    def note(self, fact: CallFact, names: Iterable[str] | None = None) -> str:
        """For which arguments a call was translated: these, or all that may vary."""
        if names is None:
            loose = self.loosened(fact)
            names = [name for name, term in loose.items() if term is not fact.given[name]]
        texts = [
            f"{self.module.code_for_node(fact.nodes[name])} = {known(fact.given[name])!r}"
            for name in names
        ]
        return f"written for {', '.join(texts)}, which all calls in this file give"

    def depends(self, node: cst.CSTNode) -> bool:
        """Whether an expression reads a parameter, or what was worked out from one."""
        if node not in self.parents and isinstance(node, cst.Call):
            # What the facts made of an expression: `padding.lower()`.
            node = cst.ensure_type(node.func, cst.Attribute).value
        home = function_around(node, self.parents)
        if home is None or node not in self.parents:
            return False
        names = self._tainted(home)
        return any(_text(each) in names for each in _reads(node))

    def fixed(self, node: cst.CSTNode) -> frozenset[str]:
        """The parameters of the function around a place that keep their values throughout."""
        home = function_around(node, self.parents)
        return frozenset() if home is None else frozenset(_parameters(home) - stored(home.body))

    def _tainted(self, home: cst.FunctionDef) -> set[str]:
        if home not in self._names:
            start = _parameters(home) | self._attributes.get(_class(home, self.parents), set())
            self._names[home] = self._spread(home, start)
        return self._names[home]

    @cached_property
    def _attributes(self) -> dict[cst.CSTNode | None, set[str]]:
        """The attributes of each class that its constructor's parameters decide."""
        found: dict[cst.CSTNode | None, set[str]] = {}
        for node in self.parents:
            if isinstance(node, cst.FunctionDef) and node.name.value == "__init__":
                names = self._spread(node, _parameters(node))
                cls = _class(node, self.parents)
                found.setdefault(cls, set()).update(n for n in names if n.startswith("self."))
        return found

    def _spread(self, home: cst.FunctionDef, names: set[str]) -> set[str]:
        """Names, and those that are assigned from them in the function, or where they decide."""
        assigns: list[tuple[cst.Assign, list[cst.CSTNode]]] = []
        stack: list[tuple[cst.CSTNode, list[cst.CSTNode]]] = [(home.body, [])]
        while stack:
            node, read = stack.pop()
            made = self.facts.values.get(node.value) if isinstance(node, cst.Assign) else None
            if isinstance(node, cst.Assign) and not isinstance(made, Object | Instance | Tensor):
                assigns.append((node, [*read, *_reads(node.value)]))
            tests = _reads(node.test) if isinstance(node, cst.If) else []
            stack += [(child, [*read, *tests]) for child in below(node)]
        found = set(names)
        for _ in range(len(assigns) + 1):
            before = len(found)
            for assigned, read in assigns:
                if any(_text(each) in found for each in read):
                    found |= {_text(t.target) for t in assigned.targets} - {""}
            if len(found) == before:
                break
        return found


def _parameters(home: cst.FunctionDef) -> set[str]:
    return {p.name.value for p in named_parameters(home.params)} - {"self", "cls"}


def _class(home: cst.CSTNode, parents: Parents) -> cst.CSTNode | None:
    return class_around(home, parents)


def _is_choice(term: Term) -> bool:
    return (is_known(term) and known(term) is not None) or term is None


def _reads(node: cst.CSTNode) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    stack = [node]
    while stack:
        each = stack.pop()
        if (isinstance(each, cst.Attribute) and dotted(each) is not None) or isinstance(
            each, cst.Name
        ):
            found.append(each)
        else:
            stack += below(each)
    return found


def _text(node: cst.CSTNode) -> str:
    return dotted(node) or ""
