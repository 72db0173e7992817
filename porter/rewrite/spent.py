"""Initialisers and penalties under a name of their own, which PyTorch's code does not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from porter.facts import CallFact, Facts, class_around, dotted, is_word
from porter.rewrite.members import SAVING
from porter.rulebook import Side

Parents = Mapping[cst.CSTNode, cst.CSTNode]
_KINDS = ("keras.initializers.", "keras.regularizers.", "keras.constraints.")
_TYPES = frozenset({"initializer", "regularizer", "constraint"})


def spent(facts: Facts, parents: Parents, side: Side) -> set[cst.CSTNode]:
    """Assignments of an initialiser that nothing reads but the weights that start from it."""
    if side != "keras":
        return set()
    found: set[cst.CSTNode] = set()
    for call, fact in facts.calls.items():
        around = parents.get(call)
        if not fact.api.startswith(_KINDS) or not isinstance(around, cst.Assign):
            continue
        name = dotted(around.targets[0].target) if len(around.targets) == 1 else None
        home = _home(around, name or "", parents)
        reads = [] if name is None else list(_reads(home, name, parents))
        if reads and all(_is_taken_up(node, facts, parents) for node in reads):
            found.add(around)
    return found


def _home(node: cst.CSTNode, name: str, parents: Parents) -> cst.CSTNode:
    """Where a name means what is assigned to it here."""
    if name.startswith("self."):
        return class_around(node, parents) or node
    while node in parents and not isinstance(node, cst.FunctionDef):
        node = parents[node]
    return node


def _reads(home: cst.CSTNode, name: str, parents: Parents) -> Iterator[cst.CSTNode]:
    stack = [home]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name | cst.Attribute) and dotted(node) == name:
            if not isinstance(parents[node], cst.AssignTarget) and not is_word(node, parents):
                yield node
            continue
        stack.extend(node.children)


def _is_taken_up(node: cst.CSTNode, facts: Facts, parents: Parents) -> bool:
    """Whether a weight starts from what is read here, or only Keras's saving asks for it."""
    around = parents[node]
    call = parents.get(around)
    fact = facts.calls.get(call) if isinstance(around, cst.Arg) and call is not None else None
    if fact is not None and _is_facet(fact, node):
        return True
    if isinstance(around, cst.Call) and around.func is node:
        return True
    while node in parents and not isinstance(node, cst.FunctionDef):
        node = parents[node]
    return isinstance(node, cst.FunctionDef) and node.name.value in SAVING


def _is_facet(fact: CallFact, node: cst.CSTNode) -> bool:
    names = {name for name, given in fact.nodes.items() if given is node}
    types = {
        p.type for r in fact.rules for p in r.signatures["keras"].parameters if p.name in names
    }
    return bool(types) and types <= _TYPES
