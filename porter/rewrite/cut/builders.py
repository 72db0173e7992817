"""Functions that build functional models → classes, in the language of the source.

What comes out is Keras still: a `keras.Model` with `__init__` and `call` for each builder, for
each helper that takes tensors and makes layers, and for each turn of a loop that does. The other
passes translate classes; here only the line between constructing and applying is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import Facts, Object
from porter.rewrite.classes import BLANK
from porter.rewrite.code import class_def, class_name, comments_above, function_def, led, spaced
from porter.rewrite.code import unique as unique_name
from porter.rewrite.cut.body import Body, Part, Statements, finished
from porter.rewrite.cut.flow import Context, Helper, Uncut, layers_in, tensor_parameters
from porter.rewrite.cut.syntax import block, bound, parameters, read_nodes, reads, walk
from porter.rewrite.graph import Graph, assigned_name, enclosing
from porter.rewrite.plan import Plan
from porter.rulebook import Rulebook


@dataclass(frozen=True)
class Cut:
    """A module whose builders are classes now.

    `origins` says what node of the file a new node stands for, `inputs` the class and the Input
    tensors of each model, `refused` which builders could not be cut, where and why.
    """

    module: cst.Module
    origins: Mapping[cst.CSTNode, cst.CSTNode]
    models: Mapping[cst.ClassDef, Object]
    refused: Mapping[cst.CSTNode, Uncut]


@dataclass(eq=False)
class _Made:
    """Where classes go, and what becomes of functions."""

    before: dict[cst.CSTNode, list[cst.ClassDef]] = field(default_factory=dict)
    replaced: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    models: dict[cst.ClassDef, Object] = field(default_factory=dict)
    gone: set[cst.CSTNode] = field(default_factory=set)


def cut(
    facts: Facts,
    rulebook: Rulebook,
    parents: Mapping[cst.CSTNode, cst.CSTNode],
    plans: Mapping[cst.CSTNode, Plan],
    graphs: Sequence[Graph],
    taken: set[str],
) -> Cut | None:
    """Cut every builder that is not straight-line code; None where there is none."""
    done = {graph.model.node for graph in graphs}
    models = [m for m in facts.models if m.node not in done and m.inputs]
    homes: dict[cst.FunctionDef, list[Object]] = {}
    for model in models:
        home = _home(model.node, parents)
        if home is not None and model.node not in [m.node for m in homes.get(home, [])]:
            homes.setdefault(home, []).append(model)
    if not homes:
        return None
    base = next(m.node.func for ms in homes.values() for m in ms)
    context = Context(facts, rulebook, parents, plans, set(taken), base)
    made, refused = _Made(), dict[cst.CSTNode, Uncut]()
    _find_helpers(context)
    parts = _helper_parts(context, refused)
    for home, own in homes.items():
        try:
            _builder(context, home, own, made)
        except Uncut as error:
            for model in own:
                refused[model.node] = error
    if not made.replaced:
        return None
    for node, classes in parts.items():
        _place_helper(context, node, classes, made)
    module = _assembled(context, facts.module, made)
    return Cut(module, context.origins.of, made.models, refused)


def _home(node: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> cst.FunctionDef | None:
    above = parents.get(node)
    while above is not None and not isinstance(above, cst.FunctionDef):
        above = parents.get(above)
    return above


def _find_helpers(context: Context) -> None:
    """Functions that take tensors and make layers, or call others that do."""
    functions = [f.node for f in context.facts.functions if isinstance(f.node, cst.FunctionDef)]
    candidates = {}
    for node in functions:
        above = context.parents.get(context.parents.get(node, node))
        if isinstance(above, cst.ClassDef):
            continue
        tensors = tensor_parameters(context, node)
        if tensors:
            candidates[node] = tensors
    while True:
        before = len(context.helpers)
        for node, tensors in candidates.items():
            if node not in context.helpers and _makes_layers(context, node):
                name = unique_name(class_name(node.name.value), context.taken)
                context.taken.add(name)
                context.helpers[node] = Helper(node, name, tensors, _free(context, node))
        if len(context.helpers) == before:
            return


def _makes_layers(context: Context, node: cst.FunctionDef) -> bool:
    return any(
        isinstance(n, cst.Call) and (context.makes_layer(n) or context.helper(n) is not None)
        for n in walk(node.body)
    )


def _free(context: Context, node: cst.FunctionDef) -> tuple[str, ...]:
    """Names of the functions around a function that it reads."""
    around: set[str] = set()
    above = _home(node, context.parents)
    while above is not None:
        around |= bound([above.body]) | {p.name.value for p in parameters(above.params)}
        above = _home(above, context.parents)
    own = [n.value for n in read_nodes(node)]
    functions = {h.name.value for h in context.helpers} | {node.name.value}
    return tuple(dict.fromkeys(n for n in own if n in around and n not in functions))


def _helper_parts(
    context: Context, refused: dict[cst.CSTNode, Uncut]
) -> dict[cst.CSTNode, list[Part]]:
    """The classes of the helpers; one that cannot be cut takes those that call it along."""
    parts: dict[cst.CSTNode, list[Part]] = {}
    for node, helper in list(context.helpers.items()):
        try:
            parts[node] = _helper(context, helper)
        except Uncut as error:
            refused[node] = error
    for node in refused:
        context.helpers.pop(node, None)
    return parts if not refused else {n: p for n, p in parts.items() if n in context.helpers}


def _helper(context: Context, helper: Helper) -> list[Part]:
    node = helper.node
    statements, doc = _without_doc(block(node.body))
    local = {p.name.value for p in parameters(node.params)} | set(helper.free)
    body = Body(context, helper.name, statements, set(helper.tensors), local)
    inputs = [p for p in node.params.params if p.name.value in helper.tensors]
    own = [p for p in parameters(node.params) if p.name.value not in helper.tensors]
    free = [cst.Param(cst.Name(name)) for name in helper.free]
    if any(p.star in ("*", "**") for p in own):
        raise Uncut("a function that makes layers takes * or **", node)
    part = finished(body, inputs, [*free, *own])
    part.params = [*free, *own]
    part.doc, part.lead = doc, node.leading_lines
    return [*body.parts, part]


def _without_doc(statements: Statements) -> tuple[Statements, cst.BaseStatement | None]:
    first = statements[0] if statements else None
    if isinstance(first, cst.SimpleStatementLine) and len(first.body) == 1:
        small = first.body[0]
        text = small.value if isinstance(small, cst.Expr) else None
        if isinstance(text, cst.SimpleString | cst.ConcatenatedString):
            return statements[1:], first
    return statements, None


def _builder(
    context: Context, home: cst.FunctionDef, models: Sequence[Object], made: _Made
) -> None:
    """A function that builds one model: the class goes before it, and it makes one of them."""
    model = models[0]
    if len(models) > 1:
        raise Uncut("several models are built over one graph", models[1].node)
    closing, around = enclosing(model.node, context.parents)
    if context.parents.get(around) is not home:
        raise Uncut("a model is built in a branch", model.node)
    above = context.parents.get(context.parents[home])
    if isinstance(above, cst.ClassDef):
        raise Uncut("a builder that is a method cannot be cut yet", home)
    statements, doc = _without_doc(block(home.body))
    place = statements.index(closing)  # type: ignore[arg-type]
    before, behind = statements[:place], statements[place + 1 :]
    names, before = _inputs(context, model, before)
    name = unique_name(class_name(home.name.value), context.taken)
    context.taken.add(name)
    result = cst.SimpleStatementLine([cst.Return(_result(model.given["outputs"][0]))])
    context.origins.note(result, closing)
    local = {p.name.value for p in parameters(home.params)}
    body = Body(context, name, [*before, result], set(names), local)
    if body.tensors & reads(behind):
        raise Uncut("tensors of this model are used behind it", behind[0])
    part = finished(body, [cst.Param(cst.Name(n)) for n in names], None)
    order = [p.name.value for p in parameters(home.params)]
    part.params.sort(key=lambda p: order.index(p.name.value) if p.name.value in order else 99)
    if any(p.name.value not in order for p in part.params):
        raise Uncut("what the layers are made with is not known to the builder", closing)
    part.lead = (BLANK, BLANK)
    call = cst.Call(cst.Name(name), spaced([cst.Arg(cst.Name(p.name.value)) for p in part.params]))
    end = context.origins.replaced(closing, {model.node: call})
    kept = _needed(context, body, before, [end, *behind])
    lines = [*([doc] if doc else []), *kept, end, *behind]
    new = home.with_changes(body=home.body.with_changes(body=lines))
    made.replaced[home] = context.origins.note(new, home)
    classes = [_written(context, p) for p in [*body.parts, part]]
    made.before.setdefault(_top(home, context), []).extend(classes)
    made.models[classes[-1]] = model


def _inputs(
    context: Context, model: Object, statements: Statements
) -> tuple[list[str], Statements]:
    """The names of a model's inputs, and the statements without those that make them."""
    names: list[str] = []
    gone: set[cst.BaseStatement] = set()
    for tensor in model.inputs:
        node = tensor.producer.node if tensor.producer is not None else None
        name = assigned_name(node, context.parents) if node is not None else None
        place = enclosing(node, context.parents)[0] if node is not None else None
        if name is None or place not in statements or name in names:
            raise Uncut("what the model takes is not made by a plain line", model.node)
        names.append(name)
        gone.add(place)  # type: ignore[arg-type]
    kept: Statements = []
    waiting: list[cst.EmptyLine] = []
    for statement in statements:
        if statement in gone:
            waiting += comments_above(statement)
            trailing = getattr(statement, "trailing_whitespace", None)
            if trailing is not None and trailing.comment is not None:
                waiting.append(cst.EmptyLine(comment=trailing.comment))
            continue
        if waiting:
            lines = [*waiting, *getattr(statement, "leading_lines", ())]
            statement = context.origins.note(led(statement, lines), statement)
            waiting = []
        kept.append(statement)
    return names, kept


