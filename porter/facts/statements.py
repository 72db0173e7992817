"""Executing statements on abstract values."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Elements
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.aliases import changed
from porter.facts.aside import set_aside
from porter.facts.chosen import as_layer, keep
from porter.facts.doubt import agree_on_attributes, in_doubt, put_back
from porter.facts.general import in_general, is_plain, settle
from porter.facts.holding import holding, tear_held, tear_names
from porter.facts.join import join_scopes, layers_chosen, one_of
from porter.facts.loaders import iterated, narrow
from porter.facts.merging import agree_on_orders, give_alike, keep_orders, reordered, taken
from porter.facts.names import bind_import, dotted
from porter.facts.places import named_parameters, target_names
from porter.facts.propagate import Input
from porter.facts.values import (
    UNKNOWN_VALUE,
    Class,
    Collated,
    Const,
    Dict,
    Function,
    Instance,
    Method,
    Object,
    Scope,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from porter.rulebook import Symbol, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def execute_suite(it: Interpreter, body: cst.BaseSuite | cst.Module, scope: Scope) -> bool:
    """Run the statements of a suite; False where control cannot fall off its end."""
    for statement in body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if not _execute(it, small, scope):
                    return False
        elif not _execute(it, statement, scope):
            return False
    return True


def _execute(it: Interpreter, node: cst.CSTNode, scope: Scope) -> bool:
    handler = HANDLERS.get(type(node))
    return True if handler is None else handler(it, node, scope) is not False


def _expression(it: Interpreter, node: cst.Expr, scope: Scope) -> None:
    value = it.evaluate(node.value, scope)
    target = changed(it, node.value, scope)
    if isinstance(target, cst.Name | cst.Attribute) and isinstance(value, Tensor):
        store(it, target, value, scope)


def _import(it: Interpreter, node: cst.Import | cst.ImportFrom, scope: Scope) -> None:
    bind_import(node, scope, it.side)


def _assign(it: Interpreter, node: cst.Assign, scope: Scope) -> None:
    value = _in_one_order(it, node.value, it.evaluate(node.value, scope))
    if isinstance(value, Tensor) and node.value in it.wishes:
        order = it.wishes[node.value]
        it.give(Input(node.value, value), order)
        value = reordered(value, order)
    for target in node.targets:
        kept = isinstance(target.target, cst.Attribute)
        store(it, target.target, as_layer(it, node.value, value) if kept else value, scope)
    if len(node.targets) == 1 and isinstance(node.targets[0].target, cst.Name):
        scope.places[node.targets[0].target.value] = node.value


def _in_one_order(it: Interpreter, node: cst.BaseExpression, value: Value) -> Value:
    """`parts = [a, b]` of tensors in two layouts: all in one, as what takes the list expects."""
    if not isinstance(node, cst.List) or not isinstance(value, Sequence):
        return value
    tensors = [item for item in value.items if isinstance(item, Tensor)]
    orders = {tensor.order for tensor in tensors}
    ranks = {None if tensor.shape is None else len(tensor.shape) for tensor in tensors}
    plain = len(tensors) == len(value.items) == len(node.elements) and not value.open
    if not plain or len(orders) != 2 or None not in orders or len(ranks) != 1 or None in ranks:
        return value
    (wanted,) = orders - {None}
    for element, tensor in zip(node.elements, tensors, strict=True):
        it.give(Input(element.value, tensor), wanted)
    return Sequence(value.kind, [reordered(tensor, wanted) for tensor in tensors])


def _annotated(it: Interpreter, node: cst.AnnAssign, scope: Scope) -> None:
    if node.value is not None:
        store(it, node.target, it.evaluate(node.value, scope), scope)


def _augmented(it: Interpreter, node: cst.AugAssign, scope: Scope) -> None:
    value = it.augmented(node, scope)
    store(it, node.target, value, scope)


def store(it: Interpreter, target: cst.BaseExpression, value: Value, scope: Scope) -> None:
    """Assign to a name, an attribute, an item, or a tuple of them."""
    match target:
        case cst.Name(value=name):
            home = scope.module if name in scope.declared_global else scope
            home.names[name] = value
            home.imported.discard(name)
        case cst.Attribute(value=owner, attr=cst.Name(value=name)):
            receiver = it.evaluate(owner, scope)
            if isinstance(receiver, Instance):
                keep(receiver, name, value)
        case cst.Subscript(value=owner):
            _store_item(it, it.evaluate(owner, scope), target, value, scope)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            _unpack(it, elements, value, scope)


def _store_item(
    it: Interpreter, owner: Value, target: cst.Subscript, value: Value, scope: Scope
) -> None:
    index = target.slice[0].slice
    key = it.evaluate(index.value, scope) if isinstance(index, cst.Index) else UNKNOWN_VALUE
    constant = known(key.term) if isinstance(key, Const) and is_known(key.term) else None
    match owner, constant:
        case Dict(items=entries), str() | int():
            entries[constant] = value
        case Sequence(items=items), int(place) if -len(items) <= place < len(items):
            items[place] = value


def _unpack(
    it: Interpreter, elements: Elements[cst.BaseElement], value: Value, scope: Scope
) -> None:
    items: list[Value] | None = None
    if isinstance(value, TensorShape) and not any(
        isinstance(e, cst.StarredElement) for e in elements
    ):
        items = _sizes(it, elements, value.tensor, scope)
    if isinstance(value, Sequence) and len(value.items) == len(elements):
        items = list(value.items)
    starred = any(isinstance(e, cst.StarredElement) for e in elements)
    for i, element in enumerate(elements):
        part = items[i] if items is not None and not starred else UNKNOWN_VALUE
        if items is None and isinstance(value, Tensor | Collated):
            part = type(value)()
        store(it, element.value, part, scope)


def _sizes(
    it: Interpreter, elements: Elements[cst.BaseElement], tensor: Tensor, scope: Scope
) -> list[Value] | None:
    """`b, h, w, c = x.shape`: so many sizes, and so many dimensions has the tensor from here on."""
    fresh = it.dims_at(elements[0], len(elements))
    shape = fresh if tensor.shape is None else tensor.shape
    if len(shape) != len(elements):
        return None
    if tensor.shape is None and tensor.order is None:
        narrow(scope, tensor, replace(tensor, shape=shape))
    return [Const(new if d is None else d) for d, new in zip(shape, fresh, strict=True)]


def _function(it: Interpreter, node: cst.FunctionDef, scope: Scope) -> None:
    it.facts.functions.append(function := Function(node, scope))
    for decorator in node.decorators:
        it.evaluate(decorator.decorator, scope)
    for parameter in named_parameters(node.params):
        if parameter.default is not None:
            it.evaluate(parameter.default, scope)
        if parameter.annotation is not None:
            it.evaluate(parameter.annotation.annotation, scope)
    if node.returns is not None:
        it.evaluate(node.returns.annotation, scope)
    scope.names[node.name.value] = function


def _class(it: Interpreter, node: cst.ClassDef, scope: Scope) -> None:
    bases = tuple(it.evaluate(arg.value, scope) for arg in node.bases)
    body = Scope("class", scope)
    cls = Class(node, bases, body, scope)
    it.execute(node.body, body)
    for value in body.names.values():
        if isinstance(value, Function) and value.scope is body:
            value.owner = cls
    it.facts.classes.append(cls)
    scope.names[node.name.value] = cls


def _return(it: Interpreter, node: cst.Return, scope: Scope) -> bool:
    if it.stack and node.value is not None:
        value, frame = it.evaluate(node.value, scope), it.stack[-1]
        frame.returns.append((node.value, value))
        if frame.result is not None:
            give_alike(it, node.value, value, frame.result)
    return False


def _stop(it: Interpreter, node: cst.CSTNode, scope: Scope) -> bool:
    return False


def _if(it: Interpreter, node: cst.If, scope: Scope) -> bool:
    test = truth_of(it, it.evaluate(node.test, scope))
    if test is not None and node not in it.doubted:
        branches = set_aside(it, node, test, scope)
        falls = taken(it, node, scope) if test else _orelse(it, node.orelse, scope)
        for branch in branches if falls else ():
            branch.end = dict(scope.names), dict(scope.places)
        return falls
    before, places = dict(scope.names), dict(scope.places)
    kept = holding(scope)
    with in_doubt(it):
        falls_one = it.execute(node.body, scope)
        one, places_one = dict(scope.names), scope.places
        first = holding(scope)
        put_back(kept)
        scope.names.clear()
        scope.names.update(before)
        scope.places = dict(places)
        falls_two = _orelse(it, node.orelse, scope)
    if falls_one:
        agree_on_attributes(kept, first, holding(scope) if falls_two else kept)
    if falls_one and falls_two:
        agree_on_orders(it, (one, places_one), (scope.names, scope.places), places)
        two = dict(scope.names)
        join_scopes(scope, one, two)
        scope.names.update(layers_chosen(one, two))
    elif falls_one:
        scope.names.clear()
        scope.names.update(one)
    tear_held(kept, first, holding(scope))
    return falls_one or falls_two


def _orelse(it: Interpreter, orelse: cst.If | cst.Else | None, scope: Scope) -> bool:
    if orelse is None:
        return True
    return _if(it, orelse, scope) if isinstance(orelse, cst.If) else it.execute(orelse.body, scope)


def truth_of(it: Interpreter, value: Value) -> bool | None:
    """Python's truth of a value, None where it is not known."""
    if isinstance(value, Const):
        return bool(known(value.term)) if is_known(value.term) else None
    if isinstance(value, Sequence):
        return True if value.items else (None if value.open else False)
    if isinstance(value, Dict):
        return bool(value.items) or None
    if isinstance(value, Unknown | Tensor | Collated | Method):
        return None
    return True


