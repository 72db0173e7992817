"""Code that must not be half translated: functional graphs that cannot be cut."""

from __future__ import annotations

from collections.abc import Mapping, Set

import libcst as cst

from porter.facts import Facts, Object, below, class_around
from porter.rewrite.code import is_marked
from porter.rewrite.graph import Graph, reachable
from porter.rewrite.places import enclosing
from porter.rewrite.plan import Left, Plan, is_moved
from porter.rulebook import Side

FROZEN = "layers are made and applied here in a way that is not translated yet"


def frozen_calls(
    facts: Facts,
    plans: Mapping[cst.CSTNode, Plan],
    graphs: list[Graph],
    parents: Mapping[cst.CSTNode, cst.CSTNode],
    side: Side,
) -> set[cst.CSTNode]:
    """Calls that stay as they are: a layer that is made where it is applied needs a class.

    So does what an earlier run left with a mark: that is for people now.
    """
    marked = {
        call
        for statement in {enclosing(n, parents)[0] for n in facts.calls if n in parents}
        if is_marked(statement)
        for call in _calls_in(statement)
    }
    return marked | (_inline(facts, plans, graphs, parents) if side == "keras" else set())


def _inline(
    facts: Facts,
    plans: Mapping[cst.CSTNode, Plan],
    graphs: list[Graph],
    parents: Mapping[cst.CSTNode, cst.CSTNode],
) -> set[cst.CSTNode]:
    cut = {node for graph in graphs for node in _taken_in(graph)}
    frozen: set[cst.CSTNode] = set()
    for model in facts.models:
        if not any(graph.model.node is model.node for graph in graphs):
            frozen |= reachable(model.outputs) - cut
            for statement in _region(model, parents):
                frozen |= _calls_in(statement) - cut
    homes = {
        _home(node, parents)
        for node in facts.applications
        if isinstance(node, cst.Call) and node.func in plans and node not in cut
        if not _may_stay(node, plans, facts, parents)
    }
    for home in homes:
        frozen |= _calls_in(home) - cut if isinstance(home, cst.FunctionDef) else set()
    frozen |= {n.func for n in frozen if isinstance(n, cst.Call) and n.func in plans}
    frozen |= {
        n.func
        for n in facts.applications
        if isinstance(n, cst.Call) and n.func in plans and n not in cut
        if not _may_stay(n, plans, facts, parents)
    }
    return frozen


def moved_though_frozen(
    plans: Mapping[cst.CSTNode, Plan], frozen: Set[cst.CSTNode]
) -> dict[cst.CSTNode, Left]:
    """Layers that stay, though what comes out of them was held for the target's layout."""
    return {
        node: Left(FROZEN, "todo")
        for node, plan in plans.items()
        if node in frozen and plan.uses and plan.translation is not None and is_moved(plan)
    }


def _taken_in(graph: Graph) -> list[cst.CSTNode]:
    """The calls that a graph's class takes in or takes the place of."""
    return [*graph.nodes, *graph.attributes, graph.model.node]


def _may_stay(
    node: cst.Call,
    plans: Mapping[cst.CSTNode, Plan],
    facts: Facts,
    parents: Mapping[cst.CSTNode, cst.CSTNode],
) -> bool:
    """Whether a layer can be made where it is applied: in a module's method, without weights."""
    translation = plans[node.func].translation
    modules = facts.root_classes | facts.inner_classes
    return (
        class_around(node, parents) in modules
        and translation is not None
        and not translation.case.weights
    )


def _region(model: Object, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> list[cst.CSTNode]:
    """The statements from a model's first input to the model itself."""
    last, block = enclosing(model.node, parents)
    places = [enclosing(t.producer.node, parents) for t in model.inputs if t.producer is not None]
    starts = {place for place, around in places if around is block}
    body = list(block.children)
    first = min((i for i, s in enumerate(body) if s in starts), default=len(body))
    end = body.index(last) + 1
    definitions = (cst.FunctionDef, cst.ClassDef)
    return [last, *(s for s in body[first:end] if not isinstance(s, definitions))]


def frozen_statements(
    frozen: set[cst.CSTNode], parents: Mapping[cst.CSTNode, cst.CSTNode]
) -> set[cst.CSTNode]:
    """Statements with such a call: nothing in them is permuted either."""
    return {enclosing(node, parents)[0] for node in frozen if node in parents}


def _home(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> cst.CSTNode:
    while node in parents and not isinstance(node, cst.FunctionDef):
        node = parents[node]
    return node


def _calls_in(home: cst.CSTNode) -> set[cst.CSTNode]:
    found: set[cst.CSTNode] = set()
    stack = [home]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Call):
            found.add(node)
        stack.extend(below(node))
    return found
