"""A loop that makes layers: one module a turn, and the loop over those modules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Instance, target_names, walk
from porter.rewrite.code import assign, spaced, unique
from porter.rewrite.cut.flow import Uncut, computes, iterated, layers_in
from porter.rewrite.cut.sizes import Turn
from porter.rewrite.cut.syntax import Node, block, bound, exposed, read_nodes, reads

if TYPE_CHECKING:
    from porter.rewrite.cut.body import Body, Part

Statements = list[cst.BaseStatement]
Pairs = Sequence[tuple[cst.BaseExpression, cst.BaseExpression]]
NO_BODY = "a loop like this cannot be cut into a module"


def loop(
    body: Body, statement: cst.For, after: set[str], name: str
) -> tuple[Statements, Statements]:
    """What makes the modules of a loop into the list `name`, and what applies them in turn.

    `after` are the names that are read behind the loop. Raises Uncut.
    """
    _must_be_loop(body, statement)
    head = _head(body, statement)
    lines = block(statement.body)
    bearing = [s for s in lines if body.bears(s)]
    around = after | exposed(lines) - set(target_names(statement.target))
    inner = bearing[0]
    nested = len(bearing) == 1 and layers_in(body.context, [inner], body.tensors)
    if nested and isinstance(inner, cst.For) and not head.tensors:
        made, call = loop(body, inner, around, name)
        return [_with_body(body, statement, head, lines, {inner: made})], call
    part, inputs, outputs = _turn(body, statement, bearing, around)
    _must_commute(lines, bearing)
    given = _told(body, statement, part, inputs)
    ends = not any(_is_told(part, turn) for turn in turns_of(body, statement))
    module = _one_of_the_files(body, part, given, ends)
    module = module or cst.Call(cst.Name(part.name), spaced(given))
    append = cst.Call(cst.parse_expression(f"self.{name}.append"), [cst.Arg(module)])
    line = cst.SimpleStatementLine([cst.Expr(append)])
    sizes = [
        assign(turn.variable, _end(body, part, turn, name))
        for turn in variables_of(body, statement)
    ]
    for each in (line, *sizes):
        body.context.origins.note(each, bearing[0])
    made_at: dict[cst.BaseStatement, Statements] = {s: [] for s in bearing}
    made_at[bearing[-1]] = [line, *sizes]
    run = _turns(body, statement, head, (inputs, outputs), name)
    return [_with_body(body, statement, head, lines, made_at)], [run]


@dataclass(frozen=True)
class _Head:
    """What a loop goes through: what its modules are made with, and the tensors beside that.

    Of `for n, skip in zip(sizes, skips)`, the `target` is `n`, `iter` the sizes, and of `tensors`
    each is `skip` with its `skips`.
    """

    target: cst.BaseExpression
    iter: cst.BaseExpression
    tensors: tuple[tuple[cst.BaseExpression, cst.BaseExpression], ...] = ()
    strict: tuple[cst.Arg, ...] = ()


def _head(body: Body, statement: cst.For) -> _Head:
    """The parts of a loop's head; raises Uncut where it only goes through tensors."""
    if not computes(body.context, statement.iter, body.tensors):
        return _Head(statement.target, statement.iter)
    held, plain = _parts(body, statement)
    if not plain:
        raise Uncut("layers are made in a loop over tensors", statement)
    zips = [n for n in walk(statement.iter) if isinstance(n, cst.Call) and _is_zip(n)]
    strict = tuple(arg for call in zips for arg in call.args if arg.keyword is not None)[:1]
    target, source = plain[0] if len(plain) == 1 else _zipped(plain, strict)
    for count, part in iterated(statement.target, statement.iter):
        if part is None:
            target, source = _tuple(count, target), _called("enumerate", [source])
    return _Head(target, source, tuple(held), strict)


def over_tensors(body: Body, statement: cst.For) -> bool:
    """Whether a loop goes through tensors, and nothing else that says how often."""
    held, plain = _parts(body, statement)
    return bool(held) and not plain