def _for(it: Interpreter, node: cst.For, scope: Scope) -> bool:
    iterable = iterated(it.evaluate(node.iter, scope))
    if in_general(it):
        _any_turns(it, node, iterable, scope)
        return True
    items = list(iterable.items) if isinstance(iterable, Sequence) and not iterable.open else None
    with it.unrolling(1 if items is None else len(items)) as allowed:
        if items is not None and allowed:
            for item in items:
                before, places = dict(scope.names), dict(scope.places)
                store(it, node.target, item, scope)
                it.execute(node.body, scope)
                keep_orders(it, (before, places), scope)
        else:
            is_open = isinstance(iterable, Sequence) and iterable.open
            some = iterable.items if is_open and isinstance(iterable, Sequence) else []
            for one in some or [item_of(it, iterable, node.target)]:
                _some_times(it, node.body, scope, partial(store, it, node.target, one, scope))
    if node.orelse is not None:
        it.execute(node.orelse.body, scope)
    return True


def _any_turns(it: Interpreter, node: cst.For, iterable: Value, scope: Scope) -> None:
    """A loop whose turns are one and the same code: sizes that change in it are symbols."""
    one = item_of(it, iterable, node.target)
    first, noted = dict(scope.names), dict(it.facts.values)
    with in_doubt(it, scope):
        for _ in range(2):
            # The first time only finds out which sizes change.
            it.facts.values.clear()
            it.facts.values.update(noted)
            before, places = dict(scope.names), dict(scope.places)
            store(it, node.target, one, scope)
            for name in target_names(node.target):
                if is_plain(one) or scope.names.get(name) is UNKNOWN_VALUE:
                    scope.names[name] = Const(Symbol.parse(name))
            it.execute(node.body, scope)
            keep_orders(it, (before, places), scope)
            after = dict(scope.names)
            join_scopes(scope, before, after)
            settle(it, node, scope, first, after)
    if node.orelse is not None:
        it.execute(node.orelse.body, scope)


