"""Functional models: which statements make a graph, and what each layer in it is called."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import (
    Bound,
    Const,
    Facts,
    Function,
    Instance,
    Object,
    Producer,
    Tensor,
    Value,
    dotted,
    extra,
    function_around,
    is_function_layer,
    named_parameters,
    walk,
)
from porter.rewrite.code import class_name, is_marked, snake_case, unique
from porter.rewrite.places import Parents, assigned_name, bound_in, enclosing
from porter.rewrite.plan import Plan
from porter.rewrite.spelling import bound_names
from porter.rewrite.taps import Taps, find_taps, tensors_read
from porter.rulebook import is_known


@dataclass(eq=False)
class Graph:
    """One functional model: where it is made, from which inputs, by which calls."""

    model: Object
    block: cst.CSTNode
    home: cst.FunctionDef | None
    class_name: str
    inputs: list[tuple[str, Tensor]]
    nodes: set[cst.CSTNode]
    statements: list[cst.CSTNode]
    closing: cst.CSTNode
    attributes: dict[cst.CSTNode, str] = field(default_factory=dict)
    borrowed: dict[str, str] = field(default_factory=dict)
    aliases: list[cst.CSTNode] = field(default_factory=list)
    lender: str | None = None


GENERIC = frozenset(
    {"x", "y", "z", "h", "out", "output", "outputs", "inputs", "input", "net", "model", "layer",
     "tensor", "result", "features", "x1", "x2", "_", "encoded", "decoded"}
)  # fmt: skip
RESERVED = frozenset(
    {"training", "forward", "train", "eval", "parameters", "modules", "children", "buffers",
     "type", "float", "half", "double", "to", "apply", "cuda", "cpu", "compile", "state_dict",
     "call", "T_destination", "dump_patches", "add_module", "zero_grad", "share_memory"}
)  # fmt: skip
STEMS = {
    "Conv1d": "conv", "Conv2d": "conv", "Conv3d": "conv", "Linear": "fc", "BatchNorm1d": "bn",
    "BatchNorm2d": "bn", "BatchNorm3d": "bn", "LayerNorm": "norm", "MaxPool1d": "pool",
    "MaxPool2d": "pool", "MaxPool3d": "pool", "AvgPool1d": "pool", "AvgPool2d": "pool",
    "AvgPool3d": "pool", "ConvTranspose1d": "deconv", "ConvTranspose2d": "deconv",
    "ConvTranspose3d": "deconv", "DepthwiseConv1d": "conv", "DepthwiseConv2d": "conv",
    "SameConv1d": "conv", "SameConv2d": "conv", "ZeroPadding2d": "pad", "ZeroPad2d": "pad",
}  # fmt: skip


def find_graphs(
    facts: Facts, parents: Parents, plans: Mapping[cst.CSTNode, Plan], taken: Iterable[str]
) -> list[Graph]:
    """The functional models whose statements stand one after another in one block."""
    graphs: list[Graph] = []
    names = set(taken)
    first: dict[cst.CSTNode, Object] = {}
    taps = find_taps(facts, parents, taken)
    for model in facts.models:
        first.setdefault(model.node, model)
    for model in first.values():
        graph = _graph(facts, parents, model, names)
        if graph is None or any(is_marked(s) for s in [*graph.statements, graph.closing]):
            continue
        if not is_whole(graph, taps, parents):
            continue
        names.add(graph.class_name)
        _name_layers(graph, facts, parents, plans, graphs)
        made = [plans[node] for node in graph.attributes if node in plans]
        written = all(plan.translation is not None for plan in made)
        settled = all(_is_made_apart(facts, node) for node in graph.attributes) and not any(
            _is_chosen_on_the_way(plan, parents) for plan in made
        )
        settled = settled and not _made_by_a_function(facts, graph)
        if written and settled and _functions_known(facts, graph):
            graphs.append(graph)
    return graphs


def _is_chosen_on_the_way(plan: Plan, parents: Parents) -> bool:
    """Whether the name of an activation is worked out in the function that builds the graph."""
    home = function_around(plan.node, parents)
    if home is None or plan.activation is None or plan.activation.term is None:
        return False
    return bool(plan.activation.term.names & bound_names(home.body))


def _made_by_a_function(facts: Facts, graph: Graph) -> bool:
    """Whether the graph applies what a function of the program makes: `stage(16)(x)`."""
    called = {n: n.func for n in graph.nodes if isinstance(n, cst.Call) and n in facts.applications}
    return any(
        isinstance(func, cst.Call)
        and any(isinstance(c, Object | Instance) and c.words for c in facts.applications[n].callees)
        for n, func in called.items()
    )


def _is_made_apart(facts: Facts, layer: cst.CSTNode) -> bool:
    """Whether a layer can be made before its tensors are there."""
    if not isinstance(layer, cst.Call):
        return True
    for arg in layer.args:
        value = facts.values.get(arg.value)
        settled = isinstance(value, Const) and is_known(value.term)
        if settled or isinstance(arg.value, cst.Lambda):
            continue
        if any(isinstance(facts.values.get(n), Tensor) for n in walk(arg)):
            return False
    return True


def _functions_known(facts: Facts, graph: Graph) -> bool:
    """Whether every function that the graph applies as a layer can be called in its place."""
    applied = (facts.applications[n].callees for n in graph.nodes if n in facts.applications)
    callees = [callee for each in applied for callee in each]
    return not any(
        isinstance(c, Object) and is_function_layer(c) and refusal(facts, c) for c in callees
    )


# What means nothing to a function: it has no name, no weights, and shapes are what they are.
IGNORED = frozenset({"function", "arguments", "output_shape", "name", "trainable", "input_shape"})
OF_THE_CALL = frozenset({"training", "mask"})


def refusal(facts: Facts, obj: Object) -> str | None:
    """Why a function that is a layer cannot be called in its place."""
    problem = facts.calls[obj.node].problem
    unknown = sorted(set(obj.given) - IGNORED)
    if problem or unknown:
        return problem or f"{unknown[0]} has no counterpart"
    node, value = obj.given["function"]
    if isinstance(value, Object):
        return "its function is a layer: call that"
    if node is obj.node:
        return "its function is not known here"
    function = value.function if isinstance(value, Bound) else value
    if isinstance(function, Function):
        params = function.node.params
        if OF_THE_CALL & {p.name.value for p in named_parameters(params)}:
            return "its function is told of training or of a mask"
    return "its arguments are not known here" if extra(obj) is None else None


def _graph(facts: Facts, parents: Parents, model: Object, taken: set[str]) -> Graph | None:
    if not model.inputs:
        return None
    nodes = reachable(model.outputs)
    if not all(isinstance(o, Tensor) and o.producer is not None for o in model.outputs):
        return None
    statement, block = enclosing(model.node, parents)
    home = parents.get(block)
    if not isinstance(home, cst.FunctionDef):
        home = None
    if home is None and not isinstance(block, cst.Module):
        return None
    statements: dict[cst.CSTNode, None] = {}
    for node in nodes:
        place, around = enclosing(node, parents)
        if around is not block or not isinstance(place, cst.SimpleStatementLine):
            return None
        statements[place] = None
    inputs = []
    for tensor in model.inputs:
        if tensor.producer is None:
            return None
        name = assigned_name(tensor.producer.node, parents)
        if name is None:
            return None
        inputs.append((name, tensor))
    name = _kept_on_object(model.node, parents)
    if name is None:
        name = home.name.value if home is not None else assigned_name(model.node, parents)
    order = {node: i for i, node in enumerate(block.children)}
    return Graph(
        model=model,
        block=block,
        home=home,
        class_name=unique(class_name(name or "model"), taken),
        inputs=inputs,
        nodes=nodes,
        statements=sorted(statements, key=lambda s: order.get(s, 0)),
        closing=statement,
    )


def is_whole(graph: Graph, taps: Taps, parents: Parents) -> bool:
    """Whether the graph's statements hold all that its tensors go through.

    A tensor that another statement made of one of them (a loop, a function that could not be
    followed) would be missing in the class. `y = x` is no such statement: it joins the graph.
    """
    lines = [
        s for s in [*graph.statements, graph.closing] if isinstance(s, cst.SimpleStatementLine)
    ]
    if any(len(line.body) > 1 for line in lines):
        return False
    tensors, lost = {name for name, _ in graph.inputs}, set[str]()
    for statement in graph.block.children:
        read = tensors_read(statement, taps)
        if statement is graph.closing:
            break
        if statement in graph.statements:
            if read & lost:
                return False
            bound = bound_in(statement) | _kept(statement, taps, parents)
            tensors |= bound
            lost -= bound
        elif _is_tap(statement, taps, tensors):
            graph.aliases.append(statement)
            tensors |= bound_in(statement)
        elif read & tensors and not isinstance(statement, cst.FunctionDef | cst.ClassDef):
            if _is_alias(statement):
                graph.aliases.append(statement)
                tensors |= bound_in(statement)
            else:
                lost |= bound_in(statement)
    graph.statements = [
        s for s in graph.block.children if s in graph.statements or s in graph.aliases
    ]
    return not tensors_read(graph.closing, taps) & lost


def _is_tap(statement: cst.CSTNode, taps: Taps, tensors: set[str]) -> bool:
    """`x = model.output`, of a tensor that the graph has."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Assign) and taps.names.get(small.value) in tensors


