"""The small language that rules are written in: Python expressions over a whitelisted grammar.

Nothing here calls `eval`. A name is looked up in the environment that the caller gives, a call
may only name a function of `porter.rulebook.functions`, and every operation on something
unknown is unknown. Conditions are three-valued: True, False or UNKNOWN.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from porter.rulebook.functions import FUNCTIONS
from porter.rulebook.terms import (
    UNKNOWN,
    Named,
    OpenShape,
    Size,
    Symbol,
    Term,
    arithmetic,
    is_known,
    is_size,
    known,
    to_ast,
)

Environment = Mapping[str, Term]


@dataclass(frozen=True)
class Tensor:
    """What a formula may ask of a tensor: `x.shape`, `x.rank`, `x.dtype`.

    `shape` is None where the rank is not known; `tail` may then say the last sizes.
    """

    shape: tuple[Term, ...] | None = None
    dtype: str | None = None
    tail: tuple[Term, ...] = ()

    def field(self, name: str) -> Term:
        if name == "shape":
            return OpenShape(self.tail) if self.shape is None else self.shape
        if name == "rank":
            return UNKNOWN if self.shape is None else len(self.shape)
        if name == "dtype":
            return UNKNOWN if self.dtype is None else self.dtype
        return UNKNOWN


@dataclass(frozen=True)
class Record:
    """An object given as an argument, as a formula sees it: `layer.api`, `layer.units`."""

    api: str
    fields: Environment

    def field(self, name: str) -> Term:
        return self.api if name == "api" else self.fields.get(name, UNKNOWN)


class ExpressionError(ValueError):
    """A rule's expression is outside the grammar."""


@dataclass(frozen=True)
class Expression:
    """A parsed formula of a rule."""

    text: str

    @cached_property
    def node(self) -> ast.expr:
        try:
            node = ast.parse(self.text.strip(), mode="eval").body
        except SyntaxError as error:
            raise ExpressionError(f"{self.text!r} is not an expression") from error
        return node

    @cached_property
    def parts(self) -> tuple[ast.AST, ...]:
        """The node and all below it."""
        return tuple(ast.walk(self.node))

    @cached_property
    def names(self) -> frozenset[str]:
        called = set(map(id, self._callees))
        names = (n for n in self.parts if isinstance(n, ast.Name))
        return frozenset(n.id for n in names if id(n) not in called)

    @cached_property
    def called(self) -> frozenset[str]:
        """The names that are called: rule functions, and in templates what the call was given."""
        return frozenset(n.id for n in self._callees)

    @property
    def _callees(self) -> list[ast.Name]:
        calls = (n.func for n in self.parts if isinstance(n, ast.Call))
        return [function for function in calls if isinstance(function, ast.Name)]

    @cached_property
    def reads_shape(self) -> bool:
        """Whether it depends on sizes, which may not be known."""
        return any(isinstance(n, ast.Attribute) and n.attr == "shape" for n in self.parts)

    def evaluate(self, env: Environment) -> Term:
        return evaluate(self.node, env)

    def check(self) -> None:
        """Raise ExpressionError unless every node is in the grammar."""
        for node in ast.walk(self.node):
            if not isinstance(node, _GRAMMAR):
                raise ExpressionError(f"{type(node).__name__} is not allowed in {self.text!r}")
            if isinstance(node, ast.Call):
                function = node.func
                if not isinstance(function, ast.Name) or function.id not in FUNCTIONS:
                    raise ExpressionError(f"{ast.unparse(function)!r} is not a rule function")


_GRAMMAR = (
    ast.Constant, ast.Name, ast.Load, ast.Tuple, ast.List, ast.UnaryOp, ast.BinOp, ast.BoolOp,
    ast.Compare, ast.IfExp, ast.Subscript, ast.Slice, ast.Attribute, ast.Call, ast.keyword,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Starred,
)  # fmt: skip