def _parts(body: Body, statement: cst.For) -> tuple[Pairs, Pairs]:
    """The targets with what they go through: tensors, and all else."""
    pairs = iterated(statement.target, statement.iter)
    told = [(target, part) for target, part in pairs if part is not None]
    held = [pair for pair in told if computes(body.context, pair[1], body.tensors)]
    return held, [pair for pair in told if pair not in held]


def _zipped(
    pairs: Pairs, strict: Sequence[cst.Arg]
) -> tuple[cst.BaseExpression, cst.BaseExpression]:
    """What targets go through together: `a, b` and `zip(xs, ys)`."""
    targets, parts = zip(*pairs, strict=True)
    return _tuple(*targets), _called("zip", parts, strict)


def _tuple(*values: cst.BaseExpression) -> cst.Tuple:
    """`a, (b, c)`: what stands inside has its parentheses."""
    inner = [v.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
             if isinstance(v, cst.Tuple) and not v.lpar else v for v in values]  # fmt: skip
    return cst.Tuple([cst.Element(value) for value in inner], lpar=[], rpar=[])


def _called(
    function: str, values: Iterable[cst.BaseExpression], more: Sequence[cst.Arg] = ()
) -> cst.Call:
    return cst.Call(cst.Name(function), spaced([*map(cst.Arg, values), *more]))


def _is_zip(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Name) and call.func.value == "zip"


def _one_of_the_files(
    body: Body, part: Part, given: Sequence[cst.Arg], ends: bool
) -> cst.Call | None:
    """The module that a turn makes and applies, where it is one of the file's and that is all.

    Of one that a function has become, the sizes behind a turn must be known without it: `ends`.
    """
    match [s.body[0] for s in part.init if isinstance(s, cst.SimpleStatementLine)]:
        case [cst.Assign(targets=[target], value=cst.Call() as made)] if len(part.init) == 1:
            pass
        case _:
            return None
    code = cst.Module([]).code_for_node
    one = part.inputs[0].name.value
    lines = [line.strip() for each in part.call for line in code(each).splitlines()]
    applied = [f"{one} = {code(target.target)}({one})", f"return {one}"]
    first = body.context.origins.first(made)
    its = body.context.facts.values.get(first)
    is_helper = isinstance(first, cst.Call) and body.context.helper(first) is not None
    if lines != applied or not (isinstance(its, Instance) or (is_helper and ends)):
        return None
    body.parts.remove(part)
    body.context.taken.remove(part.name)
    around = {p.name.value: a.value for p, a in zip(part.params, given, strict=True)}
    found = {n: around[n.value].deep_clone() for n in read_nodes(made) if n.value in around}
    return body.context.origins.replaced(made, found)


def _told(body: Body, statement: cst.For, part: Part, inputs: list[str]) -> list[cst.Arg]:
    """The arguments of a turn's module, with the sizes that change from turn to turn."""
    names = [p.name.value for p in part.params]
    told: dict[str, str] = {}
    for turn in turns_of(body, statement):
        if turn.tensor not in inputs:
            continue
        if turn.variable in told:
            part.sizes[turn.tensor, turn.axis] = told[turn.variable]
            continue
        if turn.variable not in names:
            names.insert(0, turn.variable)
            part.params.insert(0, cst.Param(cst.Name(turn.variable)))
        own = f"in_{turn.variable.rstrip('0123456789')}"
        taken = {*names, *told.values(), *reads(part.init), *reads(part.call)}
        if own not in taken:
            part.params[names.index(turn.variable)] = cst.Param(cst.Name(own))
            _rename(body, part, turn.variable, own)
        else:
            own = turn.variable
        part.sizes[turn.tensor, turn.axis] = told[turn.variable] = own
    return [cst.Arg(cst.Name(name)) for name in names]


def _rename(body: Body, part: Part, old: str, new: str) -> None:
    """Another name for a size in a turn's module, and in what its layers are applied to."""
    origins, last = body.context.origins, body.context.last
    made = {origins.first(n) for each in part.init for n in walk(each) if isinstance(n, cst.Call)}
    for node in made & last.keys():
        last[node] = _renamed(body, last[node], old, new)
    for i, each in enumerate(part.init):
        part.init[i] = _renamed(body, each, old, new)


def _renamed(body: Body, node: Node, old: str, new: str) -> Node:
    found = {n: cst.Name(new) for n in read_nodes(node) if n.value == old}
    return body.context.origins.replaced(node, found) if found else node


