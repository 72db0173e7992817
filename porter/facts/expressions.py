"""Evaluating expressions on abstract values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import structures
from porter.facts.aliases import note_change
from porter.facts.apply import evaluate_call
from porter.facts.chosen import beside, either
from porter.facts.join import join
from porter.facts.loaders import as_tensor, iterated, used_as
from porter.facts.members import item, member
from porter.facts.names import dotted, of_foreign
from porter.facts.places import below
from porter.facts.propagate import follow
from porter.facts.statements import item_of, store, truth_of
from porter.facts.terms import dtype_of, named, symbol_for, term_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Api,
    Bound,
    Class,
    Collated,
    Const,
    Dict,
    Foreign,
    Function,
    Instance,
    Method,
    Object,
    Scope,
    Sequence,
    Super,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from porter.rulebook import UNKNOWN, binary, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def unknown(it: Interpreter, node: cst.CSTNode, scope: Scope) -> Value:
    """An expression outside what is interpreted: its parts still are."""
    for child in below(node):
        if isinstance(child, cst.BaseExpression):
            it.evaluate(child, scope)
    return UNKNOWN_VALUE


def _number(it: Interpreter, node: cst.Integer | cst.Float, scope: Scope) -> Value:
    return Const(ast.literal_eval(node.value))


def _string(it: Interpreter, node: cst.SimpleString, scope: Scope) -> Value:
    value = node.evaluated_value
    return Const(value) if isinstance(value, str) else UNKNOWN_VALUE


def _joined_string(it: Interpreter, node: cst.FormattedString, scope: Scope) -> Value:
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            it.evaluate(part.expression, scope)
    return UNKNOWN_VALUE


CONSTANTS = {"True": True, "False": False, "None": None}


def _name(it: Interpreter, node: cst.Name, scope: Scope) -> Value:
    if node.value in CONSTANTS:
        return Const(CONSTANTS[node.value])
    found = scope.find(node.value)
    if found is None:
        for module in scope.module.stars:
            api = f"{module}.{node.value}"
            canonical = it.rulebook.canonical(api)
            if canonical in structures.HANDLERS or it.rulebook.knows(canonical):
                it.facts.apis[node] = api
                return Api(api)
        return UNKNOWN_VALUE
    if isinstance(found, Api) and scope.imports(node.value):
        it.facts.apis[node] = found.name
    return named(found, node.value) if isinstance(found, Const) else found


def _attribute(it: Interpreter, node: cst.Attribute, scope: Scope) -> Value:
    owner = it.evaluate(node.value, scope)
    name = node.attr.value
    if isinstance(owner, Collated):
        owner = it.facts.values[node.value] = used_as(it, owner, name, scope)
    match owner:
        case Api(name=module):
            if node.value in it.facts.apis:
                it.facts.apis[node] = f"{module}.{name}"
            return Api(f"{module}.{name}")
        case Instance():
            return _of_instance(owner, owner, name, node)
        case Super(cls=cls, instance=instance):
            for base in cls.bases:
                found = base.lookup(name) if isinstance(base, Class) else None
                if isinstance(found, Function):
                    return Bound(found, instance)
            return Method(instance, name)
        case Class():
            return owner.lookup(name) or UNKNOWN_VALUE
        case Foreign():
            return of_foreign(owner, name)
        case Tensor() | TensorShape() | Object() | Sequence() | Dict():
            return member(it, owner, name, node, scope)
        case Const() if name == "dtype" and not is_known(owner.term):
            # Whatever has one: a tensor, or what TensorFlow makes one of.
            return dtype_of(it, node)
    return UNKNOWN_VALUE


def _of_instance(owner: Instance, instance: Value, name: str, node: cst.Attribute) -> Value:
    if name in owner.attributes:
        found = owner.attributes[name]
        text = dotted(node)
        return named(found, text) if isinstance(found, Const) and text else found
    found_in_class = owner.cls.lookup(name)
    if isinstance(found_in_class, Function):
        if any(dotted(d.decorator) == "staticmethod" for d in _decorators(found_in_class)):
            return found_in_class
        return Bound(found_in_class, instance)
    if found_in_class is not None:
        return found_in_class
    return Method(owner, name)


def _decorators(function: Function) -> tuple[cst.Decorator, ...]:
    node = function.node
    return tuple(node.decorators) if isinstance(node, cst.FunctionDef) else ()


def _sequence(it: Interpreter, node: cst.Tuple | cst.List, scope: Scope) -> Value:
    items: list[Value] = []
    is_open = False
    for element in node.elements:
        value = it.evaluate(element.value, scope)
        if not isinstance(element, cst.StarredElement):
            items.append(value)
        elif isinstance(value, Sequence):
            items += value.items
            is_open = is_open or value.open
        else:
            is_open = True
    return Sequence("tuple" if isinstance(node, cst.Tuple) else "list", items, is_open)


def _dict(it: Interpreter, node: cst.Dict, scope: Scope) -> Value:
    items: dict[object, Value] = {}
    for element in node.elements:
        value = it.evaluate(element.value, scope)
        if isinstance(element, cst.DictElement):
            key = it.evaluate(element.key, scope)
            if isinstance(key, Const) and is_known(key.term):
                items[known(key.term)] = value
    return Dict(items)


OPERATORS: dict[type[cst.CSTNode], ast.operator] = {
    cst.Add: ast.Add(),
    cst.Subtract: ast.Sub(),
    cst.Multiply: ast.Mult(),
    cst.Divide: ast.Div(),
    cst.FloorDivide: ast.FloorDiv(),
    cst.Modulo: ast.Mod(),
    cst.Power: ast.Pow(),
    cst.AddAssign: ast.Add(),
    cst.SubtractAssign: ast.Sub(),
    cst.MultiplyAssign: ast.Mult(),
    cst.DivideAssign: ast.Div(),
    cst.FloorDivideAssign: ast.FloorDiv(),
}


def _binary(it: Interpreter, node: cst.BinaryOperation, scope: Scope) -> Value:
    left = it.evaluate(node.left, scope)
    right = it.evaluate(node.right, scope)
    return operate(it, node, type(node.operator), (node.left, left), (node.right, right))


def augmented(it: Interpreter, node: cst.AugAssign, scope: Scope) -> Value:
    """The value that `target op= value` leaves in the target."""
    left = it.evaluate(node.target, scope)
    right = it.evaluate(node.value, scope)
    if isinstance(left, Tensor) or (isinstance(right, Tensor) and not _is_number(left)):
        note_change(it, node, node.target, scope)
    return operate(it, node, type(node.operator), (node.target, left), (node.value, right))


def _is_number(value: Value) -> bool:
    return isinstance(value, Const) and is_known(value.term)


def operate(
    it: Interpreter,
    node: cst.CSTNode,
    operator: type[cst.CSTNode],
    left: tuple[cst.BaseExpression, Value],
    right: tuple[cst.BaseExpression, Value],
) -> Value:
    """The value of a binary operator."""
    if isinstance(left[1], Tensor) or isinstance(right[1], Tensor):
        left, right = (left[0], as_tensor(left[1])), (right[0], as_tensor(right[1]))
    if isinstance(left[1], Tensor) or isinstance(right[1], Tensor):
        divided = operator in (cst.Divide, cst.DivideAssign)
        elementwise = operator not in (cst.MatrixMultiply, cst.MatrixMultiplyAssign)
        return follow(it, node, [left, right], elementwise, divided)
    op = OPERATORS.get(operator)
    added = operator in (cst.Add, cst.AddAssign)
    if isinstance(left[1], Sequence) and isinstance(right[1], Sequence) and added:
        one, two = left[1], right[1]
        return Sequence(one.kind, one.items + two.items, one.open or two.open)
    if isinstance(left[1], Sequence) and isinstance(right[1], Const) and operator is cst.Multiply:
        times = known(right[1].term) if is_known(right[1].term) else None
        if isinstance(times, int) and times <= 256:
            return Sequence(left[1].kind, left[1].items * times, left[1].open)
    if op is None or isinstance(left[1], Sequence) or isinstance(right[1], Sequence):
        return UNKNOWN_VALUE
    term = binary(op, term_of(it, *left), term_of(it, *right))
    return UNKNOWN_VALUE if term is UNKNOWN else Const(term)


def _unary(it: Interpreter, node: cst.UnaryOperation, scope: Scope) -> Value:
    value = it.evaluate(node.expression, scope)
    if isinstance(node.operator, cst.Not):
        truth = truth_of(it, value)
        return UNKNOWN_VALUE if truth is None else Const(not truth)
    if isinstance(value, Tensor):
        return replace(value, producer=None)
    if isinstance(value, Const) and isinstance(node.operator, cst.Minus):
        number = known(value.term)
        if is_known(value.term) and isinstance(number, int | float):
            return Const(-number)
        return Const(symbol_for(it, node))
    return value if isinstance(node.operator, cst.Plus) else UNKNOWN_VALUE


COMPARISONS: dict[type[cst.CSTNode], Callable[[object, object], bool]] = {
    cst.Equal: lambda a, b: a == b,
    cst.NotEqual: lambda a, b: a != b,
    cst.LessThan: lambda a, b: a < b,  # type: ignore[operator]
    cst.LessThanEqual: lambda a, b: a <= b,  # type: ignore[operator]
    cst.GreaterThan: lambda a, b: a > b,  # type: ignore[operator]
    cst.GreaterThanEqual: lambda a, b: a >= b,  # type: ignore[operator]
    cst.In: lambda a, b: a in b,  # type: ignore[operator]
    cst.NotIn: lambda a, b: a not in b,  # type: ignore[operator]
}


def _comparison(it: Interpreter, node: cst.Comparison, scope: Scope) -> Value:
    left = it.evaluate(node.left, scope)
    values = [it.evaluate(c.comparator, scope) for c in node.comparisons]
    if isinstance(left, Tensor) or any(isinstance(v, Tensor) for v in values):
        pairs = [
            (node.left, left),
            *((c.comparator, v) for c, v in zip(node.comparisons, values, strict=True)),
        ]
        return _truth(follow(it, node, pairs, elementwise=True))
    if len(values) != 1 or _may_be_none(it, node.left):
        return UNKNOWN_VALUE
    return _compared(it, type(node.comparisons[0].operator), left, values[0])


def _truth(value: Value) -> Value:
    return replace(value, dtype="bool", held=None) if isinstance(value, Tensor) else value


def _may_be_none(it: Interpreter, node: cst.BaseExpression) -> bool:
    """Whether an attribute holds a layer in some runs only."""
    if not isinstance(node, cst.Attribute):
        return False
    owner = it.facts.values.get(node.value)
    return isinstance(owner, Instance) and node.attr.value in owner.unsettled


def _compared(it: Interpreter, operator: type[cst.CSTNode], left: Value, right: Value) -> Value:
    if operator in (cst.Is, cst.IsNot):
        if isinstance(right, Const) and right.term is None and not isinstance(left, Unknown):
            if isinstance(left, Const) and not is_known(left.term):
                return UNKNOWN_VALUE
            none = isinstance(left, Const) and left.term is None
            return Const(none is (operator is cst.Is))
        return UNKNOWN_VALUE
    a, b = _plain(it, left), _plain(it, right)
    compare = COMPARISONS.get(operator)
    if compare is None or a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN_VALUE
    try:
        return Const(compare(a, b))
    except TypeError:
        return UNKNOWN_VALUE


def _plain(it: Interpreter, value: Value) -> object:
    if isinstance(value, Const):
        return known(value.term) if is_known(value.term) else UNKNOWN
    if isinstance(value, Sequence) and not value.open:
        items = [_plain(it, item) for item in value.items]
        if any(item is UNKNOWN for item in items):
            return UNKNOWN
        return tuple(items) if value.kind == "tuple" else items
    return UNKNOWN


def _boolean(it: Interpreter, node: cst.BooleanOperation, scope: Scope) -> Value:
    left = it.evaluate(node.left, scope)
    right = it.evaluate(node.right, scope)
    decisive = isinstance(node.operator, cst.Or)
    truth = truth_of(it, left)
    if truth is None:
        return join(left, right) if isinstance(left, Tensor | Object) else UNKNOWN_VALUE
    return left if truth is decisive else right


def _conditional(it: Interpreter, node: cst.IfExp, scope: Scope) -> Value:
    truth = truth_of(it, it.evaluate(node.test, scope))
    body = it.evaluate(node.body, scope)
    orelse = it.evaluate(node.orelse, scope)
    body, orelse = beside(it, node.body, body, orelse), beside(it, node.orelse, orelse, body)
    if truth is None:
        return either(it, node, body, orelse)
    return body if truth else orelse


def _subscript(it: Interpreter, node: cst.Subscript, scope: Scope) -> Value:
    owner = it.evaluate(node.value, scope)
    parts = [p for e in node.slice for p in e.slice.children if isinstance(p, cst.BaseExpression)]
    given = [it.evaluate(part, scope) for part in parts]
    alone = len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index)
    found = item(it, owner, node, given[0] if alone else None)
    if isinstance(found, Const) and isinstance(owner, Sequence | Dict) and is_known(found.term):
        # A number of a list is worth its place: another list may be given.
        return named(found, it.facts.module.code_for_node(node))
    return found


def _comprehension(it: Interpreter, node: cst.ListComp | cst.GeneratorExp, scope: Scope) -> Value:
    inner = Scope("function", scope)
    clause = node.for_in
    iterable = iterated(it.evaluate(clause.iter, scope))
    simple = not clause.ifs and clause.inner_for_in is None
    if simple and isinstance(iterable, Sequence) and not iterable.open:
        with it.unrolling(len(iterable.items)) as allowed:
            if allowed:
                items = []
                for item in list(iterable.items):
                    store(it, clause.target, item, inner)
                    items.append(it.evaluate(node.elt, inner))
                return Sequence("list", items)
    store(it, clause.target, item_of(it, iterable, clause.target), inner)
    return Sequence("list", [it.evaluate(node.elt, inner)], open=True)


def _lambda(it: Interpreter, node: cst.Lambda, scope: Scope) -> Value:
    function = Function(node, scope)
    it.facts.functions.append(function)
    return function


HANDLERS: dict[type[cst.CSTNode], Callable[..., Value]] = {
    cst.Integer: _number,
    cst.Float: _number,
    cst.SimpleString: _string,
    cst.FormattedString: _joined_string,
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Tuple: _sequence,
    cst.List: _sequence,
    cst.Dict: _dict,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.Comparison: _comparison,
    cst.BooleanOperation: _boolean,
    cst.IfExp: _conditional,
    cst.Subscript: _subscript,
    cst.Call: evaluate_call,
    cst.ListComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.Lambda: _lambda,
}