def _result(node: cst.BaseExpression) -> cst.BaseExpression:
    """Several outputs as the tuple that a forward returns."""
    if isinstance(node, cst.List):
        if len(node.elements) == 1:
            return node.elements[0].value
        return cst.Tuple(node.elements, lpar=[], rpar=[])
    return node


def _needed(context: Context, body: Body, before: Statements, behind: Statements) -> Statements:
    """What stays in the builder, because what follows the model reads it."""
    wanted = reads(behind)
    found: Statements = []
    for statement in reversed(before):
        names = bound([statement]) & wanted
        if not names:
            continue
        if body.bears(statement) or layers_in(context, [statement], body.tensors):
            raise Uncut("what follows the model reads what its layers are made with", statement)
        found.insert(0, context.origins.cloned(statement))
        wanted |= reads([statement])
    return found


def _top(node: cst.CSTNode, context: Context) -> cst.CSTNode:
    """The statement of the module around a node."""
    while not isinstance(context.parents[node], cst.Module):
        node = context.parents[node]
    return node


def _place_helper(context: Context, node: cst.CSTNode, parts: Sequence[Part], made: _Made) -> None:
    """A helper's class takes its place, unless something that was not cut still calls it."""
    assert isinstance(node, cst.FunctionDef)
    classes = [_written(context, p) for p in parts]
    top = _top(node, context)
    if top is node:
        made.before.setdefault(node, []).extend(classes)
        if not _still_called(context, node, made):
            made.gone.add(node)
    else:
        made.before.setdefault(top, [])[:0] = classes


