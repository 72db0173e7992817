"""Through one function or method: what it is given, which rule holds, what comes out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.caseless import in_one_case
from porter.facts.dtypes import with_dtype
from porter.facts.functions import call_back
from porter.facts.layout import after_permute, native
from porter.facts.loaders import as_tensor
from porter.facts.propagate import (
    MIXED,
    RANKLESS,
    RESULTLESS,
    Input,
    choose,
    is_rankless,
    named_axes,
    needs_rank,
    ranked,
    through,
    used_parts,
)
from porter.facts.results import result_shape
from porter.facts.terms import term_of, value_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Const,
    Kept,
    Producer,
    Sequence,
    Tensor,
    Unknown,
    Value,
)
from porter.rulebook import (
    UNKNOWN,
    Rule,
    SignatureMismatch,
    Symbol,
    Translation,
    is_known,
    known,
)

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def apply_rules(
    it: Interpreter,
    node: cst.Call | cst.Attribute,
    api: str,
    rules: tuple[Rule, ...],
    args: Arguments,
) -> Value:
    """A framework's function or a tensor's method."""
    # An attribute has no parameters: what it is read from is only known by its expression.
    attribute = isinstance(node, cst.Attribute)
    given, unbound = ({}, None) if attribute else _bind(it, rules, args, api)
    given = in_one_case(it, api, given)
    given = {n: (e, _as_tensor(rules, it, n, e, v)) for n, (e, v) in given.items()}
    given = {n: (e, ranked(it, rules, Input(e, v)).value) for n, (e, v) in given.items()}
    terms = {name: term_of(it, n, v) for name, (n, v) in given.items()}
    nodes = {name: n for name, (n, _) in given.items()}
    nodes |= {"self": node.value} if isinstance(node, cst.Attribute) else {}
    fact = it.note_call(node, api, rules, terms, nodes)
    inputs = list(_tensor_inputs(it, _moved(it, rules, given), args))
    around = {"used": used_parts(it, node), "parameters": it.facts.parameters_for(node)}
    rule, translation, reason = choose(rules, it, terms, around, api)
    fact.used = used_parts(it, node)
    if unbound is not None or translation is None:
        fact.problem = fact.problem or unbound or reason
    if rule is not None and not all(call_back(it, f) for f in _functions(rule, it, given)):
        fact.problem = fact.problem or "what the function does is not known here"
    if rule is None or rule.manual:
        for each in inputs:
            it.give(each, None)
        made = rule is not None and api.rpartition(".")[2][:1].isupper()
        return Kept(api) if made else UNKNOWN_VALUE
    literal = None if translation is None else translation.half.write
    if literal is not None and isinstance(literal.node, ast.Constant):
        return Const(literal.node.value)
    if translation is not None and translation.case.layout == "permute":
        return _permute(it, node, api, rule, translation, inputs)
    if translation is not None and needs_rank(translation, inputs):
        fact.problem = fact.problem or RANKLESS
    # An argument that no rule knows may well be what says the shape.
    shape = UNKNOWN if unbound else result_shape(it, rule, translation, terms, {})
    layout = translation.case.layout if translation is not None else "source"
    if translation is not None and is_rankless(translation, shape):
        fact.problem = fact.problem or RESULTLESS
    result, order = through(it, layout, inputs, shape, named_axes(rule, it, translation))
    fact.order = order
    result = with_dtype(it, result, api, translation, terms, [i.value for i in inputs])
    tensors = tuple(i.value for i in inputs if isinstance(i.value, Tensor))
    producer = Producer(node, UNKNOWN_VALUE, tensors)
    if it.side == "keras" and not isinstance(result, Tensor):
        return result
    return produced(result, producer)


def produced(result: Value, producer: Producer) -> Value:
    """A result, and what is in it, with the call that made it."""
    if isinstance(result, Tensor):
        return replace(result, producer=producer)
    if isinstance(result, Sequence):
        return Sequence(result.kind, [produced(i, producer) for i in result.items], result.open)
    return result


def _moved(
    it: Interpreter,
    rules: tuple[Rule, ...],
    given: Mapping[str, tuple[cst.BaseExpression, Value]],
) -> dict[str, tuple[cst.BaseExpression, Value]]:
    """Arguments without the weights among them, which no layout moves."""
    types = rules[0].signatures[it.side].by_name if rules else {}
    weights = {name for name in given if name in types and types[name].type == "weight"}
    for name in weights:
        it.give(Input(*given[name]), None)
    return {name: value for name, value in given.items() if name not in weights}


def _as_tensor(
    rules: tuple[Rule, ...], it: Interpreter, name: str, node: cst.BaseExpression, value: Value
) -> Value:
    """What goes where only tensors go, though nothing else is known of it."""
    value = as_tensor(value) if rules else value
    term = value.term if isinstance(value, Const) else None
    is_symbol = isinstance(term, Symbol) and not is_known(term)
    if not rules or not (is_symbol or isinstance(value, Unknown)):
        return value
    layouts = {case.layout for rule in rules for case in rule.cases}
    parameter = rules[0].signatures[it.side].by_name.get(name)
    takes = parameter is not None and parameter.type == "tensor"
    if takes and _compares(node):
        return Tensor(dtype="bool")
    return Tensor() if takes and "channels" in layouts else value


def _compares(node: cst.BaseExpression) -> bool:
    """Whether an expression of a tensor compares: `x > 0`, `(x > 0) & (x < 1)`."""
    if isinstance(node, cst.BinaryOperation):
        both = isinstance(node.operator, cst.BitAnd | cst.BitOr | cst.BitXor)
        return both and _compares(node.left) and _compares(node.right)
    if not isinstance(node, cst.Comparison):
        return False
    single = (cst.In, cst.NotIn, cst.Is, cst.IsNot)
    return not any(isinstance(each.operator, single) for each in node.comparisons)


def _bind(
    it: Interpreter, rules: tuple[Rule, ...], args: Arguments, api: str
) -> tuple[dict[str, tuple[cst.BaseExpression, Value]], str | None]:
    problem: str | None = None
    for rule in rules:
        try:
            return args.bind(rule, it.side, api), None
        except SignatureMismatch as error:
            problem = problem or str(error)
    return dict(args.keywords), problem


def _tensor_inputs(
    it: Interpreter, given: Mapping[str, tuple[cst.BaseExpression, Value]], args: Arguments
) -> Iterator[Input]:
    pairs = list(given.values()) or [*args.positional, *args.keywords.values()]
    for node, value in pairs:
        if isinstance(value, Tensor):
            yield Input(node, value)
        elif isinstance(value, Sequence) and any(isinstance(i, Tensor) for i in value.items):
            elements = node.elements if isinstance(node, cst.List | cst.Tuple) else ()
            for i, item in enumerate(value.items):
                at = elements[i].value if len(elements) == len(value.items) else None
                if at is None and value.open and isinstance(item, Tensor) and item.order:
                    it.facts.conflicts[node] = MIXED
                yield Input(at, item, node if at is None else None)


def _functions(
    rule: Rule, it: Interpreter, given: Mapping[str, tuple[cst.BaseExpression, Value]]
) -> Iterator[Value]:
    """The functions that a call is given."""
    signature = rule.signatures[it.side]
    for name, (_, value) in given.items():
        parameter = signature.by_name.get(name)
        if parameter is not None and parameter.type == "function":
            yield value


def _permute(
    it: Interpreter,
    node: cst.Call | cst.Attribute,
    api: str,
    rule: Rule,
    translation: Translation,
    inputs: list[Input],
) -> Value:
    """An explicit permutation: the target may leave the tensor as it is and remember its order."""
    formula = translation.case.half(it.side).shape
    dims = _order_argument(rule, it, translation)
    shape = value_of(formula.evaluate(translation.env)) if formula is not None else UNKNOWN_VALUE
    source = inputs[0].value if inputs else UNKNOWN_VALUE
    result = shape if isinstance(shape, Tensor) else Tensor(None)
    if dims is not None and isinstance(source, Tensor) and _is_literal(node):
        order = after_permute(source.order, dims)
        if order is None or order == native(len(dims), it.target):
            it.drop(node)
            if result.shape is None:
                result = Tensor(tuple(it.new_dim() for _ in dims))
            producer = Producer(node, UNKNOWN_VALUE, (source,))
            return replace(source, shape=result.shape, order=order, producer=producer, tail=())
    it.keep(node)
    for given in inputs:
        it.give(given, None)
    made = Tensor(result.shape, None, None, Producer(node, UNKNOWN_VALUE, ()))
    return with_dtype(it, made, api, translation, {}, [source])


def _is_literal(node: cst.Call | cst.Attribute) -> bool:
    """Whether the order is written at the call, the same each time it runs."""
    return (
        isinstance(node, cst.Call)
        and all(
            isinstance(value, cst.Integer | cst.UnaryOperation)
            for arg in node.args
            for value in _numbers(arg.value)
        )
        and any(_numbers(arg.value) for arg in node.args)
    )


def _numbers(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(node, cst.Tuple | cst.List):
        return [element.value for element in node.elements]
    return [node] if isinstance(node, cst.Integer | cst.UnaryOperation) else []


def _order_argument(
    rule: Rule, it: Interpreter, translation: Translation
) -> tuple[int, ...] | None:
    for parameter in rule.signatures[it.side].parameters:
        if parameter.type == "order":
            value = known(translation.env.get(parameter.name, UNKNOWN))
            while isinstance(value, tuple | list) and len(value) == 1:
                value = known(value[0])
            if isinstance(value, tuple | list) and all(isinstance(d, int) for d in value):
                return tuple(d % len(value) for d in value)
    return None