def _kept(statement: cst.CSTNode, taps: Taps, parents: Parents) -> set[str]:
    """The names that a statement's tensors are kept by besides."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    own = {taps.kept[small]} if small in taps.kept else set()
    return own | set(taps.bound(statement, parents).values())


def _is_alias(statement: cst.CSTNode) -> bool:
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Assign) and isinstance(small.value, cst.Name)


def reachable(outputs: Sequence[Value]) -> set[cst.CSTNode]:
    """The calls (and operators) that lead to these tensors."""
    found: set[cst.CSTNode] = set()
    stack: list[Producer] = [p for p in map(_producer, outputs) if p is not None]
    while stack:
        producer = stack.pop()
        if producer.node in found:
            continue
        found.add(producer.node)
        stack += [t.producer for t in producer.inputs if t.producer is not None]
    return found


def _producer(value: Value) -> Producer | None:
    return value.producer if isinstance(value, Tensor) else None


def _kept_on_object(node: cst.CSTNode, parents: Parents) -> str | None:
    """The attribute of an object that `self.name = <node>` keeps a model in."""
    parent = parents[node]
    target = parent.targets[0].target if isinstance(parent, cst.Assign) else None
    return target.attr.value if isinstance(target, cst.Attribute) else None


def _name_layers(
    graph: Graph,
    facts: Facts,
    parents: Parents,
    plans: Mapping[cst.CSTNode, Plan],
    earlier: list[Graph],
) -> None:
    constructs = _constructs(graph, facts, plans)
    shared = {
        node: (other, other.attributes[node])
        for other in earlier
        if other.block is graph.block
        for node in constructs
        if node in other.attributes
    }
    counts: dict[str, int] = {}
    wanted: list[tuple[cst.Call, str, bool]] = []
    for node in constructs:
        name = _own_name(node, facts, parents, graph)
        stem = name or stem_of(node, plans.get(node))
        counts[stem] = counts.get(stem, 0) + 1
        wanted.append((node, stem, name is not None))
    used = {*RESERVED, *_called_by_name(graph, facts, constructs)}
    numbers: dict[str, int] = {}
    for node, stem, own in wanted:
        numbers[stem] = numbers.get(stem, 0) + 1
        alone = counts[stem] == 1 and (own or stem not in STEMS.values())
        alone = alone or counts[stem] == 1
        attribute = unique(stem if alone else f"{stem}{numbers[stem]}", used)
        used.add(attribute)
        graph.attributes[node] = attribute
        if node in shared:
            lender, theirs = shared[node]
            graph.lender = assigned_name(lender.model.node, parents)
            graph.borrowed[attribute] = theirs


def _called_by_name(graph: Graph, facts: Facts, constructs: list[cst.Call]) -> set[str]:
    """Names of what the graph applies and others made: they become attributes too."""
    found = set()
    for node in graph.nodes:
        func = node.func if isinstance(node, cst.Call) else None
        callees = facts.applications[node].callees if node in facts.applications else []
        if any(getattr(callee, "node", None) in constructs for callee in callees):
            continue
        if isinstance(func, cst.Name):
            found.add(func.value)
        elif isinstance(func, cst.Attribute):
            found.add(func.attr.value)
    return found


def _constructs(graph: Graph, facts: Facts, plans: Mapping[cst.CSTNode, Plan]) -> list[cst.Call]:
    found: list[cst.Call] = []
    for node in facts.applications:
        if node not in graph.nodes:
            continue
        for callee in facts.applications[node].callees:
            made = callee.node if isinstance(callee, Object | Instance) else None
            here = made in plans or (isinstance(node, cst.Call) and node.func is made)
            here = here != is_function_layer(callee)
            if made is not None and here and made not in found:
                found.append(made)
    return found


def _own_name(node: cst.Call, facts: Facts, parents: Parents, graph: Graph) -> str | None:
    """A layer's name: `name=`, the variable it is kept in, or the one its result goes to."""
    for arg in node.args:
        named = arg.keyword is not None and arg.keyword.value == "name"
        if named and isinstance(arg.value, cst.SimpleString):
            text = str(arg.value.evaluated_value)
            return text if text.isidentifier() else None
    kept = assigned_name(node, parents)
    if kept is None and parents.get(node) in graph.nodes:
        kept = assigned_name(parents[node], parents)
        if kept is not None and _times_assigned(kept, graph) > 1:
            return None
    return None if kept is None or kept in GENERIC else kept


def _times_assigned(name: str, graph: Graph) -> int:
    times = 0
    for statement in graph.statements:
        assert isinstance(statement, cst.SimpleStatementLine)
        for small in statement.body:
            if isinstance(small, cst.Assign):
                times += sum(
                    isinstance(t.target, cst.Name) and t.target.value == name for t in small.targets
                )
    return times


def _written_name(plan: Plan) -> str | None:
    """The class that a layer becomes, the framework's or a helper."""
    if plan.translation is None:
        return None
    write = plan.translation.half.write
    called = write.node.func if write is not None and isinstance(write.node, ast.Call) else None
    return called.id if isinstance(called, ast.Name) else plan.translation.target.name


def stem_of(node: cst.Call, plan: Plan | None) -> str:
    """What a layer is called after what it is: `conv`, `bn`, `dropout`."""
    if plan is None:
        name = snake_case((dotted(node.func) or "part").rsplit(".", 1)[-1])
        return "function" if keyword.iskeyword(name) else name
    name = _written_name(plan) or "layer"
    return STEMS.get(name.removeprefix("Lazy"), snake_case(name))
