"""The one visitor: every node is looked up in the facts and rewritten, or left and said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from porter.facts import CallFact, Facts, Instance, Object, Tensor, is_function_layer, is_module
from porter.rewrite import (
    builds,
    containers,
    dropped,
    folding,
    functional,
    functions,
    imports,
    layers,
    marks,
    members,
    mode,
    modules,
    parameters,
    shapes,
    weights,
    wrapped,
)
from porter.rewrite.branches import conditional
from porter.rewrite.classes import ClassPlan, set_off
from porter.rewrite.code import parenthesised
from porter.rewrite.compared import compared
from porter.rewrite.emit import Emitter, permuted
from porter.rewrite.findings import Findings
from porter.rewrite.flipped import subscript
from porter.rewrite.frozen import frozen_calls, frozen_statements
from porter.rewrite.graph import Graph
from porter.rewrite.matrices import operated
from porter.rewrite.meaning import Meanings, is_visible
from porter.rewrite.nameless import naming
from porter.rewrite.places import enclosing
from porter.rewrite.plan import Left, Plan
from porter.rewrite.printed import named_value, summary
from porter.rewrite.reserved import renamed
from porter.rewrite.spelling import Spelling
from porter.rewrite.spent import spent
from porter.rewrite.starting import starting
from porter.rewrite.taps import find_taps
from porter.rewrite.template import OPERATORS, Unwritable
from porter.rewrite.varying import Varying
from porter.rulebook import Rulebook, Side
from porter.source import Kind


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
        unsafe: bool,
        lost: Mapping[cst.CSTNode, Mapping[str, str]],
    ) -> None:
        super().__init__()
        self.facts, self.rulebook, self.side = facts, rulebook, side
        self.spelling, self.plans, self.graphs = spelling, plans, graphs
        self.findings, self.parents = findings, parents
        self.unsafe, self.lost = unsafe, lost
        self.assumed: set[cst.CSTNode] = set()
        self.torn: dict[cst.CSTNode, Left] = {}
        self.hoisted: dict[cst.CSTNode, list[cst.BaseExpression]] = {}
        self.permuted_first: set[cst.CSTNode] = set()
        self.cores: dict[cst.CSTNode, cst.BaseExpression] = {}
        self.pieces: dict[cst.CSTNode, list[cst.BaseExpression]] = {}
        self.updated: dict[cst.CSTNode, cst.BaseExpression] = {}
        self.taken_up: set[cst.CSTNode] = set()
        self.left: dict[cst.CSTNode, tuple[cst.CSTNode, str, str]] = {}
        self.spans: list[tuple[cst.CSTNode, cst.CSTNode, str, tuple[int, ...] | None]] = []
        self.statements: dict[cst.CSTNode, cst.BaseStatement] = {}
        self.origins: dict[cst.BaseStatement, cst.BaseStatement] = {}
        self.classes: dict[Graph, ClassPlan] = {}
        self.parameters: list[tuple[cst.CSTNode, str | None, str | None, cst.CSTNode, Plan]] = []
        self.generated: list[cst.ClassDef] = []
        self.lifted: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
        self.finished: set[cst.CSTNode] = set()
        self.frozen = frozen_calls(facts, plans, graphs, parents, side)
        self.frozen_statements = frozen_statements(self.frozen, parents)
        self.projected: dict[cst.CSTNode, int] = {}
        self.chosen: dict[cst.CSTNode, str] = {}
        self.updated_calls: dict[cst.CSTNode, cst.CSTNode] = {}
        self.sequential_classes: dict[cst.CSTNode, str] = {}
        self.scattered = containers.scattered(facts, parents, side)
        self.spent = spent(facts, parents, side)
        self.built = builds.reads(facts)
        self.starting = starting(facts, rulebook, parents, side)
        self.gone = self.starting.dropped | naming(facts, rulebook, plans, parents, side)
        self.registered: dict[cst.CSTNode, tuple[str, cst.BaseExpression]] = {}
        self.held = parameters.held(facts, parents) if side == "torch" else frozenset()
        self.bare: dict[cst.CSTNode, tuple[cst.CSTNode, str | None]] = {}
        self.buffers: dict[cst.CSTNode, cst.BaseExpression] = {}
        self.void: set[cst.CSTNode] = set()
        self.carriers: set[cst.CSTNode] = set()
        self.additions = {a for calls in facts.additions.values() for a in calls}
        self.class_children = {
            child.node
            for obj in facts.objects
            if containers.needs_class(self, obj)
            for child in obj.children
            if isinstance(child, Object)
        }
        self.varying = Varying(facts, parents)
        self.attributes_set = members.attributes_set(facts.module)
        self.mode = mode.modes(facts, rulebook, side, self.attributes_set)
        self.meanings: dict[cst.CSTNode, Meanings] = {}
        self.taps = find_taps(facts, parents, spelling.taken)
        self.in_graph = {node: graph for graph in graphs for node in graph.attributes}

    def made(self, plan: ClassPlan, marks: Sequence[cst.EmptyLine] = ()) -> cst.ClassDef:
        """A generated class, to be set off by blank lines, below what begins its cell."""
        built = plan.build().with_changes(leading_lines=[*marks, *plan.lead])
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
        def visible(name: str) -> bool:
            return not name.startswith("?") and (everywhere or is_visible(self, node, name))

        def note(kind: Kind, message: str) -> None:
            self.findings.add(node, kind, message)

        return Emitter(self.rulebook, self.side, self.spelling, visible, note)

    def on_visit(self, node: cst.CSTNode) -> bool:
        return node not in self.gone and super().on_visit(node)

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        if isinstance(original, cst.BaseStatement) and original in self.gone:
            return dropped.left_out(self, original)  # type: ignore[return-value]
        result = super().on_leave(original, updated)
        if isinstance(original, cst.BaseExpression) and isinstance(result, cst.BaseExpression):
            result = self._permuted(original, result)
            if result is not updated and isinstance(self.parents.get(original), OPERATORS):
                # `f(x) * 2`, where f(x) is written as a sum.
                result = parenthesised(result)
            self.updated[original] = result
        result = modules.headed(self, original, result)
        if isinstance(original, cst.BaseStatement) and isinstance(result, cst.BaseStatement):
            self.origins[result] = original
        return result  # type: ignore[return-value]

    def _permuted(
        self, original: cst.BaseExpression, result: cst.BaseExpression
    ) -> cst.BaseExpression:
        permutation = self.facts.permutes.get(original)
        conflict = self.facts.conflicts.get(original)
        if (permutation is None and conflict is None) or original in self.plans:
            return result
        if self.is_frozen(original):
            return result
        if conflict is not None:
            self.left.setdefault(result, (original, "layout", conflict))
        if conflict is not None or permutation is None:
            return result
        return permuted(result, permutation.order, self.emitter(original).target, self.spelling)

    def is_frozen(self, node: cst.CSTNode) -> bool:
        """Whether a node stands in a statement that stays as it is."""
        return enclosing(node, self.parents)[0] in self.frozen_statements

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        fact = self.facts.calls.get(original_node)
        if fact is not None:
            return functions.attribute(self, original_node, updated_node, fact.api)
        value = named_value(self, original_node)
        if value is not None:
            return value
        if original_node in self.facts.parts:
            return members.part(self, original_node, updated_node)
        if original_node in self.taps.names and not self.is_frozen(original_node):
            return cst.Name(self.taps.names[original_node])
        api = self.facts.apis.get(original_node)
        if api is not None:
            self._leave(updated_node, original_node, api)
        found = shapes.rank(self, original_node, updated_node)
        found = found or members.member(self, original_node, updated_node)
        if found is None:
            marks.unknown_owner(self, original_node)
        return found or renamed(self, original_node, updated_node)

    def leave_Name(  # noqa: N802
        self, original_node: cst.Name, updated_node: cst.Name
    ) -> cst.BaseExpression:
        value = named_value(self, original_node)
        if value is not None:
            return value
        api = self.facts.apis.get(original_node)
        if api is not None:
            self._leave(updated_node, original_node, api)
        return updated_node

    def _leave(self, updated: cst.CSTNode, original: cst.CSTNode, api: str) -> None:
        self.left[updated] = (original, self.rulebook.canonical(api), "")

    def leave_Call(  # noqa: N802
        self, original_node: cst.Call, updated_node: cst.Call
    ) -> cst.BaseExpression:
        try:
            result = self._call(original_node, updated_node)
        except Unwritable as error:
            if original_node in self.plans:
                # What applies this layer must be left as well.
                self.plans[original_node].translation = None
            marks.note_torn(self, original_node, str(error))
            marks.untranslated(self, original_node, updated_node, str(error))
            if original_node in self.class_children or original_node in self.in_graph:
                self.hoisted[original_node] = [updated_node]
            return updated_node
        if original_node in self.in_graph and original_node not in self.plans:
            self.hoisted[original_node] = [result]
        changed = result is not updated_node
        if changed or original_node in self.facts.applications:
            fact = self.facts.calls.get(original_node)
            rule = self.rule_id(original_node)
            order = getattr(self.facts.values.get(original_node), "order", None)
            self.spans.append((original_node, result, rule or (fact.api if fact else ""), order))
            if fact is not None and changed:
                marks.hint(self, original_node, result, fact.api, rule or fact.api)
        if not changed and original_node.func not in self.facts.apis:
            marks.unknown_receiver(self, original_node)
        return result

    def rule_id(self, node: cst.CSTNode) -> str | None:
        """Of the rule that translates a node."""
        plan = self.plans.get(node)
        if plan is None and node in self.facts.applications:
            callees = self.facts.applications[node].callees
            plan = next((self.plans.get(c.node) for c in callees if isinstance(c, Object)), None)
        if plan is not None and plan.translation is not None:
            return plan.translation.rule.id
        fact = self.facts.calls.get(node)
        first = fact.rules[0].id if fact is not None and fact.rules else None
        return self.chosen.get(node, first)

    def _call(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        self.updated_calls[original] = updated
        if original in self.frozen:
            if original in self.facts.calls or original.func in self.facts.calls:
                marks.untranslated(self, original, updated, marks.why_frozen(self, original))
            return updated
        plan = self.plans.get(original)
        if plan is not None:
            return layers.construction(self, plan, updated)
        application = self.facts.applications.get(original)
        if application is not None:
            if is_function_layer(application.callees[0]):
                return wrapped.application(self, original, updated)
            return layers.application(self, original, updated)
        fact = self.facts.calls.get(original)
        if original in self.scattered:
            return containers.appended(self, original, updated)
        if fact is None:
            said = summary(self, original, updated) or shapes.listed(self, original, updated)
            return said or self._own(original, updated)
        return self._framework_call(original, updated, fact)

    def _framework_call(
        self, original: cst.Call, updated: cst.Call, fact: CallFact
    ) -> cst.BaseExpression:
        if fact.api in ("keras.Sequential", "torch.nn.Sequential"):
            return containers.sequential(self, original, updated)
        if fact.api == "keras.Model" and fact.objects:
            return functional.model_call(self, original, updated)
        if fact.api == "keras.Input" and containers.is_taken_up(self, original):
            self.taken_up.add(updated)
            return updated
        if fact.objects and is_function_layer(fact.objects[0]):
            return wrapped.construction(self, original, updated)
        if fact.rules:
            weight = fact.rules[0].kind == "weight" or fact.api in weights.VARIABLES
            return (weights.made if weight else functions.function)(self, original, updated)
        if fact.api in containers.PLAIN:
            return containers.plain(self, original, updated)
        marks.untranslated(self, original, updated, "")
        return updated

    def _own(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        """A call of what the program itself has made."""
        if weights.is_initializer(self.facts.values.get(original.func)):
            return weights.drawn(self, original)
        updated = members.constructed(self, original, updated)
        return modules.super_init(self, original, updated)

    def leave_Subscript(  # noqa: N802
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        if original_node in self.built:
            return cst.Name(self.built[original_node])
        if original_node.value in self.projected:
            return updated_node.value
        axis = self.facts.axes.get(original_node)
        if axis is not None:
            index = cst.Index(cst.parse_expression(str(axis)))
            return updated_node.with_changes(slice=[cst.SubscriptElement(index)])
        return subscript(self, original_node, updated_node)

    def is_framework_object(self, value: object) -> bool:
        """Whether a value's methods are the framework's."""
        if isinstance(value, Instance):
            return is_module(value.cls, self.rulebook, self.side)
        return isinstance(value, Object | Tensor)

    def is_layer(self, value: object) -> bool:
        """Whether a value is a layer or model, the framework's or the program's."""
        return not isinstance(value, Tensor) and self.is_framework_object(value)

    def leave_ClassDef(  # noqa: N802
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        updated_node = dropped.undecorated(self, original_node, updated_node)
        made = modules.class_def(self, original_node, updated_node)
        lifted = self.lifted.get(original_node, [])
        return cst.FlattenSentinel([*lifted, made]) if lifted else made

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
        body = functional.cut(self, original_node, body)
        body, footer = dropped.swept(self, body, updated_node.footer)
        if isinstance(self.parents[original_node], cst.FunctionDef):
            body = imports.tidied(body)
        return updated_node.with_changes(body=body, footer=footer)

    leave_If = conditional  # noqa: N815

    def leave_IfExp(  # noqa: N802
        self, original_node: cst.IfExp, updated_node: cst.IfExp
    ) -> cst.BaseExpression:
        return folding.folded_value(self.facts, original_node, updated_node) or updated_node

    leave_BinaryOperation = operated  # noqa: N815

    def leave_Comparison(  # noqa: N802
        self, original_node: cst.Comparison, updated_node: cst.Comparison
    ) -> cst.BaseExpression:
        return compared(self, original_node, updated_node)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802
        return not members.is_left_out(self, node)

    def leave_FunctionDef(  # noqa: N802
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        updated_node = dropped.undecorated(self, original_node, updated_node)
        updated_node = mode.handed(self, original_node, updated_node)
        return functional.builder(self, original_node, updated_node)

    def leave_With(  # noqa: N802
        self, original_node: cst.With, updated_node: cst.With
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        return dropped.opened(self, original_node, updated_node)

    def leave_SimpleStatementSuite(  # noqa: N802
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        return updated_node.with_changes(body=modules.smalls(self, original_node, updated_node))

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:  # noqa: N802
        body = containers.collect_additions(self, original_node, list(updated_node.body))
        body = functional.cut(self, original_node, body)
        body, footer = dropped.swept(self, body, updated_node.footer)
        return updated_node.with_changes(body=set_off(body, self.generated), footer=footer)
