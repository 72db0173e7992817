"""Functions that build functional models → classes, in the language of the source.

What comes out is Keras still: a `keras.Model` with `__init__` and `call` for each builder, for
each helper that takes tensors and makes layers, and for each turn of a loop that does. The other
passes translate classes; here only the line between constructing and applying is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import Facts, Object, Tensor
from porter.rewrite.classes import BLANK
from porter.rewrite.code import class_def, class_name, comments_above, function_def, led, spaced
from porter.rewrite.code import unique as unique_name
from porter.rewrite.cut.body import Body, Part, Statements, finished
from porter.rewrite.cut.entries import SYMBOLIC, Entry, entry
from porter.rewrite.cut.flow import Context, Helper, Uncut, layers_in, tensor_parameters
from porter.rewrite.cut.syntax import block, bound, exposed, parameters, read_nodes, reads, walk
from porter.rewrite.graph import Graph, enclosing
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
    models: Mapping[cst.ClassDef, tuple[Tensor, ...]]
    refused: Mapping[cst.CSTNode, Uncut]


@dataclass(eq=False)
class _Made:
    """Where classes go, and what becomes of functions."""

    before: dict[cst.CSTNode, list[cst.ClassDef]] = field(default_factory=dict)
    replaced: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    models: dict[cst.ClassDef, tuple[Tensor, ...]] = field(default_factory=dict)
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
    homes: dict[cst.FunctionDef | cst.Module, dict[cst.CSTNode, Object]] = {}
    for model in facts.models:
        if model.node not in done and "outputs" in model.given:
            home = _home(model.node, parents) or facts.module
            homes.setdefault(home, {}).setdefault(model.node, model)
    if not homes:
        return None
    base = next(node.func for ms in homes.values() for node in ms if isinstance(node, cst.Call))
    context = Context(facts, rulebook, parents, plans, set(taken), base)
    made, refused = _Made(), dict[cst.CSTNode, Uncut]()
    _find_helpers(context)
    parts = _helper_parts(context, refused)
    for home, own in homes.items():
        try:
            _built(context, home, list(own.values()), made)
        except Uncut as error:
            refused.update(dict.fromkeys(own, error))
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
                name = unique_name(_module_name(context, node.name.value), context.taken)
                context.taken.add(name)
                context.helpers[node] = Helper(node, name, tensors, _free(context, node))
        if len(context.helpers) == before:
            return


def _module_name(context: Context, function: str) -> str:
    """A helper's class, told apart from the framework's own of that name."""
    name = class_name(function)
    return f"{name}Block" if f"torch.nn.{name}" in context.rulebook.index["torch"] else name


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


def _built(
    context: Context,
    home: cst.FunctionDef | cst.Module,
    models: Sequence[Object],
    made: _Made,
) -> None:
    """What builds one model, a function, a method or a module: its class goes before it."""
    model = models[0]
    if len(models) > 1:
        raise Uncut("several models are built over one graph", models[1].node)
    closing, around = enclosing(model.node, context.parents)
    if around is not home and context.parents.get(around) is not home:
        raise Uncut("a model is built in a branch", model.node)
    assert isinstance(closing, cst.BaseStatement)
    if isinstance(home, cst.Module):
        _script(context, home, model, closing, made)
    else:
        _builder(context, home, model, closing, made)


def _builder(
    context: Context,
    home: cst.FunctionDef,
    model: Object,
    closing: cst.BaseStatement,
    made: _Made,
) -> None:
    statements, doc = _without_doc(block(home.body))
    place = statements.index(closing)
    begin = entry(context, model, statements[:place])
    behind = statements[place + 1 :]
    freed = _Freed(context, home)
    before = [freed.statement(s) for s in begin.statements]
    before = _without_shapes(before, begin, statements[:place], behind)
    name = unique_name(class_name(home.name.value), context.taken)
    result = freed.statement(_returned(context, model, closing))
    local = {p.name.value for p in parameters(home.params)} - {"self"} | set(freed.found)
    body = Body(context, name, [*before, result], set(begin.names), local)
    if body.tensors & exposed(behind):
        raise Uncut("tensors of this model are used behind it", behind[0])
    part = finished(body, [cst.Param(cst.Name(n)) for n in begin.names], None)
    if freed.receiver is not None and freed.receiver in reads([*before, result]):
        raise Uncut("the layers depend on a method of the object around the builder", closing)
    order = [*freed.found, *(p.name.value for p in parameters(home.params))]
    if any(p.name.value not in order for p in part.params):
        raise Uncut("what the layers are made with is not known to the builder", closing)
    part.params.sort(key=lambda p: order.index(p.name.value))
    context.taken.add(name)
    given = [freed.found.get(p.name.value, p.name) for p in part.params]
    call = cst.Call(cst.Name(name), spaced([cst.Arg(each) for each in given]))
    end = context.origins.replaced(closing, {model.node: call})
    kept = _needed(context, body, list(begin.statements), [end, *behind])
    guards = [_guard(parameter) for parameter in begin.symbolic]
    lines = [*([doc] if doc else []), *guards, *kept, end, *behind]
    new = home.with_changes(body=home.body.with_changes(body=lines))
    made.replaced[home] = context.origins.note(new, home)
    _write(context, [*body.parts, part], _top(home, context), begin, made)


def _script(
    context: Context, module: cst.Module, model: Object, closing: cst.BaseStatement, made: _Made
) -> None:
    """A model that a module builds: what is worked out stays where it is, for the class to read."""
    statements = [s for s in module.body if isinstance(s, cst.BaseStatement)]
    place = statements.index(closing)
    begin = entry(context, model, statements[:place])
    if begin.symbolic:
        raise Uncut("what the model takes is not made by a plain line", model.node)
    name = unique_name(class_name(_assigned(closing) or "model"), context.taken)
    result = _returned(context, model, closing)
    body = Body(context, name, [*begin.statements, result], set(begin.names), set())
    own = [s for s in begin.statements if body.bears(s) and not _defines(s)]
    _must_be_settled(own, list(begin.statements))
    body = Body(context, name, [*own, result], set(begin.names), set())
    if body.tensors & exposed(statements[place + 1 :]):
        raise Uncut("tensors of this model are used behind it", closing)
    part = finished(body, [cst.Param(cst.Name(n)) for n in begin.names], None)
    if part.params:
        raise Uncut("what the layers are made with is not known to the builder", closing)
    context.taken.add(name)
    call = cst.Call(cst.Name(name), [])
    made.replaced[closing] = context.origins.replaced(closing, {model.node: call})
    inputs = set(statements[:place]) - set(begin.statements)
    first = min(statements.index(s) for s in [*own, *inputs, closing] if s in statements)
    made.gone |= {context.origins.first(s) for s in own} | inputs
    _write(context, [*body.parts, part], statements[first], begin, made)


def _defines(statement: cst.BaseStatement) -> bool:
    return isinstance(statement, cst.FunctionDef | cst.ClassDef)


def _must_be_settled(own: Statements, before: Statements) -> None:
    """What the class reads of the module must have one value for all its layers."""
    wanted = reads(own)
    seen: set[str] = set()
    used = False
    for statement in before:
        used = used or statement in own
        if statement in own or _defines(statement):
            continue
        names = bound([statement]) & wanted
        if names & seen and used:
            raise Uncut("an argument changes between the layers", statement)
        seen |= names


def _assigned(statement: cst.BaseStatement) -> str | None:
    names = bound([statement])
    return next(iter(names)) if len(names) == 1 else None


def _returned(
    context: Context, model: Object, closing: cst.BaseStatement
) -> cst.SimpleStatementLine:
    """The line with which the class's call ends."""
    result = cst.SimpleStatementLine([cst.Return(_result(model.given["outputs"][0]))])
    return context.origins.note(result, closing)


