"""Between values and the terms that rules reckon with."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.places import below, displayed
from porter.facts.values import (
    UNKNOWN_VALUE,
    Api,
    Const,
    Foreign,
    Kept,
    Object,
    Sequence,
    Shape,
    Tensor,
    TensorShape,
    Value,
)
from porter.rulebook import (
    UNKNOWN,
    Dtype,
    Named,
    OpenShape,
    Record,
    Size,
    Symbol,
    Term,
    is_known,
    known,
    to_ast,
)
from porter.rulebook import Tensor as TensorTerm

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter
    from porter.facts.values import Scope


def named(value: Const, text: str) -> Const:
    """A constant as the author calls it; only numbers are worth a name."""
    term = value.term
    if isinstance(term, Symbol) and not isinstance(term, Named):
        kind = type(term) if isinstance(term, Size | Dtype) else Symbol
        return value if term.text.startswith("?") else Const(kind.parse(text))
    plain = known(term)
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return Const(plain)
    symbol = Symbol.parse(text)
    return Const(Named(symbol.text, symbol.node, plain))


def symbol_for(it: Interpreter, node: cst.BaseExpression) -> Term:
    """A symbol with the source text of an expression; UNKNOWN where that is no expression.

    Text that uses the framework cannot be written into the output: such a symbol stands only
    for itself.
    """
    if node not in it.symbols:
        it.symbols[node] = _symbol(it, node)
    return it.symbols[node]


def dtype_of(it: Interpreter, node: cst.BaseExpression) -> Const:
    """`x.dtype`, as a symbol."""
    term = symbol_for(it, node)
    return Const(Dtype.of(term.node) if isinstance(term, Symbol) else term)


def size_for(it: Interpreter, node: cst.BaseExpression) -> Term:
    """A symbol as above for an expression that gives a whole number."""
    term = symbol_for(it, node)
    return Size.of(term.node) if isinstance(term, Symbol) else term


def _symbol(it: Interpreter, node: cst.BaseExpression) -> Term:
    code = it.facts.module.code_for_node(node)
    if _uses_framework(it, node):
        return _composed(it, node) or Symbol.of(ast.Name("?" + code))
    try:
        return Symbol.parse(code)
    except SyntaxError:
        return UNKNOWN


def _composed(it: Interpreter, node: cst.BaseExpression) -> Symbol | None:
    """`int(x.shape[1] * rate)` with the size as a symbol, where only sizes stand in its way."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name):
        return None
    values = [it.facts.values.get(arg.value) for arg in node.args]
    terms = [value.term for value in values if isinstance(value, Const)]
    if len(terms) < len(node.args) or any(arg.keyword or arg.star for arg in node.args):
        return None
    if any(name.startswith("?") and not name[1:].isdigit() for t in terms for name in _names(t)):
        return None
    function = ast.Name(node.func.value)
    return Symbol.of(ast.Call(function, [to_ast(term) for term in terms], []))


def _names(term: Term) -> frozenset[str]:
    return term.names if isinstance(term, Symbol) else frozenset()


def _uses_framework(it: Interpreter, node: cst.CSTNode) -> bool:
    stack = [node]
    while stack:
        each = stack.pop()
        if each in it.facts.calls or each in it.facts.apis or each in it.facts.applications:
            return True
        if isinstance(it.facts.values.get(each), Tensor | TensorShape):
            return True
        stack.extend(below(each))
    return False


def term_of(it: Interpreter, node: cst.BaseExpression, value: Value) -> Term:
    """The term for an argument: its value if known, else the text that gives it."""
    match value:
        case Const(term=term):
            return term
        case Tensor():
            return tensor_term(value)
        case TensorShape(tensor=tensor):
            return UNKNOWN if tensor.shape is None else tensor.shape
        case Sequence(kind=kind, items=items) if not value.open:
            elements = displayed(node, len(items)) or [read_at(node, i) for i in range(len(items))]
            terms = [term_of(it, n, v) for n, v in zip(elements, items, strict=True)]
            if UNKNOWN not in terms:
                return tuple(terms) if kind == "tuple" else terms
        case Api(name=name) | Foreign(name=name):
            canonical = it.rulebook.canonical(name)
            for table in ("dtype", "word"):
                word = it.rulebook.names.get(table, {}).get(canonical)
                if word is not None:
                    return word
        case Kept(api=api):
            return Record(api, {})
        case Object(api=api):
            fields = {name: term_of(it, n, v) for name, (n, v) in value.given.items()}
            return Record(it.rulebook.canonical(api), _defaults(value) | fields)
    return symbol_for(it, node)


def read_at(node: cst.BaseExpression, place: int) -> cst.Subscript:
    """How an item is read of what stands elsewhere: `node[place]`."""
    index: cst.BaseExpression = cst.Integer(str(abs(place)))
    if place < 0:
        index = cst.UnaryOperation(cst.Minus(), index)
    return cst.Subscript(node, [cst.SubscriptElement(cst.Index(index))])


def tensor_term(tensor: Tensor) -> TensorTerm:
    """A tensor as rules see it."""
    return TensorTerm(tensor.shape, tensor.dtype, tensor.tail)


def _defaults(value: Object) -> dict[str, Term]:
    for rule in value.rules:
        for signature in rule.signatures.values():
            if signature.name == value.api.rsplit(".", 1)[-1]:
                return {p.name: p.default for p in signature.parameters if not p.required}
    return {}


def value_of(term: Term) -> Value:
    """A formula's result as a value: sizes are a tensor's shape, a tuple of shapes a structure."""
    if isinstance(term, list) or (isinstance(term, tuple) and not _is_structure(term)):
        return Tensor(tuple(None if dim is UNKNOWN else dim for dim in term))
    if isinstance(term, tuple):
        return Sequence("tuple", [value_of(item) for item in term])
    if isinstance(term, OpenShape):
        return Tensor(tail=term.tail)
    return UNKNOWN_VALUE if term is UNKNOWN or term is None else Const(term)


def _is_structure(term: tuple[Term, ...]) -> bool:
    return any(isinstance(item, tuple | list | OpenShape) for item in term)


def shape_from(it: Interpreter, term: Term) -> Shape:
    """A shape as given to Input: None becomes a size of its own."""
    if isinstance(term, tuple | list):
        return tuple(it.new_dim() if d is None or d is UNKNOWN else d for d in term)
    return None


def rescoped(shape: Shape, module: Scope) -> Shape:
    """A shape as another function sees it: sizes whose text means nothing there lose it."""
    if shape is None:
        return None
    return tuple(rescoped_size(dim, module) for dim in shape)


def rescoped_size(dim: Term, module: Scope) -> Term:
    """A size as another function sees it: None where its text means nothing there."""
    if not isinstance(dim, Symbol):
        return dim
    said = {name for name in dim.names if not name.startswith("?")}
    if any(name not in module.names for name in said):
        return known(dim) if is_known(dim) else None
    return dim
