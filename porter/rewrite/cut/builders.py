"""Functions that build functional models → classes, in the language of the source.

What comes out is Keras still: a `keras.Model` with `__init__` and `call` for each builder, for
each helper that takes tensors and makes layers, and for each turn of a loop that does. The other
passes translate classes; here only the line between constructing and applying is drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from porter.facts import Facts, Object, Tensor, function_around, walk
from porter.rewrite.code import class_name, spaced
from porter.rewrite.code import unique as unique_name
from porter.rewrite.cut.body import Body, Part, Statements, finished
from porter.rewrite.cut.entries import SYMBOLIC, Entry, entry
from porter.rewrite.cut.flow import Context, Uncut, layers_in
from porter.rewrite.cut.freed import Freed
from porter.rewrite.cut.giving import hand_on, partial_of, with_partial
from porter.rewrite.cut.handed import Handed
from porter.rewrite.cut.helpers import (
    find_helpers,
    helper_parts,
    place_helper,
    remaining,
    without_doc,
)
from porter.rewrite.cut.measuring import plan_sizes
from porter.rewrite.cut.syntax import block, bound, definite, exposed, parameters, reads
from porter.rewrite.cut.writing import Made, assembled, top_of, write
from porter.rewrite.functional import result_of
from porter.rewrite.graph import Graph
from porter.rewrite.places import enclosing
from porter.rewrite.plan import Plan
from porter.rulebook import Rulebook, Symbol

Home = cst.FunctionDef | cst.Module
Graphs = tuple[Home, list[Object]]


@dataclass(frozen=True)
class Cut:
    """A module whose builders are classes now.

    `origins` says what node of the file a new node stands for, `inputs` the class and the Input
    tensors of each model, `refused` which builders could not be cut, where and why; `sizes` are
    the constructors' arguments that say sizes of what their modules are called with, `last` those
    of what layers are applied to, `lost` the names behind a model that its class has taken in.
    """

    module: cst.Module
    origins: Mapping[cst.CSTNode, cst.CSTNode]
    models: Mapping[cst.ClassDef, tuple[Tensor, ...]]
    refused: Mapping[cst.CSTNode, Uncut]
    sizes: Mapping[object, Mapping[int, str]]
    last: Mapping[cst.CSTNode, Symbol]
    lost: Mapping[cst.CSTNode, Mapping[str, str]]


def cut(
    facts: Facts,
    rulebook: Rulebook,
    parents: Mapping[cst.CSTNode, cst.CSTNode],
    plans: Mapping[cst.CSTNode, Plan],
    graphs: Sequence[Graph],
    taken: Collection[str],
    apart: frozenset[cst.CSTNode] = frozenset(),
    plain: frozenset[cst.FunctionDef] = frozenset(),
) -> Cut | None:
    """Cut every builder that is not straight-line code; None where there is none.

    The functions in `apart` stay beside their modules, which need names of their own. Those that
    are `plain` are handed on as functions.
    """
    done = {graph.model.node for graph in graphs}
    homes: dict[Home, dict[cst.CSTNode, Object]] = {}
    for model in facts.models:
        if model.node not in done and "outputs" in model.given:
            home = function_around(model.node, parents) or facts.module
            homes.setdefault(home, {}).setdefault(model.node, model)
    if not homes:
        return None
    base = next(node.func for ms in homes.values() for node in ms if isinstance(node, cst.Call))
    handed, partial = Handed(facts, parents, plain), partial_of(facts, taken)
    context = Context(facts, rulebook, parents, plans, set(taken), base, handed, partial)
    made, refused = Made(), dict[cst.CSTNode, Uncut]()
    find_helpers(context, apart)
    context.sizes = plan_sizes(context, set(homes))
    parts = helper_parts(context, refused)
    for home, models in _graphs(homes):
        try:
            _built(context, home, models, made)
        except Uncut as error:
            refused.update(dict.fromkeys((model.node for model in models), error))
    if not made.replaced:
        return None
    kept = remaining(context, made)
    twice = {n for n in kept if context.helpers[n].name == context.helpers[n].place.name.value}
    called = {f for n in kept for f in context.kin.get(n, ())}
    if twice or called:
        more = (apart | twice, plain | called)
        return cut(facts, rulebook, parents, plans, graphs, taken, *more)
    for node, classes in parts.items():
        place = context.helpers[node].place
        if node not in kept or top_of(place, context) is place:
            place_helper(context, node, classes, made, node in kept)
    hand_on(context, made)
    module = with_partial(context, assembled(context, facts.module, made))
    return Cut(
        module,
        context.origins.of,
        made.models,
        refused,
        _named(module, made),
        _last(context, module),
        made.lost,
    )


def _graphs(homes: Mapping[Home, Mapping[cst.CSTNode, Object]]) -> Iterator[Graphs]:
    """The models that are built over one graph: all of a function's, each of a script's."""
    for home, own in homes.items():
        models = list(own.values())
        for group in [[m] for m in models] if isinstance(home, cst.Module) else [models]:
            yield home, group


def _last(context: Context, module: cst.Module) -> dict[cst.CSTNode, Symbol]:
    """The last sizes of what layers are applied to, by the calls that make the layers."""
    code = {n: module.code_for_node(e) for n, e in context.last.items()}
    made = {n: context.origins.first(n) for n in walk(module) if isinstance(n, cst.Call)}
    return {n: Symbol.parse(code[old]) for n, old in made.items() if old in code}


def _named(module: cst.Module, made: Made) -> dict[object, dict[int, str]]:
    """The names of sizes, by the parameter of `call` whose they are."""
    found: dict[object, dict[int, str]] = {}
    for node in walk(module):
        if not isinstance(node, cst.ClassDef) or not made.sizes.get(node.name.value):
            continue
        methods = [s for s in node.body.body if isinstance(s, cst.FunctionDef)]
        for parameter in methods[-1].params.params:
            for (tensor, axis), name in made.sizes[node.name.value].items():
                if parameter.name.value == tensor:
                    found.setdefault((parameter, 0), {})[axis] = name
    return found


def _built(
    context: Context,
    home: cst.FunctionDef | cst.Module,
    models: Sequence[Object],
    made: Made,
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
    made: Made,
) -> None:
    statements, doc = without_doc(block(home.body))
    place = statements.index(closing)
    begin = entry(context, model, statements[:place])
    behind = statements[place + 1 :]
    freed = Freed(context, home)
    before = [freed.statement(s) for s in context.with_sizes(begin.statements)]
    before = _without_shapes(before, begin, statements[:place], behind)
    name = _name_of(home.name.value, context)
    result = freed.statement(_returned(context, model, closing))
    local = {p.name.value for p in parameters(home.params)} - {"self"} | set(freed.found)
    local |= context.sizes.variables(home)
    checks = _checks(Body(context, name, [*before, result], set(begin.names), local), before)
    before, local = before[len(checks) :], local | bound(checks)
    body = Body(context, name, [*before, result], set(begin.names), local)
    if body.tensors & exposed(behind):
        raise Uncut("tensors of this model are used behind it", behind[0])
    part = finished(body, [cst.Param(cst.Name(n)) for n in begin.names], None)
    if freed.receiver is not None and freed.receiver in reads([*before, result]):
        raise Uncut("the layers depend on a method of the object around the builder", closing)
    order = [*freed.found, *(p.name.value for p in parameters(home.params)), *bound(checks)]
    # What a loop of no turns would leave unbound is so in the builder too.
    part.params = [p for p in part.params if p.name.value in order or not _is_bound(p, part)]
    if any(p.name.value not in order for p in part.params):
        raise Uncut("what the layers are made with is not known to the builder", closing)
    part.params.sort(key=lambda p: order.index(p.name.value))
    context.taken.add(name)
    given = [freed.found.get(p.name.value, p.name) for p in part.params]
    call = cst.Call(cst.Name(name), spaced([cst.Arg(each) for each in given]))
    end = context.origins.replaced(closing, {model.node: call})
    checked = _firsts(context, checks)
    rest = [s for s in begin.statements if context.origins.first(s) not in checked]
    # The class is given its arguments as the builder is, and changes them itself.
    others = context.origins.replaced(closing, {model.node: cst.Name("None")})
    kept = _needed(context, body, rest, [others, *behind])
    changed = bound(kept) & {p.name.value for p in part.params}
    if changed and bound(kept) & reads([others]):
        raise Uncut(f"{min(changed)} is changed before it is read beside the model", closing)
    middle = [end, *kept] if changed else [*kept, end]
    guards = [_guard(parameter) for parameter in begin.symbolic]
    lines = [*([doc] if doc else []), *guards, *checks, *middle, *behind]
    params = context.origins.replaced(home.params, context.modules_handed())
    new = home.with_changes(params=params, body=home.body.with_changes(body=lines))
    made.replaced[home] = context.origins.note(new, home)
    write(context, [*body.parts, part], top_of(home, context), begin, made)


def _is_bound(parameter: cst.Param, part: Part) -> bool:
    return parameter.name.value in bound(part.init)


def _name_of(function: str, context: Context) -> str:
    """A name for the class of what a function builds, which may be called like a class."""
    name = class_name(function)
    return unique_name(f"{name}Model" if name in context.taken else name, context.taken)


def _checks(body: Body, statements: Statements) -> Statements:
    """The lines at a builder's start that check its arguments: they stay with it."""
    found = 0
    for i, statement in enumerate(statements):
        if body.bears(statement):
            break
        if any(isinstance(n, cst.Raise) for n in walk(statement)):
            found = i + 1
    return statements[:found]


