"""Layers: where they are constructed, and where they are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Instance, Object, Permutation, Tensor, Value, class_around, dotted
from porter.rewrite.code import fewer, spaced
from porter.rewrite.elements import Item, called, listed
from porter.rewrite.emit import Emitter, Order
from porter.rewrite.functions import argument_nodes, project
from porter.rewrite.inline import placed
from porter.rewrite.marks import ALIASED, OWN_MODE, hint, untranslated
from porter.rewrite.mode import made_anew, mode_kept, unmoded
from porter.rewrite.plan import Plan, is_mode
from porter.rewrite.template import Nodes, Unwritable
from porter.rulebook import Translation

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def construction(rw: Rewriter, plan: Plan, updated: cst.Call) -> cst.BaseExpression:
    """A layer's construction; raises Unwritable."""
    if plan.translation is None:
        if plan.kind == "unsafe":
            rw.assumed.add(plan.node)
        untranslated(rw, plan.node, updated, plan.reason)
        return updated
    _said(rw, plan, plan.translation)
    if plan.activation is not None and plan.activation.node in rw.updated:
        plan.activation = replace(plan.activation, node=rw.updated[plan.activation.node])
    nodes = argument_nodes(rw, plan.fact.nodes)
    emitter = rw.emitter(plan.node, everywhere=plan.node in rw.in_graph)
    result = rw.facts.results.get(plan.node)
    order = result.order if isinstance(result, Tensor) else None
    if plan.node in rw.class_children:
        core = updated if stateless(plan) else emitter.core(plan.translation, nodes, order)
        rw.hoisted[plan.node] = [core]
        return core
    if plan.node in rw.in_graph or (plan.split and _functional_around(rw, plan, emitter)):
        if stateless(plan):
            _leave_out(rw, plan)
            return updated
        core = emitter.core(plan.translation, nodes, order)
        if not _functional_around(rw, plan, emitter):
            core = wrapped(rw, emitter.around_core(plan, core, nodes))
        if plan.activation is not None and plan.activation.term is not None:
            core = wrapped(rw, [core, emitter.activation_module(plan.activation, order)])
        rw.hoisted[plan.node] = [core]
        return core
    found = _pieces(emitter, plan, nodes, order)
    core_at = len(plan.translation.half.before)
    permutation = rw.facts.permutes.get(plan.node)
    if isinstance(permutation, Permutation):
        found.insert(0, permute_module(rw, permutation))
        rw.permuted_first.add(plan.node)
        core_at += 1
    rw.pieces[plan.node] = found
    rw.cores[plan.node] = found[core_at]
    if plan.in_container and plan.translation.half.call is not None:
        raise Unwritable("its result is not a tensor, so it cannot stand in a Sequential")
    if len(found) == 1:
        return found[0]
    return wrapped(rw, found)


def _leave_out(rw: Rewriter, plan: Plan) -> None:
    """A layer that is an expression where it is applied needs no attribute."""
    if plan.node not in rw.in_graph and _only_applied(rw, plan):
        rw.void.add(plan.node)


def _pieces(emitter: Emitter, plan: Plan, nodes: Nodes, order: Order) -> list[cst.BaseExpression]:
    """The modules of a layer; one that is an expression where it is applied has none elsewhere."""
    if stateless(plan) and not plan.uses:
        raise Unwritable("what it is applied to is not known")
    return emitter.pieces(plan, nodes, order)


def _only_applied(rw: Rewriter, plan: Plan) -> bool:
    """Whether `self.add = Add()` is read for nothing but to be called."""
    around = rw.parents.get(plan.node)
    name = dotted(around.targets[0].target) if isinstance(around, cst.Assign) else None
    above = class_around(plan.node, rw.parents)
    if name is None or not name.startswith("self.") or above is None:
        return False
    applied = {use.node.func for use in plan.uses if use.node is not None}
    reads = [n for n in rw.facts.values if isinstance(n, cst.Attribute) and dotted(n) == name]
    return all(n in applied for n in reads if class_around(n, rw.parents) is above)


def _said(rw: Rewriter, plan: Plan, translation: Translation) -> None:
    """The findings of a layer's construction."""
    for facet, kind, message in plan.notes:
        rw.findings.once(plan.node, facet, message, kind)
    for message in (*translation.rule.notes, *translation.case.notes):
        rw.findings.once(plan.node, translation.rule.id, message)


def wrapped(rw: Rewriter, pieces: list[cst.BaseExpression]) -> cst.BaseExpression:
    """Several modules as one."""
    items = [Item(piece) for piece in pieces]
    if rw.side == "keras":
        return called(rw.spelling.name("torch.nn.Sequential"), items, (), short=True)
    callee = rw.spelling.name("keras.Sequential")
    return cst.Call(callee, [cst.Arg(listed(items, (), short=True))])


def _functional_around(rw: Rewriter, plan: Plan, emitter: Emitter) -> bool:
    assert plan.translation is not None
    half = plan.translation.half
    return all(emitter.functional(t) for t in (*half.before, *half.after))


def permute_module(rw: Rewriter, permutation: Permutation) -> cst.BaseExpression:
    """A module that permutes, for a container."""
    if rw.side == "keras":
        rw.spelling.helper("permute")
        axes = [cst.Arg(cst.parse_expression(str(axis))) for axis in permutation.order]
        return cst.Call(rw.spelling.own("Permute"), spaced(axes))
    layer = rw.spelling.name("keras.layers.Permute")
    return cst.Call(layer, [cst.Arg(cst.parse_expression(str(tuple(permutation.order[1:]))))])


