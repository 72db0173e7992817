"""What a forward reads that its constructor knows is kept on `self`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import walk
from porter.rewrite.code import assign, said
from porter.rewrite.cut.flow import Uncut
from porter.rewrite.cut.syntax import block, bound, definite, headed, read_nodes, reads

if TYPE_CHECKING:
    from porter.rewrite.cut.body import Body, Part


def kept(body: Body, part: Part, config: set[str]) -> None:
    """Put on `self` each name of the constructor that the part's call reads.

    So is each model of the file that it applies: else it would be no part of this one.
    """
    local_to_call = bound(part.call)
    modules = body.context.applied_by_name(part.call) - config
    wanted = [n for n in _ordered(part.call) if n in config | modules and n not in local_to_call]
    given = {p.name.value for p in part.params}
    for name in wanted:
        if name not in given | modules and name not in bound(part.init):
            raise Uncut(f"{name} is not known where layers are made", part.call[0])
        _keep(body, part, name, given)
    _on_self(body, part, "call", set(wanted))


def names_of_sizes(body: Body) -> list[str]:
    """The names that the sizes of what a body's layers are applied to are made of."""
    return [n.value for _, size in _sizes(body) for n in read_nodes(size)]


def _sizes(body: Body) -> list[tuple[cst.CSTNode, cst.BaseExpression]]:
    """The calls that make a body's layers, with the last sizes of what those are applied to."""
    made = [body.context.origins.first(call.func) for call in body.attributes]
    sizes = body.context.sizes.layers
    return [(call, sizes[call]) for call in made if call in sizes]


def name_sizes(body: Body, part: Part) -> None:
    """`self.block.out_channels` itself, in place of a variable for it."""
    for name, (line, size) in body.told.items():
        if line not in part.init:
            continue
        part.init.remove(line)
        part.told[name] = size
        for i, statement in enumerate(part.init):
            found = {n: size.deep_clone() for n in read_nodes(statement) if n.value == name}
            if found:
                part.init[i] = body.context.origins.replaced(statement, found)
    for call, last in _sizes(body):
        kept_as = {n: _attribute(n) for n in _set_alone(part)}
        names = {**kept_as, **part.told}
        found = {n: names[n.value] for n in read_nodes(last) if n.value in names}
        body.context.last[call] = body.context.origins.replaced(last, found)


def _set_alone(part: Part) -> set[str]:
    """The attributes that a part's constructor sets and has no variable for."""
    targets = [n.target for s in part.init for n in walk(s) if isinstance(n, cst.AssignTarget)]
    found = {t.attr.value for t in targets if isinstance(t, cst.Attribute)}
    return found - bound(part.init) - {p.name.value for p in part.params}


def _ordered(statements: list[cst.BaseStatement]) -> list[str]:
    return list(dict.fromkeys(n.value for s in statements for n in read_nodes(s)))


def _keep(body: Body, part: Part, name: str, given: set[str]) -> None:
    places = [i for i, s in enumerate(part.init) if name in bound([s])]
    if not places:
        part.init.insert(_first(part), assign(f"self.{name}", cst.Name(name)))
        return
    if name in given or _rebound(part.init[places[-1]], name) or _late(body, part, name):
        raise Uncut(f"{name} has more than one value where layers are applied", part.call[0])
    only = part.init[places[-1]]
    if len(places) == 1 and said(only) == name:
        _rename(body, part, places[0], name)
        return
    if any(name in definite(part.init[place]) for place in places):
        part.init.insert(places[-1] + 1, assign(f"self.{name}", cst.Name(name)))
        return
    for place in reversed(places):
        part.init[place : place + 1] = _where_bound(body, part.init[place], name)


def _where_bound(
    body: Body, statement: cst.BaseStatement, name: str
) -> tuple[cst.BaseStatement, ...]:
    """A statement with a name put on `self` in the branches that bind it."""
    if not isinstance(statement, cst.If):
        return statement, assign(f"self.{name}", cst.Name(name))
    found: dict[cst.CSTNode, cst.CSTNode] = {}
    branch: cst.If | cst.Else | None = statement
    while branch is not None:
        lines = block(branch.body)
        binding = [i for i, line in enumerate(lines) if name in bound([line])]
        if binding:
            lines[binding[-1] : binding[-1] + 1] = _where_bound(body, lines[binding[-1]], name)
            found[branch.body] = headed(lines, branch)
        branch = branch.orelse if isinstance(branch, cst.If) else None
    return (body.context.origins.replaced(statement, found),)


def _first(part: Part) -> int:
    """Behind what else is kept at the constructor's start, in the order of the parameters."""
    count = 0
    for statement in part.init:
        text = cst.Module([]).code_for_node(statement).strip()
        left, _, right = text.partition(" = ")
        if left != f"self.{right}":
            break
        count += 1
    return count


def _rebound(statement: cst.BaseStatement, name: str) -> bool:
    """Whether a loop binds a name: it has one value a turn."""
    return any(isinstance(n, cst.For | cst.While) and name in bound([n]) for n in walk(statement))


def _late(body: Body, part: Part, name: str) -> bool:
    """Whether a name gets another value after its first reading in the call."""
    lines = _places(body, [s for s in part.init if name in bound([s])])
    first = [n for s in part.call for n in read_nodes(s) if n.value == name]
    if not first or not lines:
        return False
    order = {node: i for i, node in enumerate(_all(body))}
    reads_at = min(order.get(body.context.origins.first(n), 0) for n in first)
    return max(order.get(n, 0) for n in lines) > reads_at


def _places(body: Body, statements: list[cst.BaseStatement]) -> list[cst.CSTNode]:
    return [body.context.origins.first(s) for s in statements]


def _all(body: Body) -> list[cst.CSTNode]:
    return [body.context.origins.first(n) for s in body.statements for n in walk(s)]


def _rename(body: Body, part: Part, place: int, name: str) -> None:
    """`n = …` → `self.n = …`, and so wherever the constructor reads it."""
    own = _attribute(name)
    statement = part.init[place]
    assert isinstance(statement, cst.SimpleStatementLine)
    small = statement.body[0]
    assert isinstance(small, cst.Assign)
    target = small.targets[0].target
    renamed = body.context.origins.replaced(statement, {target: own})
    part.init[place] = renamed
    for i, each in enumerate(part.init):
        if i > place and name in reads([each]):
            found = {n: _attribute(name) for n in read_nodes(each) if n.value == name}
            part.init[i] = body.context.origins.replaced(each, found)


def _attribute(name: str) -> cst.Attribute:
    return cst.Attribute(cst.Name("self"), cst.Name(name))


def _on_self(body: Body, part: Part, where: str, names: set[str]) -> None:
    for i, statement in enumerate(part.call):
        found = {n: _attribute(n.value) for n in read_nodes(statement) if n.value in names}
        if found:
            part.call[i] = body.context.origins.replaced(statement, found)