def evaluate(node: ast.expr, env: Environment) -> Term:
    """The value of a formula; UNKNOWN where it rests on something that is not known."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return env.get(name, UNKNOWN)
        case ast.Tuple() | ast.List():
            return _sequence(node, env)
        case ast.UnaryOp(op=op, operand=operand):
            return _unary(op, evaluate(operand, env))
        case ast.BinOp(left=left, op=op, right=right):
            return binary(op, evaluate(left, env), evaluate(right, env))
        case ast.BoolOp(op=op, values=values):
            return _boolean(op, values, env)
        case ast.Compare():
            return _comparison(node, env)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            chosen = truth(evaluate(test, env))
            return UNKNOWN if chosen is None else evaluate(body if chosen else orelse, env)
        case ast.Subscript(value=value, slice=index):
            return _subscript(evaluate(value, env), index, env)
        case ast.Attribute(value=value, attr=attr):
            return _attribute(evaluate(value, env), attr)
        case ast.Call(func=ast.Name(id=name), args=args):
            given = _items(args, env)
            return UNKNOWN if given is None else _call(FUNCTIONS.get(name), given)
    # A rule's formulas are checked as they are read; templates may say more than this knows.
    return UNKNOWN


def _sequence(node: ast.Tuple | ast.List, env: Environment) -> Term:
    found = _items(node.elts, env)
    if found is None:
        return _open(node, env)
    return tuple(found) if isinstance(node, ast.Tuple) else found


def _open(node: ast.Tuple | ast.List, env: Environment) -> Term:
    """`[*x.shape[:-1], n]` where only the last sizes of x are known."""
    first, *rest = node.elts
    begin = evaluate(first.value, env) if isinstance(first, ast.Starred) else UNKNOWN
    end = _items(rest, env)
    if not isinstance(begin, OpenShape) or end is None:
        return UNKNOWN
    return OpenShape((*begin.tail, *end))


def substituted(symbol: Symbol, values: Environment) -> Term:
    """A symbol's expression with some of its names known."""
    env = {name: Symbol.of(ast.Name(name)) for name in symbol.names}
    try:
        return evaluate(symbol.node, {**env, **values})
    except ExpressionError:
        return UNKNOWN


def truth(term: Term) -> bool | None:
    """A condition's truth, None where it is not known."""
    return bool(known(term)) if is_known(term) else None


_WHOLE = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
_OPERANDS = (Symbol, int, float, str, tuple, list)


def binary(op: ast.operator, left: Term, right: Term) -> Term:
    """Arithmetic; on symbols it composes the text that an author would write."""
    if not isinstance(left, _OPERANDS) or not isinstance(right, _OPERANDS):
        return UNKNOWN
    if not isinstance(left, Symbol) and not isinstance(right, Symbol):
        return arithmetic(op, left, right)
    if is_known(left) and is_known(right):
        value = arithmetic(op, known(left), known(right))
        if value is UNKNOWN:
            return UNKNOWN
        composed = ast.BinOp(left=to_ast(left), op=op, right=to_ast(right))
        return Named(ast.unparse(composed), composed, value)
    simple = _identity(op, left, right)
    if simple is not None:
        return simple
    whole = is_size(left) and is_size(right) and isinstance(op, _WHOLE)
    return (Size if whole else Symbol).of(ast.BinOp(to_ast(left), op, to_ast(right)))


def _identity(op: ast.operator, left: Term, right: Term) -> Term | None:
    if isinstance(op, ast.Add) and left == 0:
        return right
    if isinstance(op, ast.Add | ast.Sub) and right == 0:
        return left
    if isinstance(op, ast.Mult) and left == 1:
        return right
    if isinstance(op, ast.Mult | ast.FloorDiv) and right == 1:
        return left
    return None


def _items(items: list[ast.expr], env: Environment) -> list[Term] | None:
    """Items with starred ones spread; None where how many they are is not known."""
    found: list[Term] = []
    for item in items:
        if not isinstance(item, ast.Starred):
            found.append(evaluate(item, env))
            continue
        value = evaluate(item.value, env)
        value = value.value if isinstance(value, Named) else value
        if not isinstance(value, tuple | list):
            return None
        found.extend(value)
    return found