def application(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """A layer's call, with what had to be split off around it; raises Unwritable."""
    result = _application(rw, original, updated)
    if original in rw.facts.aliased:
        untranslated(rw, original, result, ALIASED)
    return result


def _application(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    callees = rw.facts.applications[original].callees
    updated = _one_by_one(rw, original, unmoded(rw, original, updated, callees), callees)
    part = _part(rw, original, callees)
    if part is not None:
        return updated.with_changes(func=cst.parse_expression(f"self.{part}"))
    plans = [rw.plans.get(c.node) for c in callees if isinstance(c, Object)]
    if not plans or len(plans) != len(callees) or plans[0] is None:
        return updated
    plan = plans[0]
    graph = rw.in_graph.get(plan.node)
    if plan.translation is None and graph is not None:
        return updated.with_changes(
            func=cst.parse_expression(f"self.{graph.attributes[plan.node]}")
        )
    if plan.translation is None:
        return updated
    project(rw, original, plan.translation, plan.uses[0].used)
    updated = _in_mode(rw, original, updated, plan.translation)
    anew = original.func in rw.plans and graph is None
    if anew:
        updated = made_anew(rw, updated, plan.translation)
    emitter = rw.emitter(original)
    if graph is None and not (plan.split and _functional_around(rw, plan, emitter)):
        return updated
    if graph is not None:
        emitter = rw.emitter(original, everywhere=True)
    callee: cst.BaseExpression = updated.func
    if graph is not None:
        callee = cst.parse_expression(f"self.{graph.attributes[plan.node]}")
    nodes = applied_nodes(rw, plan, original)
    result = rw.facts.results.get(plan.node)
    order = result.order if isinstance(result, Tensor) else None
    made = emitter.applied(plan, callee, _inputs(rw, updated, plan.translation), nodes, order)
    if anew:
        made = mode_kept(made, callee, updated)
    if stateless(plan):
        hint(rw, original, made, plan.fact.api, plan.translation.rule.id)
    return placed(made, rw.parents[original]) if plan.activation is not None else made


def _one_by_one(
    rw: Rewriter, original: cst.Call, updated: cst.Call, callees: Sequence[Value]
) -> cst.Call:
    """A model's call with its inputs one by one, which Keras takes as one list."""
    if original not in rw.facts.listed or not updated.args:
        return updated
    made = {graph.model.node for graph in rw.graphs}
    if not all(isinstance(c, Instance) or getattr(c, "node", None) in made for c in callees):
        return updated
    first, *others = updated.args
    given = [cst.Arg(first.value, star="*")]
    if isinstance(first.value, cst.List | cst.Tuple):
        given = [
            cst.Arg(e.value, star="*") if isinstance(e, cst.StarredElement) else cst.Arg(e.value)
            for e in first.value.elements
        ]
    return updated.with_changes(args=spaced([*given, *others]))


def _in_mode(
    rw: Rewriter, original: cst.Call, updated: cst.Call, translation: Translation
) -> cst.Call:
    """A call without what PyTorch keeps as the module's mode."""
    called = translation.rule.called.get(rw.side)
    names = set() if called is None else set(called.by_name)
    kept = []
    for arg in updated.args:
        if not is_mode(arg, rw.side, names):
            kept.append(arg)
        elif arg.keyword is not None and arg.keyword.value == "training":
            rw.findings.once(original, "training", OWN_MODE)
    return fewer(updated, kept)


def _part(rw: Rewriter, original: cst.Call, callees: Sequence[Value]) -> str | None:
    """The attribute that holds a model, or a layer of the program, made where it is applied."""
    made = original.func
    graph = rw.in_graph.get(made)
    if graph is None or made in rw.plans or len(callees) != 1:
        return None
    return graph.attributes[made]


def applied_nodes(
    rw: Rewriter, plan: Plan, node: cst.CSTNode | None
) -> dict[str, cst.BaseExpression]:
    """The arguments of a layer's construction and of this call, as they are after rewriting."""
    nodes = {n: rw.updated[e] for n, e in plan.fact.nodes.items() if e in rw.updated}
    assert plan.translation is not None
    for use in plan.uses:
        if use.node is node:
            given = use.nodes.get(plan.translation.rule.id, {})
            nodes |= {n: rw.updated[e] for n, e in given.items() if e in rw.updated}
    return nodes


def _inputs(rw: Rewriter, updated: cst.Call, translation: Translation) -> list[cst.BaseExpression]:
    """What a layer is applied to; by its name, where it is given by that."""
    if not updated.args:
        raise Unwritable("called without an input")
    first = updated.args[0].value
    if isinstance(first, cst.List | cst.Tuple) and first.elements:
        starred = any(isinstance(e, cst.StarredElement) for e in first.elements)
        if starred and translation.half.call is None:
            raise Unwritable("to how many tensors it is applied is not known here")
        return [e if isinstance(e, cst.StarredElement) else e.value for e in first.elements]
    named = {a.keyword.value: a.value for a in updated.args if a.keyword is not None}
    called = translation.rule.called.get(rw.side)
    name = "inputs" if called is None else called.parameters[0].name
    if len(named) == len(updated.args) and name in named:
        return [named[name]]
    return [arg.value for arg in updated.args if arg.keyword is None]


def stateless(plan: Plan) -> bool:
    """Whether a layer becomes a function alone, with nothing to construct."""
    assert plan.translation is not None
    return not plan.translation.half.constructs
