"""Functions as layers: called in forward, or kept in a module where a container needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Api, Object, Permutation, extra
from porter.rewrite.emit import NO_SPACE
from porter.rewrite.functions import function
from porter.rewrite.graph import refusal
from porter.rewrite.inline import applied, placed
from porter.rewrite.layers import permute_module, wrapped
from porter.rewrite.template import Unwritable, bare

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def construction(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`Lambda(f)` as a module; raises Unwritable."""
    obj = rw.facts.calls[original].objects[0]
    parent = rw.parents[original]
    if isinstance(parent, cst.Call) and parent.func is original:
        return updated
    _check(rw, obj)
    if isinstance(obj.given["function"][1], Api):
        raise Unwritable("the function itself, in forward")
    layer = rw.emitter(original).function_module(_function(rw, obj), _extra_args(rw, obj))
    permutation = rw.facts.permutes.get(original)
    if not isinstance(permutation, Permutation):
        return layer
    rw.pieces[original] = [permute_module(rw, permutation), layer]
    rw.permuted_first.add(original)
    return wrapped(rw, rw.pieces[original])


def application(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`Lambda(f)(x)` → `f(x)`, written out where f is a lambda; raises Unwritable."""
    callees = rw.facts.applications[original].callees
    obj = callees[0]
    assert isinstance(obj, Object)
    graph = rw.in_graph.get(obj.node)
    if graph is not None:
        return updated.with_changes(func=cst.parse_expression(f"self.{graph.attributes[obj.node]}"))
    if original.func is not obj.node or len(callees) > 1:
        return updated
    _check(rw, obj)
    if len(updated.args) != 1 or updated.args[0].keyword is not None or updated.args[0].star:
        raise Unwritable("a function's layer takes one argument")
    if original in rw.facts.calls:
        return function(rw, original, updated)
    if isinstance(obj.given["function"][1], Api):
        raise Unwritable("what it is applied to is not known")
    made = applied(_function(rw, obj), updated.args[0].value, _extra_args(rw, obj))
    return placed(made, rw.parents[original])


def _check(rw: Rewriter, obj: Object) -> None:
    problem = refusal(rw.facts, obj)
    if problem is not None:
        raise Unwritable(problem)


def _function(rw: Rewriter, obj: Object) -> cst.BaseExpression:
    node = obj.given["function"][0]
    return bare(rw.updated.get(node, node))


def _extra_args(rw: Rewriter, obj: Object) -> list[cst.Arg]:
    return [
        cst.Arg(rw.updated.get(node, node), keyword=cst.Name(name), equal=NO_SPACE)
        for name, (node, _) in (extra(obj) or {}).items()
    ]
