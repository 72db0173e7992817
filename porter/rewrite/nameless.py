"""Names that are made up for layers, which PyTorch's have no use for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeGuard

import libcst as cst

from porter.facts import Facts, Instance, is_module, walk
from porter.rewrite.code import said
from porter.rewrite.cut.syntax import bound, parameters
from porter.rewrite.harmless import is_harmless
from porter.rewrite.plan import Plan
from porter.rulebook import Parameter, Rulebook, Side

Parents = Mapping[cst.CSTNode, cst.CSTNode]
Line = cst.SimpleStatementLine | cst.If


def naming(
    facts: Facts,
    rulebook: Rulebook,
    plans: Mapping[cst.CSTNode, Plan],
    parents: Parents,
    side: Side,
) -> set[cst.CSTNode]:
    """Statements that make a name (`f"conv{get_uid('conv')}"`) which only layers are given.

    A branch around them goes with them.
    """
    if side != "keras":
        return set()
    namer = _Namer(facts, rulebook, plans, parents)
    functions = (node for node in walk(facts.module) if isinstance(node, cst.FunctionDef))
    return {line for function in functions for line in namer.lines(function)}


class _Namer:
    def __init__(
        self, facts: Facts, rulebook: Rulebook, plans: Mapping[cst.CSTNode, Plan], parents: Parents
    ) -> None:
        self.facts, self.rulebook, self.plans, self.parents = facts, rulebook, plans, parents

    def lines(self, function: cst.FunctionDef) -> Iterator[cst.CSTNode]:
        """The statements of a function that bind a name which only layers are given."""
        makers: dict[str, list[Line]] = {}
        for node in walk(function.body):
            if isinstance(node, cst.SimpleStatementLine) and (name := said(node)):
                around = self.parents[self.parents[node]]
                makers.setdefault(name, []).append(around if _only(around, node) else node)
        inner = {n for f in walk(function.body) if _is_function(f) for n in _own(f)}
        for name, found in makers.items():
            plain = all(is_harmless(line, self.facts.calls) for line in found)
            if plain and name not in inner and self._is_only_told(name, function, found):
                yield from found

    def _is_only_told(self, name: str, function: cst.FunctionDef, lines: list[Line]) -> bool:
        within = {node for line in lines for node in walk(line)}
        told = [n for n in walk(function.body) if isinstance(n, cst.Name) and n.value == name]
        told = [n for n in told if n not in within and self._is_read(n)]
        return bool(told) and all(self._names_a_layer(n) for n in told)

    def _is_read(self, node: cst.Name) -> bool:
        around = self.parents[node]
        spelled = isinstance(around, cst.Arg) and around.keyword is node
        return not spelled and not (isinstance(around, cst.Attribute) and around.attr is node)

    def _names_a_layer(self, node: cst.CSTNode) -> bool:
        """Whether all that is made of a value is the name of a layer that is translated."""
        around = self.parents[node]
        call = self.parents.get(around)
        if isinstance(around, cst.Arg) and isinstance(call, cst.Call):
            if self._is_name(around, call):
                return True
            return is_harmless(call) and self._names_a_layer(call)
        parts = cst.BaseExpression | cst.BaseFormattedStringContent
        return isinstance(around, parts) and self._names_a_layer(around)

    def _is_name(self, arg: cst.Arg, call: cst.Call) -> bool:
        plan, value = self.plans.get(call), self.facts.values.get(call)
        if plan is not None:
            given = [name for name, node in plan.fact.nodes.items() if node is arg.value]
            types = {p.type for n in given for p in _parameters_named(plan, n)}
            return plan.translation is not None and types == {"name"}
        if not isinstance(value, Instance) or value.node is not call:
            return False
        if not is_module(value.cls, self.rulebook, "keras"):
            return False
        init = getattr(value.cls.lookup("__init__"), "node", None)
        own = {p.name.value for p in parameters(init.params)} if _is_function(init) else set()
        return arg.keyword is not None and arg.keyword.value == "name" and "name" not in own


def _parameters_named(plan: Plan, name: str) -> list[Parameter]:
    signatures = [rule.signatures["keras"] for rule in plan.fact.rules]
    return [s.by_name[name] for s in signatures if name in s.by_name]


def _only(around: cst.CSTNode, line: cst.SimpleStatementLine) -> TypeGuard[cst.If]:
    """Whether a line is all that a branch does, and to ask for the branch does nothing."""
    match around:
        case cst.If(orelse=None, body=cst.IndentedBlock(body=[only])) if only is line:
            return is_harmless(around.test)
    return False


def _is_function(node: object) -> TypeGuard[cst.FunctionDef]:
    return isinstance(node, cst.FunctionDef)


def _own(function: cst.FunctionDef) -> set[str]:
    return bound([function.body]) | {p.name.value for p in parameters(function.params)}
