"""Functional models → a class: what constructs layers to `__init__`, what applies to `forward`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import dotted, named_parameters
from porter.rewrite.classes import ClassPlan, names_read
from porter.rewrite.code import assign, below_marks, cell_marks, comments_above, is_todo
from porter.rewrite.graph import Graph
from porter.rewrite.lost import told
from porter.rewrite.marks import untranslated
from porter.rewrite.modules import todo_lines
from porter.rewrite.places import assigned_name, enclosing
from porter.rewrite.states import unpacked

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def model_call(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`keras.Model(inputs, outputs)` → the generated class, given what it needs."""
    graph = next((g for g in rw.graphs if g.model.node is original), None)
    if graph is None:
        untranslated(rw, original, updated, "this functional model is not straight-line code")
        return updated
    plan = class_plan(rw, graph)
    rw.classes[graph] = plan
    return plan.construction()


def class_plan(rw: Rewriter, graph: Graph) -> ClassPlan:
    """The class that a functional model becomes."""
    layers: list[cst.BaseStatement] = []
    for node, attribute in graph.attributes.items():
        statement, _ = enclosing(node, rw.parents)
        lead = comments_above(statement)
        if node not in rw.hoisted:
            continue
        if attribute in graph.borrowed:
            source = cst.parse_expression(f"{graph.lender}.{graph.borrowed[attribute]}")
            layers.append(assign(f"self.{attribute}", source))
            if node in rw.plans:
                rw.note_parameter(node, graph.class_name, attribute, source)
        else:
            lead = [*lead, *todo_lines(rw, rw.hoisted[node][0])]
            layers.append(assign(f"self.{attribute}", rw.hoisted[node][0], lead))
            if node in rw.plans:
                rw.note_parameter(node, graph.class_name, attribute, rw.hoisted[node][0])
    forward = _forward(rw, graph)
    outputs_node = graph.model.given["outputs"][0]
    result = result_of(rw.updated.get(outputs_node, outputs_node))
    base = rw.spelling.name("torch.nn.Module")
    plan = ClassPlan(
        graph.class_name, base, [name for name, _ in graph.inputs], layers, forward, result
    )
    plan.said = todo_lines(rw, result)
    params = dict.fromkeys(_free(rw, graph, [*layers, *forward, result]))
    if graph.lender is not None:
        params = {graph.lender: None} | params
    plan.params = {name: cst.Name(name) for name in params}
    receiver = _receiver(rw, graph)
    if receiver is not None:
        plan.freed_of(receiver)
    return plan


def _receiver(rw: Rewriter, graph: Graph) -> str | None:
    """What a builder that is a method calls its object."""
    home = graph.home
    if home is None or not isinstance(rw.parents.get(rw.parents[home]), cst.ClassDef):
        return None
    return home.params.params[0].name.value if home.params.params else None


def _forward(rw: Rewriter, graph: Graph) -> list[cst.BaseStatement]:
    """The statements that compute; a comment stays with the layer that it is about."""
    layers = {enclosing(node, rw.parents)[0] for node in graph.attributes if node in rw.hoisted}
    forward: list[cst.BaseStatement] = []
    kept: list[cst.EmptyLine] = []
    for statement in graph.statements:
        comments = [] if statement in layers else comments_above(statement)
        if not _applies(rw, graph, statement):
            kept += comments
            continue
        done = rw.statements.get(statement)
        ends = rw.taps.bound(statement, rw.parents)
        if ends:
            made = [assign(name, rw.updated[n]) for n, name in ends.items() if n in graph.nodes]
            forward += [line for each in made for line in unpacked(each)]
        elif isinstance(done, cst.SimpleStatementLine):
            lines = unpacked(done.with_changes(leading_lines=[]))
            todos = [line for line in done.leading_lines if is_todo(line)]
            said = [line for line in comments if not is_todo(line)]
            lines[0] = lines[0].with_changes(leading_lines=[*kept, *said, *todos])
            forward += lines
            kept = []
    return forward


def result_of(node: cst.BaseExpression) -> cst.BaseExpression:
    """Several outputs as the tuple that a forward returns."""
    if isinstance(node, cst.List):
        if len(node.elements) == 1:
            return node.elements[0].value
        return cst.Tuple(node.elements, lpar=[], rpar=[])
    return node


def _applies(rw: Rewriter, graph: Graph, statement: cst.CSTNode) -> bool:
    """Whether a statement computes a tensor of the graph (an Input or a bare layer does not)."""
    inputs = {t.producer.node for _, t in graph.inputs if t.producer is not None}
    return statement in graph.aliases or any(
        enclosing(node, rw.parents)[0] is statement for node in graph.nodes if node not in inputs
    )