def _firsts(context: Context, statements: Statements) -> set[cst.CSTNode]:
    return {context.origins.first(s) for s in statements}


def _script(
    context: Context, module: cst.Module, model: Object, closing: cst.BaseStatement, made: Made
) -> None:
    """A model that a module builds: what is worked out stays where it is, for the class to read."""
    statements: Statements = list(module.body)
    place = statements.index(closing)
    begin = entry(context, model, statements[:place])
    if begin.symbolic:
        raise Uncut("what the model takes is not made by a plain line", model.node)
    name = unique_name(class_name(_assigned(closing) or "model"), context.taken)
    result = _returned(context, model, closing)
    lines = context.with_sizes(begin.statements)
    local = context.sizes.variables(module)
    others = {enclosing(m.node, context.parents)[0] for m in context.facts.models} - {closing}
    needed = _towards(context, result, lines, others)
    body = Body(context, name, [*needed, result], set(begin.names), local)
    if not body.bears(result):
        raise Uncut("what the model gives back is not known here", closing)
    own = [s for s in needed if body.bears(s) and not _defines(s)]
    _must_be_settled(own, lines)
    body = Body(context, name, [*own, result], set(begin.names), local)
    lost = body.tensors & exposed(statements[place + 1 :])
    part = finished(body, [cst.Param(cst.Name(n)) for n in begin.names], None)
    if part.params:
        raise Uncut("what the layers are made with is not known to the builder", closing)
    context.taken.add(name)
    call = cst.Call(cst.Name(name), [])
    end = context.origins.replaced(closing, {model.node: call})
    made.replaced[closing], made.lost[closing] = end, dict.fromkeys(lost, name)
    firsts = _firsts(context, own)
    if firsts & made.gone:
        raise Uncut("several models are built over one graph", closing)
    rest = [s for s in statements[:place] if s in begin.statements and s not in firsts]
    inputs = set(statements[:place]) - set(begin.statements)
    inputs = {s for s in inputs if not bound([s]) & reads(rest)}
    first = min(i for i, s in enumerate(statements) if s in {*firsts, *inputs, closing})
    made.gone |= firsts | inputs
    write(context, [*body.parts, part], statements[first], begin, made)


def _towards(
    context: Context, result: cst.CSTNode, lines: Statements, others: set[cst.CSTNode]
) -> Statements:
    """What a model's result comes from, where a module builds `others`, which are its parts."""
    if not others & _firsts(context, lines):
        return lines
    wanted = reads([result])
    found: Statements = []
    for statement in reversed(lines):
        if context.origins.first(statement) in others or not bound([statement]) & wanted:
            continue
        found.insert(0, statement)
        wanted = (wanted - definite(statement)) | reads([statement])
    return found


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
    result = cst.SimpleStatementLine([cst.Return(result_of(model.given["outputs"][0]))])
    return context.with_sizes([context.origins.note(result, closing)])[0]


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
