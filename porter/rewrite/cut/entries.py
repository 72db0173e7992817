"""Where a graph begins: its Inputs, also where a caller may bring a tensor in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from porter.facts import Object, Tensor, target_names
from porter.rewrite.code import assign, comments_around, handed_on, led
from porter.rewrite.cut.flow import Context, Uncut
from porter.rewrite.cut.syntax import block, read_nodes, reads
from porter.rewrite.places import enclosing

SYMBOLIC = "a tensor is given to a PyTorch model when it is called"
SOURCES = frozenset(
    f"keras.{place}.get_source_inputs"
    for place in ("utils", "ops.operation_utils", "layers", "engine", "engine.topology")
)
Statements = list[cst.BaseStatement]


@dataclass(frozen=True)
class Entry:
    """A graph's inputs by name, in order, and the parameters that could stand for them.

    `statements` are those of the builder without the ones that make the inputs.
    """

    names: tuple[str, ...]
    tensors: tuple[Tensor, ...]
    statements: tuple[cst.BaseStatement, ...]
    symbolic: tuple[str, ...] = ()


def entry(context: Context, model: Object, statements: Statements) -> Entry:
    """How a model begins; raises Uncut."""
    aliases: dict[str, str] = {}
    symbolic: list[str] = []
    instead: dict[cst.BaseStatement, Statements] = {}
    for i, statement in enumerate(statements):
        found = _alternative(context, statement)
        if found is not None:
            symbolic.append(found.parameter)
            aliases |= found.sources
            read = reads(statements[i + 1 :])
            instead[statement] = [
                context.origins.note(assign(name, cst.Name(_resolved(name, aliases))), statement)
                for name, source in found.sources.items()
                if name in read and name != source
            ]
    for statement in statements:
        rest = _without_brought(context, statement, symbolic)
        if statement not in instead and rest != [statement]:
            instead[statement] = rest
    if not symbolic:
        names = [_plain(context, model, t, statements, instead) for t in model.inputs]
        tensors = model.inputs
    else:
        names = [_resolved(n, aliases) for n in _given(model)]
        tensors = tuple(_tensor(context, statements, n) for n in names)
    if len(set(names)) < len(names) or not names:
        raise Uncut("what the model takes is not made by a plain line", model.node)
    kept = tuple(without(context, statements, instead))
    return Entry(tuple(names), tensors, kept, tuple(dict.fromkeys(symbolic)))


def _plain(
    context: Context,
    model: Object,
    tensor: Tensor,
    statements: Statements,
    instead: dict[cst.BaseStatement, Statements],
) -> str:
    """The name of an Input that a line of its own makes; other names for it are kept."""
    node = tensor.producer.node if tensor.producer is not None else None
    place = enclosing(node, context.parents)[0] if node is not None else None
    names = _names_of(place, node)
    if not names or place not in statements:
        raise Uncut("what the model takes is not made by a plain line", model.node)
    assert isinstance(place, cst.BaseStatement)
    told = model.given["inputs"][0]
    given = [n.value for n in read_nodes(told)] if isinstance(told, cst.CSTNode) else []
    name = next((name for name in names if name in given), names[0])
    read = reads(statements[statements.index(place) + 1 :])
    instead[place] = [
        context.origins.note(assign(other, cst.Name(name)), place)
        for other in names
        if other != name and other in read
    ]
    return name


def _names_of(place: cst.CSTNode | None, value: cst.CSTNode | None) -> list[str]:
    """The names that a line gives a value, where that is all it does: `inputs = x = …`."""
    match place:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=targets, value=only)]):
            names = [t.target.value for t in targets if isinstance(t.target, cst.Name)]
            return names if only is value and len(names) == len(targets) else []
    return []


@dataclass(frozen=True)
class Alternative:
    """A parameter that may bring a tensor, and where names come from if it does not."""

    parameter: str
    sources: dict[str, str]


def symbolic_parameters(context: Context, home: cst.FunctionDef) -> frozenset[cst.Param]:
    """The parameters of a builder that may bring a tensor in the place of an Input."""
    found = [_alternative(context, s) for s in block(home.body)]
    names = {each.parameter for each in found if each is not None}
    return frozenset(p for p in home.params.params if p.name.value in names)


def _alternative(context: Context, statement: cst.BaseStatement) -> Alternative | None:
    """`if x is None: inputs = Input(…) else: inputs = x`."""
    if not isinstance(statement, cst.If) or not isinstance(statement.orelse, cst.Else):
        return None
    test = _is_none(statement.test)
    if test is None:
        return None
    parameter, positive = test
    branches = (statement.body, statement.orelse.body)
    own, other = branches if positive else reversed(branches)
    sources: dict[str, str] = {}
    for line in block(own):
        one = _single([line])
        if one is None or not (context.is_input(one[1]) or isinstance(one[1], cst.Name)):
            return None
        name, value = one
        sources[name] = value.value if isinstance(value, cst.Name) else name
    if not sources or not _only_gives(context, block(other), set(sources), parameter):
        return None
    return Alternative(parameter, sources)


def _without_brought(
    context: Context, statement: cst.BaseStatement, symbolic: Sequence[str]
) -> Statements:
    """What is left of a branch that no run takes, as nobody brings a tensor."""
    if not isinstance(statement, cst.If) or not _asks_for(statement.test, symbolic):
        return [statement]
    other = statement.orelse
    if not isinstance(other, cst.If):
        return [] if other is None else block(other.body)
    rest = _without_brought(context, other, symbolic)
    if not rest or rest[0] is other:
        return rest
    above = [*comments_around(other), *getattr(rest[0], "leading_lines", ())]
    return [context.origins.note(led(rest[0], above), rest[0]), *rest[1:]]


def _asks_for(test: cst.BaseExpression, symbolic: Sequence[str]) -> bool:
    """Whether a test holds only where a tensor is brought: `… and x is not None`."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return _asks_for(test.left, symbolic) or _asks_for(test.right, symbolic)
    asked = _is_none(test)
    return asked is not None and asked[0] in symbolic and not asked[1]


