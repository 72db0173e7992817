"""Names that are made up for layers, which PyTorch's have no use for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from porter.facts import Facts, Instance, is_module, is_word, walk
from porter.rewrite.code import guarded, said
from porter.rewrite.cut.syntax import own_names
from porter.rewrite.harmless import is_harmless
from porter.rewrite.members import NAMED, asked_for
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
        mentions: dict[str, list[cst.Name]] = {}
        inner: set[str] = set()
        for node in walk(function.body):
            match node:
                case cst.SimpleStatementLine() if name := said(node) or "":
                    makers.setdefault(name, []).append(self._whole(node))
                case cst.Name(name) if not is_word(node, self.parents):
                    mentions.setdefault(name, []).append(node)
                case cst.FunctionDef():
                    inner |= own_names(node)
        for name, found in makers.items():
            if name not in inner and self._is_only_told(mentions[name], found):
                yield from found

    def _whole(self, line: cst.SimpleStatementLine) -> Line:
        """A line, or the branch of which it is all."""
        around = self.parents[self.parents[line]]
        if isinstance(around, cst.If) and guarded(around) and is_harmless(around.test):
            return around
        return line

    def _is_only_told(self, mentions: list[cst.Name], lines: list[Line]) -> bool:
        """Whether to make a name does nothing, and nothing but layers is told it."""
        if not all(is_harmless(line, self.facts.calls) for line in lines):
            return False
        within = {node for line in lines for node in walk(line)}
        told = [node for node in mentions if node not in within]
        return bool(told) and all(self._names_a_layer(node) for node in told)

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
        if not isinstance(value, Instance) or value.node is not call or arg.keyword is None:
            return False
        name = arg.keyword.value
        module = is_module(value.cls, self.rulebook, "keras")
        return module and name in NAMED and name not in asked_for(value.cls)


def _parameters_named(plan: Plan, name: str) -> list[Parameter]:
    signatures = [rule.signatures["keras"] for rule in plan.fact.rules]
    return [s.by_name[name] for s in signatures if name in s.by_name]