def _guard(parameter: str) -> cst.BaseStatement:
    """A tensor that a caller brought for the graph cannot be taken into account: said aloud."""
    text = f'if {parameter} is not None:\n    raise ValueError("{parameter}: {SYMBOLIC}")\n'
    return cst.parse_statement(text)


def _without_shapes(
    before: Statements, begin: Entry, whole: Statements, behind: Statements
) -> Statements:
    """Without what only worked out the shape of an Input, which PyTorch is not told."""
    of_inputs = reads(s for s in whole if s not in begin.statements)
    kept: Statements = []
    for i, statement in enumerate(before):
        names = bound([statement])
        others = [s for j, s in enumerate(before) if j != i]
        plain = isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1
        assigns = plain and isinstance(statement.body[0], cst.Assign)  # type: ignore[attr-defined]
        if not (assigns and names and names <= of_inputs - reads([*others, *behind])):
            kept.append(statement)
    return kept


class _Freed:
    """What a builder that is a method reads of its object, as arguments of the class."""

    def __init__(self, context: Context, home: cst.FunctionDef) -> None:
        above = context.parents.get(context.parents[home])
        method = isinstance(above, cst.ClassDef) and home.params.params
        self.receiver = home.params.params[0].name.value if method else None
        self.context = context
        self.taken = bound([home.body]) | {p.name.value for p in parameters(home.params)}
        self.found: dict[str, cst.BaseExpression] = {}

    def statement(self, statement: cst.BaseStatement) -> cst.BaseStatement:
        """A statement that reads names in place of the object's attributes."""
        if self.receiver is None:
            return statement
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        for node in walk(statement):
            if isinstance(node, cst.Attribute) and self._is_own(node):
                name = self._name(node)
                found[node] = cst.Name(name)
        return self.context.origins.replaced(statement, found) if found else statement

    def _is_own(self, node: cst.Attribute) -> bool:
        owner = isinstance(node.value, cst.Name) and node.value.value == self.receiver
        around = self.context.parents.get(self.context.origins.first(node))
        called = isinstance(around, cst.Call) and around.func is node
        set_here = isinstance(around, cst.AssignTarget)
        layer = called and self.context.is_layer(node)
        return owner and not set_here and (not called or layer)

    def _name(self, node: cst.Attribute) -> str:
        for name, other in self.found.items():
            if isinstance(other, cst.Attribute) and other.attr.value == node.attr.value:
                return name
        name = unique_name(node.attr.value, self.taken)
        self.taken.add(name)
        self.found[name] = node
        return name