def _is_told(part: Part, turn: Turn) -> bool:
    """Whether only its module can reckon a size behind a turn."""
    return bool(reads([turn.end]) & (bound(part.init) | set(part.told)))


def _end(body: Body, part: Part, turn: Turn, name: str) -> cst.BaseExpression:
    """A size behind a turn: told by its module, where only that can reckon it."""
    if not _is_told(part, turn):
        return turn.end
    attribute = f"out_{turn.variable.rstrip('0123456789')}"
    found = {n: part.told[n.value] for n in read_nodes(turn.end) if n.value in part.told}
    size = body.context.origins.replaced(turn.end, found)
    part.init.append(assign(f"self.{attribute}", size))
    return cst.parse_expression(f"self.{name}[-1].{attribute}")


def turns_of(body: Body, statement: cst.CSTNode) -> list[Turn]:
    """The sizes that a loop changes from turn to turn."""
    return list(body.context.sizes.turns.get(body.context.origins.first(statement), {}).values())


def variables_of(body: Body, statement: cst.CSTNode) -> list[Turn]:
    """Of sizes that change alike one: they are one variable."""
    found = {turn.variable: turn for turn in turns_of(body, statement)}
    return list(found.values())


def _must_be_loop(body: Body, statement: cst.For) -> None:
    jumps = (cst.Break, cst.Continue, cst.Return)
    if statement.orelse is not None or any(isinstance(n, jumps) for n in walk(statement)):
        raise Uncut(NO_BODY, statement)


def _must_commute(lines: Statements, bearing: Statements) -> None:
    """What is worked out between two uses must not change what the first one was given."""
    seen: set[str] = set()
    for i, statement in enumerate(lines):
        if statement in bearing:
            seen |= reads([statement])
        elif bound([statement]) & seen and any(s in bearing for s in lines[i:]):
            raise Uncut("an argument changes between the layers of one turn", statement)


def _with_body(
    body: Body,
    statement: cst.For,
    head: _Head,
    lines: Statements,
    made: dict[cst.BaseStatement, Statements],
) -> cst.BaseStatement:
    """The loop that makes the modules, with all that is worked out in it."""
    kept = [new for each in lines for new in made.get(each, [each])]
    again = statement.with_changes(
        target=head.target,
        iter=head.iter,
        body=statement.body.with_changes(body=kept),
        leading_lines=[],
    )
    return body.context.origins.note(again, statement)


def _turn(
    body: Body, statement: cst.For, bearing: Statements, around: set[str]
) -> tuple[Part, list[str], list[str]]:
    """The module of one turn, the tensors that it takes, and those that it gives back."""
    own = bound(bearing) & body.tensors
    if (bound(bearing) - body.tensors) & (around | exposed(bearing)):
        raise Uncut("a turn of this loop changes what the next one is made with", statement)
    first = exposed(bearing)
    inputs = [n for n in in_order(bearing) if n in first & body.tensors]
    outputs = [n for n in in_order(bearing) if n in own and n in around | first]
    if not outputs or not inputs:
        raise Uncut(NO_BODY, statement)
    result = cst.SimpleStatementLine([cst.Return(cst.parse_expression(", ".join(outputs)))])
    return body.nested([*bearing, result], inputs), inputs, outputs


def _turns(
    body: Body, statement: cst.For, head: _Head, names: tuple[list[str], list[str]], name: str
) -> cst.BaseStatement:
    inputs, outputs = (", ".join(each) for each in names)
    one = unique("block", body.local)
    run = cst.parse_statement(f"for {one} in self.{name}:\n    {outputs} = {one}({inputs})\n")
    assert isinstance(run, cst.For)
    if head.tensors:
        target, source = _zipped([(run.target, run.iter), *head.tensors], head.strict)
        run = run.with_changes(target=target, iter=source)
    return body.context.origins.note(run, statement)


def in_order(statements: Sequence[cst.CSTNode]) -> list[str]:
    """The names that stand in statements, in order of appearance."""
    names = (n.value for s in statements for n in walk(s) if isinstance(n, cst.Name))
    return list(dict.fromkeys(names))