def _still_called(context: Context, node: cst.FunctionDef, made: _Made) -> bool:
    inside = {*made.replaced, *context.helpers}
    for call in context.facts.calls.keys() | context.facts.values.keys():
        if isinstance(call, cst.Call) and context.helper(call) is context.helpers[node]:
            home = _home(call, context.parents)
            while home is not None and home not in inside:
                home = _home(home, context.parents)
            if home is None:
                return True
    return False


def _written(context: Context, part: Part) -> cst.ClassDef:
    """The class of a part, as a Keras model."""
    start = cst.parse_statement("super().__init__()")
    init = function_def("__init__", "self", [start, *part.init], space=False)
    own = cst.Param(cst.Name("self"))
    init = init.with_changes(params=cst.Parameters(params=_listed([own, *part.params])))
    call = function_def("call", "self", part.call)
    call = call.with_changes(params=cst.Parameters(params=_listed([own, *part.inputs])))
    body: list[cst.BaseStatement] = [init, call]
    if part.doc is not None:
        body = [part.doc, led(init, [BLANK]), call]
    base = context.base.deep_clone()
    context.origins.note(base, context.base)
    for new, old in zip(walk(base), walk(context.base), strict=True):
        context.origins.of.setdefault(new, old)
    return class_def(part.name, base, body, part.lead)


def _listed(params: Sequence[cst.Param]) -> list[cst.Param]:
    """Parameters in one line; those without a default come first."""
    plain = cst.MaybeSentinel.DEFAULT
    made = [
        p.with_changes(comma=plain, whitespace_after_param=cst.SimpleWhitespace("")) for p in params
    ]
    return sorted(made, key=lambda p: p.default is not None)


def _assembled(context: Context, module: cst.Module, made: _Made) -> cst.Module:
    """The module with its new classes and shortened builders."""
    body: list[cst.BaseStatement] = []
    for statement in module.body:
        assert isinstance(statement, cst.BaseStatement)
        body += made.before.get(statement, [])
        if statement in made.gone:
            continue
        new = context.origins.replaced(statement, made.replaced)
        if statement in made.before and isinstance(statement, cst.FunctionDef):
            lines = list(new.leading_lines)  # type: ignore[attr-defined]
            while lines and lines[0].comment is None:
                del lines[0]
            new = context.origins.note(led(new, [BLANK, BLANK, *lines]), statement)
        body.append(new)
    return module.with_changes(body=body)
