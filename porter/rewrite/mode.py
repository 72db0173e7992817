"""The mode of a module: PyTorch keeps it as `self.training`, Keras hands it to `call`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Bound, Facts, dotted, is_module, walk
from porter.rewrite.code import spaced
from porter.rulebook import Rulebook, Side

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

NAME = "training"
HANDED = "Keras hands the mode in: model(x, training=True) where the source called model.train()"
NO_SPACE = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


@dataclass(frozen=True)
class Mode:
    """Where the mode is read, the methods that must be told of it, and the calls that tell."""

    reads: set[cst.CSTNode] = field(default_factory=set)
    methods: set[cst.CSTNode] = field(default_factory=set)
    calls: set[cst.CSTNode] = field(default_factory=set)


def modes(facts: Facts, rulebook: Rulebook, side: Side, own_names: frozenset[str]) -> Mode:
    """The methods of PyTorch's modules that ask for the mode, themselves or through others.

    One that is called where the mode cannot be handed on is none of them.
    """
    if side != "torch" or NAME in own_names:
        return Mode()
    classes = {c.node for c in facts.classes if is_module(c, rulebook, side)}
    own = [n for cls in classes for n in cls.body.body if isinstance(n, cst.FunctionDef)]
    methods = {node: list(walk(node)) for node in own}
    able = {node for node in own if _can_be_told(node, methods[node])}
    while True:
        found = _found({m: nodes for m, nodes in methods.items() if m in able}, facts)
        unable = [n for m, nodes in methods.items() if m not in able for n in nodes]
        torn = {_callee(n, facts) for n in unable if isinstance(n, cst.Call)} & found.methods
        if not torn:
            return found
        able -= torn


def _found(methods: Mapping[cst.FunctionDef, list[cst.CSTNode]], facts: Facts) -> Mode:
    """Those that read the mode, then those that call one of them, until no more are found."""
    found = Mode()
    for method, nodes in methods.items():
        reads = [n for n in nodes if _reads_mode(n, method)]
        found.reads.update(reads)
        found.methods.update([method] if reads else [])
    before = -1
    while before != len(found.methods):
        before = len(found.methods)
        for method, nodes in methods.items():
            calls = [n for n in nodes if isinstance(n, cst.Call)]
            told = [n for n in calls if _callee(n, facts) in found.methods]
            found.calls.update(told)
            found.methods.update([method] if told else [])
    return found


def _callee(call: cst.Call, facts: Facts) -> cst.CSTNode | None:
    """The method of the program that a call runs, where the call may say more than it does."""
    value = facts.values.get(call.func)
    named = any(arg.keyword is not None and arg.keyword.value == NAME for arg in call.args)
    return None if named or not isinstance(value, Bound) else value.function.node


def _can_be_told(method: cst.FunctionDef, nodes: list[cst.CSTNode]) -> bool:
    """Whether a method can take one more argument, and does not use its name for anything."""
    params = (*method.params.posonly_params, *method.params.params)
    behind = {n.attr for n in nodes if isinstance(n, cst.Attribute)}
    behind |= {n.keyword for n in nodes if isinstance(n, cst.Arg) and n.keyword is not None}
    taken = any(isinstance(n, cst.Name) and n.value == NAME and n not in behind for n in nodes)
    free = not method.decorators and method.name.value != "__init__"
    return bool(params) and free and not taken


def _reads_mode(node: cst.CSTNode, method: cst.FunctionDef) -> bool:
    owner = (*method.params.posonly_params, *method.params.params)[0].name.value
    return isinstance(node, cst.Attribute) and dotted(node) == f"{owner}.{NAME}"


def handed(rw: Rewriter, original: cst.FunctionDef, updated: cst.FunctionDef) -> cst.FunctionDef:
    """`def call(self, x, training=None)`, where the mode is asked for."""
    if original not in rw.mode.methods:
        return updated
    rw.findings.once(original, NAME, HANDED)
    params = updated.params
    more = cst.Param(cst.Name(NAME), default=cst.Name("None"), equal=NO_SPACE)
    if isinstance(params.star_arg, cst.Param | cst.ParamStar):
        kept = params.with_changes(kwonly_params=[*params.kwonly_params, more])
    else:
        kept = params.with_changes(params=[*params.params, more])
    return updated.with_changes(params=kept)


def told(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.Call:
    """`self.inner(x, training=training)`."""
    if original not in rw.mode.calls:
        return updated
    more = cst.Arg(cst.Name(NAME), keyword=cst.Name(NAME), equal=NO_SPACE)
    return updated.with_changes(args=spaced([*updated.args, more]))