def _is_none(test: cst.BaseExpression) -> tuple[str, bool] | None:
    """`x is None` or `x is not None`: the name, and which of the two."""
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return None
    target = test.comparisons[0]
    none = isinstance(target.comparator, cst.Name) and target.comparator.value == "None"
    if not none or not isinstance(test.left, cst.Name):
        return None
    if isinstance(target.operator, cst.Is):
        return test.left.value, True
    return (test.left.value, False) if isinstance(target.operator, cst.IsNot) else None


def _single(body: Statements) -> tuple[str, cst.BaseExpression] | None:
    """The only assignment of a branch, to a name."""
    line = body[0] if len(body) == 1 else None
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return None
    names = target_names(small.targets[0].target)
    return (names[0], small.value) if len(names) == 1 else None


def _only_gives(context: Context, body: Statements, names: set[str], parameter: str) -> bool:
    """Whether a branch does nothing but give the names what was brought in the parameter."""
    for statement in body:
        if isinstance(statement, cst.If):
            lines = [*block(statement.body), *_orelse(statement)]
            if not _only_gives(context, lines, names, parameter):
                return False
            continue
        found = _single([statement])
        if found is None or found[0] not in names:
            return False
        value = found[1].value if isinstance(found[1], cst.Subscript) else found[1]
        source = isinstance(value, cst.Call) and (
            context.is_input(value) or context.api(value.func) in SOURCES
        )
        if not source and not (isinstance(value, cst.Name) and value.value == parameter):
            return False
    return True


def _orelse(statement: cst.If) -> Statements:
    other = statement.orelse
    if other is None:
        return []
    return block(other.body) if isinstance(other, cst.Else) else [other]


def _given(model: Object) -> list[str]:
    node = model.given["inputs"][0]
    items = [e.value for e in node.elements] if isinstance(node, cst.List) else [node]
    if not all(isinstance(item, cst.Name) for item in items):
        raise Uncut("what the model takes is not made by a plain line", model.node)
    return [item.value for item in items if isinstance(item, cst.Name)]


def _resolved(name: str, aliases: dict[str, str]) -> str:
    seen: set[str] = set()
    while name in aliases and aliases[name] != name and name not in seen:
        seen.add(name)
        name = aliases[name]
    return name


def _tensor(context: Context, statements: Sequence[cst.CSTNode], name: str) -> Tensor:
    """The Input that a branch gives a name."""
    stack = list(statements)
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Assign) and context.is_input(node.value):
            value = context.value(node.value)
            if target_names(node.targets[0].target) == [name] and isinstance(value, Tensor):
                return value
        stack += reversed(node.children)
    return Tensor()


def without(
    context: Context,
    statements: Statements,
    instead: Mapping[cst.BaseStatement, Statements],
) -> Statements:
    """Statements with others in place of some, whose comments go before what follows."""
    parts: list[cst.BaseStatement | list[cst.EmptyLine]] = []
    for statement in statements:
        known = statement in instead
        parts += [_above(statement), *instead[statement]] if known else [statement]
    kept, _ = handed_on(parts)
    before = [part for part in parts if isinstance(part, cst.BaseStatement)]
    return [context.origins.note(new, old) for new, old in zip(kept, before, strict=True)]


def _above(statement: cst.BaseStatement) -> list[cst.EmptyLine]:
    """The comments around a statement, set off as it is."""
    comments = comments_around(statement)
    lines = getattr(statement, "leading_lines", ())
    return [*lines[:1], *comments] if comments and lines and not lines[0].comment else comments