def item_of(it: Interpreter, iterable: Value, target: cst.BaseExpression) -> Value:
    """What stands for one item of an iterable whose items are not known one by one."""
    if isinstance(iterable, Sequence) and iterable.items:
        tensor = one_of(iterable.items)
        return iterable.items[0] if tensor is UNKNOWN_VALUE else tensor
    if isinstance(target, cst.Name):
        return Const(Symbol.parse(target.value))
    return UNKNOWN_VALUE


def _some_times(
    it: Interpreter, body: cst.BaseSuite, scope: Scope, bind: Callable[[], None]
) -> None:
    """A loop that may run any number of times: names settle in two passes."""
    with in_doubt(it, scope):
        for _ in range(2):
            before, places = dict(scope.names), dict(scope.places)
            bind()
            it.execute(body, scope)
            keep_orders(it, (before, places), scope)
            join_scopes(scope, before, dict(scope.names))


def _while(it: Interpreter, node: cst.While, scope: Scope) -> bool:
    it.evaluate(node.test, scope)
    _some_times(it, node.body, scope, lambda: None)
    return True


def _with(it: Interpreter, node: cst.With, scope: Scope) -> bool:
    for item in node.items:
        value = it.evaluate(item.item, scope)
        if item.asname is not None:
            opened = value if isinstance(value, Object) else UNKNOWN_VALUE
            store(it, item.asname.name, opened, scope)
    return it.execute(node.body, scope)


def _try(it: Interpreter, node: cst.Try, scope: Scope) -> bool:
    falls = it.execute(node.body, scope)
    after = dict(scope.names)
    for handler in node.handlers:
        it.execute(handler.body, scope)
    tear_names(after, scope.names)
    join_scopes(scope, after, dict(scope.names))
    scope.names.update(after)
    if node.orelse is not None:
        falls = it.execute(node.orelse.body, scope)
    if node.finalbody is not None:
        it.execute(node.finalbody.body, scope)
    return falls or bool(node.handlers)


def _delete(it: Interpreter, node: cst.Del, scope: Scope) -> None:
    if isinstance(node.target, cst.Name):
        scope.names.pop(node.target.value, None)


def _global(it: Interpreter, node: cst.Global, scope: Scope) -> None:
    scope.declared_global.update(dotted(item.name) or "" for item in node.names)


HANDLERS: dict[type[cst.CSTNode], Callable[..., bool | None]] = {
    cst.Expr: _expression,
    cst.Import: _import,
    cst.ImportFrom: _import,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.Return: _return,
    cst.Raise: _stop,
    cst.Continue: _stop,
    cst.Break: _stop,
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
    cst.Del: _delete,
    cst.Global: _global,
}