def _write(
    context: Context, parts: Sequence[Part], before: cst.CSTNode, begin: Entry, made: _Made
) -> None:
    for part in parts:
        part.lead = (BLANK, BLANK)
    classes = [_written(context, p) for p in parts]
    made.before.setdefault(before, []).extend(classes)
    made.models[classes[-1]] = begin.tensors


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
    top = _top(node, context)
    called = _still_called(context, node, made)
    if top is not node:
        parts[-1].lead = (BLANK, BLANK, *comments_above(node))
    classes = [_written(context, p) for p in parts]
    if called:
        classes = [context.origins.cloned(c) for c in classes]
    elif top is node:
        made.gone.add(node)
    made.before.setdefault(top, [])[:0] = classes


def _still_called(context: Context, node: cst.FunctionDef, made: _Made) -> bool:
    """Whether something calls a helper that was not cut itself."""
    inside = {*made.replaced, *made.gone, *context.helpers}
    for call in context.facts.values:
        if isinstance(call, cst.Call) and context.helper(call) is context.helpers[node]:
            above: cst.CSTNode | None = call
            while above is not None and above not in inside:
                above = context.parents.get(above)
            if above is None:
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
    placed = {c for classes in made.before.values() for c in classes}
    for statement in module.body:
        assert isinstance(statement, cst.BaseStatement)
        body += made.before.get(statement, [])
        if statement in made.gone:
            continue
        new = context.origins.replaced(statement, made.replaced)
        if body and body[-1] in placed:
            lines = list(new.leading_lines)  # type: ignore[attr-defined]
            while lines and lines[0].comment is None:
                del lines[0]
            new = context.origins.note(led(new, [BLANK, BLANK, *lines]), statement)
        body.append(new)
    return module.with_changes(body=body)
