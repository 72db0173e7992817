"""Tensors that have several names: what PyTorch changes, it changes under all of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.join import same_term
from porter.facts.names import dotted
from porter.facts.places import function_around, walk
from porter.facts.values import Const, Dict, Instance, Object, Sequence, Tensor, Value
from porter.rulebook import is_known, known

if TYPE_CHECKING:
    from porter.facts.arguments import Arguments
    from porter.facts.interpreter import Interpreter
    from porter.facts.values import Scope


def changed(it: Interpreter, node: cst.CSTNode, scope: Scope) -> cst.BaseExpression | None:
    """`x.add_(y)` changes `x`, whose name stands for what came of it from here on."""
    if node in it.facts.changing:
        return it.facts.changing[node]
    fact = it.facts.calls.get(node)
    if fact is None or not fact.api.startswith("torch.Tensor.") or not fact.api.endswith("_"):
        return None
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    note_change(it, node, node.func.value, scope)
    return node.func.value


def note_change(
    it: Interpreter, node: cst.CSTNode, target: cst.BaseExpression, scope: Scope
) -> None:
    """Remember that a statement changes a tensor that another name is read for afterwards."""
    value, own = it.facts.values.get(target), dotted(target)
    if it.side != "torch" or value is None:
        return
    others = {name for name, other in _named(scope) if _is_same(it, other, value)}
    if any(_is_read_later(it, name, node) for name in others - {own}):
        it.facts.aliased.add(node)


def note_in_place(
    it: Interpreter, node: cst.Call, callee: Value, args: Arguments, scope: Scope
) -> None:
    """Remember what a call changes that was told to work in place, as `nn.ReLU(inplace=True)`."""
    given = args.positional[0] if args.positional else args.keywords.get("input")
    if it.side != "torch" or given is None:
        return
    fact = it.facts.calls.get(node)
    told = fact is not None and not fact.objects and known(fact.given.get("inplace")) is True
    if not (told or _works_in_place(callee)):
        return
    target, own = given[0], dotted(given[0])
    it.facts.changing[node] = target
    note_change(it, node, target, scope)
    if own is not None and _is_read_besides(it, own, node):
        it.facts.aliased.add(node)


def _works_in_place(callee: Value) -> bool:
    """Whether a layer, or the first of some, changes what it is applied to."""
    if not isinstance(callee, Object):
        return False
    if callee.api == "torch.nn.Sequential":
        return bool(callee.children) and _works_in_place(callee.children[0])
    _, told = callee.given.get("inplace", (None, None))
    return isinstance(told, Const) and known(told.term) is True


def _is_read_besides(it: Interpreter, name: str, node: cst.Call) -> bool:
    """Whether the name of what a call changes is read for it elsewhere.

    `x = relu(x)` binds it anew, and `relu(x)` alone is written so as to; `y = relu(x)` leaves `x`.
    """
    statement: cst.CSTNode = node
    while not isinstance(statement, cst.BaseSmallStatement | cst.BaseStatement):
        statement = it.parents[statement]
    own = set(walk(node))
    if any(_reads(it, name, each) for each in walk(statement) if each not in own):
        return True
    targets = statement.targets if isinstance(statement, cst.Assign) else ()
    anew = any(dotted(target.target) == name for target in targets)
    alone = isinstance(statement, cst.Expr) and statement.value is node
    return not anew and not alone and _is_read_later(it, name, node)


def _named(scope: Scope) -> Iterator[tuple[str, Value]]:
    """What names stand for, and what stands in the lists and objects that they stand for."""
    for name, value in scope.names.items():
        yield name, value
        if isinstance(value, Instance):
            yield from ((f"{name}.{own}", held) for own, held in value.attributes.items())
        elif isinstance(value, Sequence):
            yield from ((name, item) for item in value.items)
        elif isinstance(value, Dict):
            yield from ((name, item) for item in value.items.values())


def _is_same(it: Interpreter, other: Value, value: Value) -> bool:
    """Whether two values are one tensor, or views of one; or what may be one."""
    if isinstance(other, Tensor) and isinstance(value, Tensor):
        return _memory(it, other) is _memory(it, value)
    if not isinstance(other, Const) or not isinstance(value, Const):
        return False
    return not is_known(value.term) and same_term(other.term, value.term)


def _memory(it: Interpreter, tensor: Tensor) -> Tensor:
    """The tensor that a view, or what a method has changed, looks at."""
    views = it.rulebook.names.get("view", {})
    while tensor.producer is not None and tensor.producer.inputs:
        node = tensor.producer.node
        fact = it.facts.calls.get(node)
        name = "" if fact is None else fact.api.rpartition(".")[2]
        same = name in views or name.endswith("_") or node in it.facts.changing
        if not same and not isinstance(node, cst.Subscript):
            break
        tensor = tensor.producer.inputs[0]
    return tensor


def _is_read_later(it: Interpreter, name: str, node: cst.CSTNode) -> bool:
    """Whether the code around reads a name behind a statement, or in a loop around both."""
    home = function_around(node, it.parents)
    loop = node
    while loop in it.parents and loop is not home:
        loop = it.parents[loop]
        if isinstance(loop, cst.For | cst.While):
            return any(_reads(it, name, each) for each in walk(loop))
    own = set(walk(node))
    behind = False
    for each in walk(home if home is not None else loop):
        behind = behind or each is node
        if behind and each not in own and _reads(it, name, each):
            return True
    return False


def _reads(it: Interpreter, name: str, node: cst.CSTNode) -> bool:
    """Whether a node reads a name, or an attribute that is written with a dot."""
    if not isinstance(node, cst.Name | cst.Attribute) or dotted(node) != name:
        return False
    around = it.parents.get(node)
    if isinstance(around, cst.Arg | cst.Attribute):
        return around.value is node
    return not isinstance(around, cst.AssignTarget | cst.Param)