def _unary(op: ast.unaryop, operand: Term) -> Term:
    if isinstance(op, ast.Not):
        value = truth(operand)
        return UNKNOWN if value is None else not value
    if isinstance(op, ast.USub):
        return (
            binary(ast.Sub(), 0, operand)
            if not isinstance(operand, Symbol)
            else Symbol.of(ast.UnaryOp(op, to_ast(operand)))
        )
    return UNKNOWN


def _boolean(op: ast.boolop, values: list[ast.expr], env: Environment) -> Term:
    decisive = isinstance(op, ast.Or)
    result: Term = not decisive
    for value in values:
        term = truth(evaluate(value, env))
        if term is decisive:
            return decisive
        if term is None:
            result = UNKNOWN
    return result


def _comparison(node: ast.Compare, env: Environment) -> Term:
    left = evaluate(node.left, env)
    result: Term = True
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(right_node, env)
        held = _compare(op, left, right)
        if held is False:
            return False
        if held is None:
            result = UNKNOWN
        left = right
    return result


def _compare(op: ast.cmpop, left: Term, right: Term) -> bool | None:
    if isinstance(op, ast.In | ast.NotIn):
        if not isinstance(right, tuple | list):
            return None
        hits = [_compare(ast.Eq(), left, item) for item in right]
        found = True if True in hits else (None if None in hits else False)
        return found if isinstance(op, ast.In) or found is None else not found
    if isinstance(left, Symbol) and isinstance(right, Symbol) and left.text == right.text:
        return isinstance(op, ast.Eq | ast.LtE | ast.GtE | ast.Is)
    if isinstance(left, Tensor | Record) or isinstance(right, Tensor | Record):
        return isinstance(op, ast.IsNot) if isinstance(op, ast.Is | ast.IsNot) else None
    if isinstance(op, ast.Is | ast.IsNot) and _is_none(left, right):
        return isinstance(op, ast.IsNot)
    if not is_known(left) or not is_known(right):
        return None
    try:
        return _OPERATORS[type(op)](known(left), known(right))
    except TypeError:
        return None


def _is_none(left: Term, right: Term) -> bool:
    """Whether a whole number is asked whether it is None."""
    return (isinstance(left, Size) and right is None) or (isinstance(right, Size) and left is None)


def _same(left: object, right: object) -> bool:
    if isinstance(left, list):
        left = tuple(left)
    if isinstance(right, list):
        right = tuple(right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return left == right


_OPERATORS: Mapping[type[ast.cmpop], Callable[..., bool]] = {
    ast.Eq: _same,
    ast.NotEq: lambda a, b: not _same(a, b),
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}


def _subscript(value: Term, index: ast.expr, env: Environment) -> Term:
    value = known(value) if isinstance(value, Named) else value
    if not isinstance(value, tuple | list | str | OpenShape):
        return UNKNOWN
    if isinstance(index, ast.Slice):
        bounds: list[int | None] = []
        for part in (index.lower, index.upper, index.step):
            bound = None if part is None else known(evaluate(part, env))
            if bound is not None and not isinstance(bound, int):
                return UNKNOWN
            bounds.append(bound)
        return value.part(*bounds) if isinstance(value, OpenShape) else value[slice(*bounds)]
    position = known(evaluate(index, env))
    if isinstance(value, OpenShape):
        return value.at(position) if isinstance(position, int) else UNKNOWN
    if not isinstance(position, int) or not -len(value) <= position < len(value):
        return UNKNOWN
    return value[position]


def _attribute(value: Term, attr: str) -> Term:
    if isinstance(value, Tensor | Record):
        return value.field(attr)
    return UNKNOWN


def _call(function: Callable[..., Term] | None, args: list[Term]) -> Term:
    if function is None:
        return UNKNOWN
    try:
        return function(*args)
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return UNKNOWN
