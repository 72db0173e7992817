"""The one visitor: every node is looked up in the facts and rewritten, or left and said so."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from porter.facts import (
    Facts,
    Instance,
    Object,
    Permutation,
    Sequence,
    Tensor,
    TensorShape,
    is_module,
)
from porter.rewrite import containers, functional, modules
from porter.rewrite.classes import ClassPlan, set_off
from porter.rewrite.emit import Emitter, permuted
from porter.rewrite.frozen import frozen_calls, frozen_statements
from porter.rewrite.graph import Graph, enclosing
from porter.rewrite.plan import Plan
from porter.rewrite.spelling import Spelling
from porter.rewrite.template import Unwritable
from porter.rulebook import Rulebook, Side, Tensor as TensorTerm, Untranslatable, translate
from porter.rewrite.findings import Findings
from porter.source import Kind

Updated = dict[cst.CSTNode, cst.BaseExpression]


class Rewriter(cst.CSTTransformer):
    """Rewrites one module; `findings` and `spans` tell what was done and what was not."""

    def __init__(
        self,
        facts: Facts,
        rulebook: Rulebook,
        side: Side,
        spelling: Spelling,
        plans: Mapping[cst.CSTNode, Plan],
        graphs: list[Graph],
        findings: Findings,
        parents: Mapping[cst.CSTNode, cst.CSTNode],
    ) -> None:
        super().__init__()
        self.facts, self.rulebook, self.side = facts, rulebook, side
        self.spelling, self.plans, self.graphs = spelling, plans, graphs
        self.findings, self.parents = findings, parents
        self.hoisted: dict[cst.CSTNode, list[cst.BaseExpression]] = {}
        self.pieces: dict[cst.CSTNode, list[cst.BaseExpression]] = {}
        self.updated: Updated = {}
        self.left: dict[cst.CSTNode, tuple[cst.CSTNode, str, str]] = {}
        self.spans: list[tuple[cst.CSTNode, cst.CSTNode, str, tuple[int, ...] | None]] = []
        self.statements: dict[cst.CSTNode, cst.BaseStatement] = {}
        self.classes: dict[Graph, ClassPlan] = {}
        self.parameters: list[tuple[cst.CSTNode, str | None, str | None, cst.CSTNode, Plan]] = []
        self.generated: list[cst.ClassDef] = []
        self.finished: set[cst.CSTNode] = set()
        self.frozen = frozen_calls(facts, plans, graphs, parents, side)
        self.frozen_statements = frozen_statements(self.frozen, parents)
        self.projected: dict[cst.CSTNode, int] = {}
        self.updated_calls: dict[cst.CSTNode, cst.CSTNode] = {}
        self.sequential_classes: dict[cst.CSTNode, str] = {}
        self.additions = {a for calls in facts.additions.values() for a in calls}
        self.class_children = {
            child.node
            for obj in facts.objects
            if containers.needs_class(self, obj)
            for child in obj.children
            if isinstance(child, Object)
        }
        self.in_graph = {node: graph for graph in graphs for node in graph.attributes}

    def made(self, plan: ClassPlan) -> cst.ClassDef:
        """A generated class, to be set off by blank lines."""
        built = plan.build()
        self.generated.append(built)
        return built

    def note_parameter(
        self,
        node: cst.CSTNode,
        cls: str | None,
        attribute: str | None,
        target: cst.CSTNode,
    ) -> None:
        """Record which attribute of the output holds the layer constructed at `node`."""
        self.parameters.append((node, cls, attribute, target, self.plans[node]))

    def emitter(self, node: cst.CSTNode, everywhere: bool = False) -> Emitter:
        scope = self.facts.scope

        def visible(name: str) -> bool:
            return not name.startswith("?") and (everywhere or self._sees(node, name, scope.names))

        def note(kind: str, message: str) -> None:
            self.findings.add(node, kind, message)

        return Emitter(self.rulebook, self.side, self.spelling, visible, note)

    def _sees(self, node: cst.CSTNode, name: str, module_names: Mapping[str, object]) -> bool:
        """Whether a name means at this node what it meant where it was written down."""
        home: cst.CSTNode | None = node
        while home is not None and not isinstance(home, cst.FunctionDef):
            home = self.parents.get(home)
        if home is None:
            return name in module_names
        assert isinstance(home, cst.FunctionDef)
        params = {p.name.value for p in (*home.params.params, *home.params.kwonly_params)}
        return name in params or name in module_names

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        result = super().on_leave(original, updated)
        if isinstance(original, cst.BaseExpression) and isinstance(result, cst.BaseExpression):
            result = self._permuted(original, result)
            self.updated[original] = result
        return result  # type: ignore[return-value]

    def _permuted(
        self, original: cst.BaseExpression, result: cst.BaseExpression
    ) -> cst.BaseExpression:
        permutation = self.facts.permutes.get(original)
        if permutation is None or original in self.plans:
            return result
        if enclosing(original, self.parents)[0] in self.frozen_statements:
            return result
        if original in self.facts.conflicts:
            self.findings.add(original, "todo", self.facts.conflicts[original])
            return result
        return permuted(result, permutation.order, self.emitter(original).target, self.spelling)

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        fact = self.facts.calls.get(original_node)
        if fact is not None and fact.rules:
            return self._function(original_node, updated_node)
        value = self._value_rule(original_node)
        if value is not None:
            return value
        api = self.facts.apis.get(original_node)
        if api is not None:
            self._leave(updated_node, original_node, api)
        return updated_node

    def leave_Name(  # noqa: N802
        self, original_node: cst.Name, updated_node: cst.Name
    ) -> cst.BaseExpression:
        value = self._value_rule(original_node)
        if value is not None:
            return value
        api = self.facts.apis.get(original_node)
        if api is not None:
            self._leave(updated_node, original_node, api)
        return updated_node

    def _value_rule(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """A framework's constant, such as a dtype."""
        api = self.facts.apis.get(node)
        if api is None:
            return None
        canonical = self.rulebook.canonical(api)
        for rule in self.rulebook.find(canonical, self.side):
            target = rule.signatures.get("torch" if self.side == "keras" else "keras")
            if rule.kind == "value" and target is not None:
                return self.spelling.name(target.api)
        return None

    def _leave(self, updated: cst.CSTNode, original: cst.CSTNode, api: str) -> None:
        self.left[updated] = (original, self.rulebook.canonical(api), "")

    def leave_Call(  # noqa: N802
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.BaseExpression:
        try:
            result = self._call(original_node, updated_node)
        except Unwritable as error:
            self.untranslated(original_node, updated_node, str(error))
            return updated_node
        if result is not updated_node:
            fact = self.facts.calls.get(original_node)
            rule = self._rule_id(original_node)
            value = self.facts.values.get(original_node)
            order = value.order if isinstance(value, Tensor) else None
            self.spans.append((original_node, result, rule or (fact.api if fact else ""), order))
        return result

    def _rule_id(self, node: cst.CSTNode) -> str | None:
        plan = self.plans.get(node)
        if plan is None and node in self.facts.applications:
            callees = self.facts.applications[node].callees
            plan = next((self.plans.get(c.node) for c in callees if isinstance(c, Object)), None)
        if plan is not None and plan.translation is not None:
            return plan.translation.rule.id
        fact = self.facts.calls.get(node)
        return fact.rules[0].id if fact is not None and fact.rules else None

    def _call(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        self.updated_calls[original] = updated
        if original in self.frozen:
            if original in self.facts.calls or original.func in self.facts.calls:
                self.untranslated(original, updated, FROZEN)
            return updated
        plan = self.plans.get(original)
        if plan is not None:
            return self._construction(plan, updated)
        application = self.facts.applications.get(original)
        if application is not None:
            return self._application(original, updated)
        fact = self.facts.calls.get(original)
        if fact is None:
            return modules.super_init(self, original, updated)
        if fact.api in ("keras.Sequential", "torch.nn.Sequential"):
            return containers.sequential(self, original, updated)
        if fact.api == "keras.Model" and fact.objects:
            return functional.model_call(self, original, updated)
        if fact.rules:
            return self._function(original, updated)
        if fact.api == "torch.nn.ModuleList":
            return updated.args[0].value if updated.args else cst.List([])
        self.untranslated(original, updated, "")
        return updated

    def _construction(self, plan: Plan, updated: cst.Call) -> cst.BaseExpression:
        if plan.translation is None:
            self.untranslated(plan.node, updated, plan.reason)
            return updated
        for facet, kind, message in plan.notes:
            self.findings.add(plan.node, kind, message, rule=facet)
        for message in (*plan.translation.rule.notes, *plan.translation.case.notes):
            self.findings.once(plan.node, plan.translation.rule.id, message)
        nodes = self.argument_nodes(plan.node, updated, plan.fact.nodes)
        emitter = self.emitter(plan.node, everywhere=plan.node in self.in_graph)
        result = self.facts.results.get(plan.node)
        order = result.order if isinstance(result, Tensor) else None
        if plan.node in self.class_children:
            core = updated if _stateless(plan) else emitter.core(plan.translation, nodes, order)
            self.hoisted[plan.node] = [core]
            return core
        if plan.node in self.in_graph or (plan.split and self._functional_around(plan, emitter)):
            if _stateless(plan):
                return updated
            core = emitter.core(plan.translation, nodes, order)
            self.hoisted[plan.node] = [core]
            return core
        found = emitter.pieces(plan, nodes, order)
        permutation = self.facts.permutes.get(plan.node)
        if isinstance(permutation, Permutation):
            found.insert(0, self.permute_module(permutation))
        self.pieces[plan.node] = found
        if plan.in_container and plan.translation.half.call is not None:
            raise Unwritable("its result is not a tensor, so it cannot stand in a Sequential")
        if len(found) == 1:
            return found[0]
        return containers.wrapped(self, found)

    def _functional_around(self, plan: Plan, emitter: Emitter) -> bool:
        assert plan.translation is not None
        half = plan.translation.half
        return all(emitter.functional(t) for t in (*half.before, *half.after))

    def permute_module(self, permutation: Permutation) -> cst.BaseExpression:
        """A module that permutes, for a container."""
        if self.side == "keras":
            self.spelling.helper("permute")
            return cst.parse_expression(f"Permute({', '.join(map(str, permutation.order))})")
        layer = self.spelling.name("keras.layers.Permute")
        return cst.Call(layer, [cst.Arg(cst.parse_expression(str(tuple(permutation.order[1:]))))])

    def argument_nodes(
        self, original: cst.Call, updated: cst.Call, nodes: Mapping[str, cst.BaseExpression]
    ) -> Updated:
        """A call's arguments by parameter, as they are after rewriting."""
        found: Updated = {}
        for name, node in nodes.items():
            if node in self.updated:
                found[name] = self.updated[node]  # type: ignore[index]
            elif isinstance(node, cst.Tuple):
                found[name] = self._variadic(node)  # type: ignore[index]
        return found

    def _variadic(self, node: cst.Tuple) -> cst.BaseExpression:
        """`f(a, b)` and `f((a, b))` as one tuple."""
        values = [element.value for element in node.elements]
        if len(values) == 1 and isinstance(self.facts.values.get(values[0]), Sequence | TensorShape):
            return self.updated.get(values[0], values[0])
        elements = [cst.Element(self.updated.get(v, v)) for v in values]
        if len(elements) == 1:
            return cst.Tuple([elements[0].with_changes(comma=cst.Comma())])
        return cst.Tuple(_comma_separated(elements))

    def _application(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        callees = self.facts.applications[original].callees
        plans = [self.plans.get(c.node) for c in callees if isinstance(c, Object)]
        if not plans or len(plans) != len(callees) or plans[0] is None:
            return updated
        plan = plans[0]
        if plan.translation is None:
            return updated
        self._project(original, plan)
        graph = self.in_graph.get(plan.node)
        emitter = self.emitter(original)
        if graph is None and not (plan.split and self._functional_around(plan, emitter)):
            return updated
        if graph is not None:
            emitter = self.emitter(original, everywhere=True)
        callee: cst.BaseExpression = updated.func
        if graph is not None:
            callee = cst.parse_expression(f"self.{graph.attributes[plan.node]}")
        nodes = {n: self.updated[e] for n, e in plan.fact.nodes.items() if e in self.updated}
        result = self.facts.results.get(plan.node)
        order = result.order if isinstance(result, Tensor) else None
        return emitter.applied(plan, callee, self._inputs(updated), nodes, order)

    def _project(self, original: cst.Call, plan: Plan) -> None:
        """Where a rule relates one part of the source's result, that part is all there is."""
        assert plan.translation is not None
        read = plan.translation.case.half(self.side).call
        if read is not None and read.text.replace(" ", "") == "module(input)[0]":
            self.projected[original] = 0

    def leave_Subscript(  # noqa: N802
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        if original_node.value in self.projected:
            return updated_node.value
        axis = self.facts.axes.get(original_node)
        if axis is not None:
            index = cst.Index(cst.parse_expression(str(axis)))
            return updated_node.with_changes(slice=[cst.SubscriptElement(index)])
        return updated_node

    def is_framework_object(self, value: object) -> bool:
        """Whether a value's methods are the framework's."""
        if isinstance(value, Instance):
            return is_module(value.cls, self.rulebook, self.side)
        return isinstance(value, Object | Tensor)

    def reason(self, api: str) -> str:
        """Why an API stays as it was, where nothing more is known."""
        rules = self.rulebook.find(api, self.side)
        manual = next((rule.manual for rule in rules if rule.manual), None)
        return manual or ("not translated yet" if api.startswith(".") else "no rule for this API")

    def kind_of(self, api: str, reason: str) -> Kind:
        if any(rule.manual for rule in self.rulebook.find(api, self.side)):
            return "manual"
        return "unknown" if reason == "no rule for this API" else "todo"

    def _inputs(self, updated: cst.Call) -> list[cst.BaseExpression]:
        if not updated.args:
            raise Unwritable("called without an input")
        first = updated.args[0].value
        if isinstance(first, cst.List | cst.Tuple) and len(first.elements) > 1:
            return [element.value for element in first.elements]
        return [arg.value for arg in updated.args if arg.keyword is None]

    def _function(
        self, original: cst.Call | cst.Attribute, updated: cst.Call | cst.Attribute
    ) -> cst.BaseExpression:
        fact = self.facts.calls[original]
        if original in self.facts.dropped and original not in self.facts.kept:
            assert isinstance(updated, cst.Call)
            return self._receiver(updated)
        reason, kind = fact.problem or "", "todo"
        facts = {"used": "all", "input": TensorTerm()}
        for rule in fact.rules:
            if not set(fact.given) <= set(rule.signatures[self.side].by_name):
                continue
            try:
                translation = translate(rule, self.side, fact.given, facts, fact.api)
            except Untranslatable as error:
                reason, kind = reason or error.reason, error.kind
                continue
            if fact.problem and isinstance(original, cst.Call):
                break
            nodes = self._function_nodes(original, updated, fact.nodes)
            emitter = self.emitter(original)
            try:
                return emitter.core(translation, nodes, fact.order)
            except Unwritable as error:
                reason = str(error)
        self.untranslated(original, updated, reason, kind)
        return updated

    def _function_nodes(
        self,
        original: cst.Call | cst.Attribute,
        updated: cst.Call | cst.Attribute,
        nodes: Mapping[str, cst.BaseExpression],
    ) -> Updated:
        if isinstance(original, cst.Call):
            return self.argument_nodes(original, updated, nodes)  # type: ignore[arg-type]
        return {name: self.updated.get(node, node) for name, node in nodes.items()}  # type: ignore[misc]

    def _receiver(self, updated: cst.Call) -> cst.BaseExpression:
        if isinstance(updated.func, cst.Attribute) and not self._is_api(updated.func):
            return updated.func.value
        return updated.args[0].value

    def _is_api(self, node: cst.CSTNode) -> bool:
        return node in self.left

    def untranslated(
        self, original: cst.CSTNode, updated: cst.CSTNode, reason: str, kind: str = "todo"
    ) -> None:
        fact = self.facts.calls.get(original)
        if fact is None and isinstance(original, cst.Call):
            fact = self.facts.calls.get(original.func)
        api = fact.api if fact is not None else self.facts.module.code_for_node(original)
        self.left[updated] = (original, api, reason)

    def leave_ClassDef(  # noqa: N802
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        return modules.class_def(self, original_node, updated_node)

    def leave_SimpleStatementLine(  # noqa: N802
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        result = modules.statement(self, original_node, updated_node)
        if isinstance(result, cst.BaseStatement):
            self.statements[original_node] = result
        return result

    def leave_IndentedBlock(  # noqa: N802
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.BaseSuite:
        body = containers.collect_additions(self, original_node, list(updated_node.body))
        return updated_node.with_changes(body=functional.cut(self, original_node, body))

    def leave_FunctionDef(  # noqa: N802
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        return functional.builder(self, original_node, updated_node)

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:  # noqa: N802
        body = containers.collect_additions(self, original_node, list(updated_node.body))
        body = functional.cut(self, original_node, body)
        return updated_node.with_changes(body=set_off(body, self.generated))


FROZEN = "layers are made and applied here in a way that is not translated yet"


def _stateless(plan: Plan) -> bool:
    """Whether a layer becomes a function alone, with nothing to construct."""
    assert plan.translation is not None
    return not plan.translation.half.constructs


def _comma_separated(elements: list[cst.Element]) -> list[cst.Element]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return [e.with_changes(comma=comma) for e in elements[:-1]] + elements[-1:]