def _free(rw: Rewriter, graph: Graph, nodes: list[cst.CSTNode]) -> list[str]:
    """Names from around that the class needs as constructor arguments."""
    params = () if graph.home is None else named_parameters(graph.home.params)
    local = [p.name.value for p in params]
    tensors = {name for name, _ in graph.inputs}
    for statement in graph.block.children:
        names = _assigned(statement)
        if statement in graph.statements:
            tensors.update(names)
        elif isinstance(statement, cst.SimpleStatementLine) and graph.home is not None:
            local += names
    local += _parts(rw, graph)
    needed = names_read(nodes)
    return [n for n in dict.fromkeys(local) if n in needed and n not in tensors]


def _parts(rw: Rewriter, graph: Graph) -> list[str]:
    """Names of the models and layers made elsewhere that the graph applies: its modules."""
    found = []
    for node in graph.nodes:
        application = rw.facts.applications.get(node)
        func = node.func if isinstance(node, cst.Call) else None
        if application is None or not isinstance(func, cst.Name):
            continue
        if all(map(rw.is_layer, application.callees)):
            found.append(func.value)
    return sorted(found)


def _assigned(statement: cst.CSTNode) -> list[str]:
    found = []
    if isinstance(statement, cst.SimpleStatementLine):
        for small in statement.body:
            if isinstance(small, cst.Assign):
                for target in small.targets:
                    name = dotted(target.target)
                    found += [name] if name else []
    return found


def cut(rw: Rewriter, block: cst.CSTNode, body: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """Take the graph's statements out of a block; at module level put the class in their place."""
    graphs = [g for g in rw.graphs if g.block is block and g in rw.classes]
    if not graphs and not rw.lost:
        return body
    gone = _gone(rw, graphs)
    result: list[cst.BaseStatement] = []
    placed: set[Graph] = set()
    taken: dict[str, str] = {}
    closings = {rw.statements.get(g.closing): g for g in graphs}
    marks: list[cst.EmptyLine] = []
    for statement in body:
        owner = gone.get(statement)
        if owner is not None and owner.home is None:
            marks += cell_marks(statement)
        if owner is not None:
            taken |= dict.fromkeys(_assigned(statement), owner.class_name)
        if owner is not None and owner not in placed:
            placed.add(owner)
            if owner.home is None and owner is graphs[0]:
                result.append(rw.made(rw.classes[owner], marks))
                marks = []
            continue
        if owner is not None:
            continue
        closing = closings.get(statement)
        if closing is None:
            result.append(below_marks(told(rw, statement, taken), marks))
            marks = []
            for name in _assigned(statement):
                taken.pop(name, None)
            taken |= rw.lost.get(rw.origins.get(statement, statement), {})
            continue
        if closing.home is None and closing is not graphs[0]:
            result.append(rw.made(rw.classes[closing], marks))
            marks = []
        result.append(below_marks(statement, marks))
        marks = []
    return result


def _gone(rw: Rewriter, graphs: list[Graph]) -> dict[cst.BaseStatement, Graph]:
    """The statements that a class has taken in."""
    gone: dict[cst.BaseStatement, Graph] = {}
    models = {enclosing(model.node, rw.parents)[0] for model in rw.facts.models}
    for graph in graphs:
        for statement in [*graph.statements, *_layer_statements(rw, graph)]:
            done = rw.statements.get(statement)
            if done is not None and statement not in models:
                gone.setdefault(done, graph)
    return gone


def _layer_statements(rw: Rewriter, graph: Graph) -> list[cst.CSTNode]:
    """Statements that only make a layer that the class now makes."""
    found = []
    for node in graph.attributes:
        statement, block = enclosing(node, rw.parents)
        if block is graph.block and assigned_name(node, rw.parents) is not None:
            found.append(statement)
    return found


def builder(
    rw: Rewriter, original: cst.FunctionDef, updated: cst.FunctionDef
) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
    """A function that built a functional model: the class goes before it."""
    plans = [rw.classes[g] for g in rw.graphs if g.home is original and g in rw.classes]
    if not plans:
        return updated
    above = _class_around(rw, original)
    classes: list[cst.BaseStatement] = []
    for i, plan in enumerate(plans):
        blank = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
        plan.lead = list(updated.leading_lines) if i == 0 and above is None else blank
        classes.append(rw.made(plan))
    if above is not None:
        rw.lifted.setdefault(above, []).extend(classes)
        return updated
    space = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
    return cst.FlattenSentinel([*classes, updated.with_changes(leading_lines=space)])


def _class_around(rw: Rewriter, node: cst.CSTNode) -> cst.CSTNode | None:
    """The outermost class around a builder: what its methods make is defined before it."""
    found: cst.CSTNode | None = None
    above: cst.CSTNode | None = rw.parents.get(node)
    while above is not None:
        found = above if isinstance(above, cst.ClassDef) else found
        above = rw.parents.get(above)
    return found
