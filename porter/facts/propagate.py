"""Through one operation: which rule holds, what order its tensors need, what shape comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.dtypes import promoted
from porter.facts.layout import native
from porter.facts.results import result_shape
from porter.facts.terms import tensor_term, term_of, value_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Const,
    Object,
    Order,
    Producer,
    Sequence,
    Shape,
    Tensor,
    Unknown,
    Use,
    Value,
)
from porter.rulebook import (
    UNKNOWN,
    OpenShape,
    Rule,
    SignatureMismatch,
    Symbol,
    Term,
    Translation,
    Untranslatable,
    agree,
    is_known,
    known,
    translate,
)
from porter.rulebook import Tensor as TensorTerm

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


@dataclass(frozen=True)
class Input:
    """A value on its way in, and the expression where a permutation could be written.

    `within` is the list that holds a value for which there is no such expression.
    """

    node: cst.CSTNode | None
    value: Value
    within: cst.CSTNode | None = None


def choose(
    rules: tuple[Rule, ...],
    it: Interpreter,
    given: Mapping[str, Term],
    facts: Mapping[str, Term],
    api: str,
    called: Mapping[str, Mapping[str, Term]] | None = None,
) -> tuple[Rule | None, Translation | None, str | None]:
    """The first rule that can translate, else the first rule and why it cannot."""
    problem: str | None = None
    for rule in rules:
        known_names = rule.signatures[it.side].by_name
        if any(name not in known_names for name in given):
            continue
        try:
            around = {**facts, **(called or {}).get(rule.id, {})}
            return rule, translate(rule, it.side, given, around, api, unsafe=True), None
        except Untranslatable as error:
            problem = error.before(problem)
    return (rules[0] if rules else None), None, problem


def first_name(it: Interpreter, callee: Value) -> str:
    """What a layer of the framework calls its input."""
    rules = callee.rules if isinstance(callee, Object) else ()
    called = [rule.called[it.side] for rule in rules if it.side in rule.called]
    names = [signature.parameters[0].name for signature in called]
    return names[0] if names else "inputs" if isinstance(callee, Object) else ""


def made_use(
    it: Interpreter,
    obj: Object,
    node: cst.Call | None,
    tensors: tuple[Tensor, ...],
    args: Arguments,
) -> Use:
    """An application with its arguments as each rule's call signature names them."""
    terms: dict[str, dict[str, Term]] = {}
    nodes: dict[str, dict[str, cst.BaseExpression]] = {}
    for rule in obj.rules:
        signature = rule.called.get(it.side)
        if signature is None:
            continue
        try:
            bound = signature.bind(list(args.positional), dict(args.keywords))
        except SignatureMismatch:
            bound = {}
        given = {n: v for n, v in bound.items() if isinstance(v, tuple) and len(v) == 2}
        terms[rule.id] = {p.name: p.default for p in signature.parameters if not p.required}
        terms[rule.id] |= {n: term_of(it, e, v) for n, (e, v) in given.items()}
        nodes[rule.id] = {n: e for n, (e, _) in given.items()}
    used = "all" if node is None else used_parts(it, node)
    return Use(node, tensors, used, terms, nodes)


def run_layer(it: Interpreter, obj: Object, inputs: list[Input], use: Use) -> Value:
    """A layer applied to tensors."""
    given = {name: term_of(it, n, v) for name, (n, v) in obj.given.items()}
    inputs = [i if isinstance(i.value, Tensor) else Input(i.node, Tensor()) for i in inputs]
    inputs = [ranked(it, obj.rules, i) for i in inputs]
    tensors = [_tensor_term(i.value) for i in inputs]
    facts: dict[str, Term] = {
        "input": tensors[0] if tensors else TensorTerm(),
        "inputs": tensors,
        "used": use.used,
    }
    rule, translation, _ = choose(obj.rules, it, given, facts, obj.api, use.terms)
    shape = result_shape(it, rule, translation, given, facts)
    if obj.node in it.left:
        translation = None
    if translation is not None and needs_rank(translation, inputs):
        it.facts.calls[obj.node].problem = RANKLESS
    layout = translation.case.layout if translation is not None else "source"
    if translation is not None and is_rankless(translation, shape):
        it.facts.calls[obj.node].problem = RESULTLESS
    it.note_place(layout, inputs)
    result, _ = through(it, layout, inputs, shape, named_axes(rule, it, translation))
    it.note_result(obj, result)
    return result


RESULTLESS = "how many dimensions its result has is not known here"
MIXED = "tensors in this list may differ in layout"
SEVERAL = "tensors arrive here in different layouts"
RANKLESS = "how many dimensions its input has is not known here, or not what it takes"


def is_rankless(translation: Translation, shape: Term) -> bool:
    """Whether a result would have to be put back in an order that nothing tells the length of."""
    rule, result = translation.rule, value_of(shape)
    # What says no shape and is no layer gives no tensor.
    gives = rule.kind == "layer" or translation.case.half(translation.side).shape is not None
    is_open = isinstance(result, Unknown) or getattr(result, "shape", ()) is None
    return translation.case.layout == "channels" and gives and is_open


def needs_rank(translation: Translation, inputs: list[Input]) -> bool:
    """Whether a layout would have to be guessed. A case with a condition has looked itself."""
    rule, decided = translation.rule, translation.case.half(translation.side).when is not None
    shapes = [i.value.shape for i in inputs if isinstance(i.value, Tensor)]
    wrong = any(s is None or (not decided and len(s) != (rule.rank or len(s))) for s in shapes)
    return translation.case.layout == "channels" and wrong


def ranked(it: Interpreter, rules: tuple[Rule, ...], given: Input) -> Input:
    """A tensor of unknown rank that goes where only one rank can."""
    value = given.value
    tail = value.tail if isinstance(value, Tensor) else ()
    ranks = {rule.rank for rule in rules}
    if isinstance(value, Tensor) and value.shape is None and len(ranks) == 1:
        rank = ranks.pop()
        if rank is not None:
            # A tensor of which nothing is known, asked to come natively, comes that way.
            order = (
                native(rank, it.target)
                if it.native and replace(value, dtype=None, held=None) == Tensor()
                else value.order
            )
            dims = it.dims_at(given.node, rank)
            shape = (*dims[: rank - len(tail)], *tail)
            maker = value.producer.callee if value.producer is not None else None
            if isinstance(maker, Object) and maker.api == "keras.Input":
                it.found_ranks.setdefault(maker.node, rank)
            return Input(given.node, replace(value, shape=shape, order=order, tail=()))
    return given


def _tensor_term(value: Value) -> TensorTerm:
    return tensor_term(value) if isinstance(value, Tensor) else TensorTerm()


def through(
    it: Interpreter,
    layout: str,
    inputs: list[Input],
    shape: Term,
    axes: tuple[int, ...] | None = None,
) -> tuple[Value, Order]:
    """Demand the orders that a layout wants; the result in its own, and what went in.

    `axes` are the ones that an operation names, None where they are not known.
    """
    result = value_of(shape)
    if isinstance(result, Unknown):
        result = Tensor()
    order: Order = None
    if layout == "follow":
        order = common_order(inputs)
        found = None if order is None else following(result, order, axes)
        if found is None:
            order, found = None, _held(result, None)
        give_all(it, inputs, order)
        return found, order
    for given in inputs:
        if isinstance(given.value, Tensor):
            rank = 0 if given.value.shape is None else len(given.value.shape)
            order = native(rank, it.target) if layout == "channels" else None
            it.give(given, order)
    return _held(result, order), order


def named_axes(
    rule: Rule | None, it: Interpreter, translation: Translation | None
) -> tuple[int, ...] | None:
    """The axes that a call names, where they are numbers."""
    if rule is None or translation is None:
        return None
    found: list[int] = []
    for parameter in rule.signatures[it.side].parameters:
        if parameter.type == "axis":
            term = known(translation.env.get(parameter.name, UNKNOWN))
            each = term if isinstance(term, tuple | list) else (term,)
            if not all(isinstance(axis, int) for axis in each):
                return None
            found += [axis for axis in each if isinstance(axis, int)]
    return tuple(found)


def _held(value: Value, order: Order) -> Value:
    if isinstance(value, Tensor):
        fits = order is not None and value.shape is not None and len(value.shape) == len(order)
        return replace(value, order=order if fits else None)
    if isinstance(value, Sequence):
        return Sequence(value.kind, [_held(item, order) for item in value.items])
    return value


def following(value: Value, order: tuple[int, ...], axes: tuple[int, ...] | None) -> Value | None:
    """A result of tensors held in an order; None where its own order could not be told."""
    if isinstance(value, Sequence):
        items = [following(item, order, axes) for item in value.items]
        known_items = [item for item in items if item is not None]
        return Sequence(value.kind, known_items) if len(known_items) == len(items) else None
    if not isinstance(value, Tensor):
        return value
    if value.shape is None:
        return None
    if len(value.shape) == len(order):
        return replace(value, order=order)
    if not value.shape:
        return value
    gone = {axis % len(order) for axis in axes or ()}
    if not gone or len(value.shape) != len(order) - len(gone):
        return None
    left = [dim for dim in order if dim not in gone]
    renumbered = tuple(sorted(left).index(dim) for dim in left)
    plain = renumbered == tuple(range(len(left)))
    return replace(value, order=None if plain else renumbered)


def give_all(it: Interpreter, inputs: list[Input], order: Order) -> None:
    """Each tensor in this order; one without dimensions has none."""
    for given in inputs:
        if isinstance(given.value, Tensor) and given.value.shape != ():
            it.give(given, order)


def common_order(inputs: list[Input]) -> Order:
    """One order for tensors that meet, or the source's where they have none in common."""
    tensors = [i.value for i in inputs if isinstance(i.value, Tensor)]
    orders = {t.order for t in tensors if t.shape != ()}
    if any(_may_be_tensor(i.value) for i in inputs) or any(t.shape is None for t in tensors):
        return None
    if len(orders) <= 1:
        return next(iter(orders), None)
    (wanted, *more) = sorted(o for o in orders if o is not None)
    ranks = {None if t.shape is None else len(t.shape) for t in tensors if t.shape != ()}
    return None if more or ranks != {len(wanted)} else wanted


def _may_be_tensor(value: Value) -> bool:
    if isinstance(value, Const):
        return isinstance(value.term, Symbol) and not is_known(value.term)
    return isinstance(value, Unknown)


def follow(
    it: Interpreter,
    node: cst.CSTNode,
    operands: list[tuple[cst.BaseExpression, Value]],
    elementwise: bool,
    divided: bool = False,
) -> Value:
    """An operator on tensors: broadcast, in one order."""
    inputs = [Input(n, v) for n, v in operands]
    if not elementwise:
        for given in inputs:
            it.give(given, None)
        return Tensor()
    order = common_order(inputs)
    give_all(it, inputs, order)
    shape = _broadcast([v for _, v in operands])
    producer = Producer(node, UNKNOWN_VALUE, tuple(v for _, v in operands if isinstance(v, Tensor)))
    fits = order is not None and shape is not None and len(shape) == len(order)
    tail = _common_tail([v for _, v in operands]) if shape is None else ()
    dtype, held = None, None
    if it.side == "torch":
        dtype, held = promoted([v for _, v in operands], divided)
    return Tensor(shape, order if fits else None, dtype, producer, tail, held)


def _common_tail(values: list[Value]) -> tuple[Term, ...]:
    """The last size, where all tensors that meet have the same."""
    sizes = []
    for value in values:
        if isinstance(value, Tensor):
            last = tensor_term(value).field("shape")
            sizes.append(last.at(-1) if isinstance(last, OpenShape) else _last(value.shape))
        elif _may_be_tensor(value):
            return ()
    alike = bool(sizes) and all(agree(sizes[0], size) for size in sizes)
    return (sizes[0],) if alike else ()


def _last(shape: Shape) -> Term:
    return shape[-1] if shape else UNKNOWN


def _broadcast(values: list[Value]) -> Shape:
    from porter.rulebook import FUNCTIONS

    shape: Shape = ()
    for value in values:
        if isinstance(value, Const) and not _may_be_tensor(value):
            continue
        if not isinstance(value, Tensor) or value.shape is None:
            return None
        result = FUNCTIONS["broadcast"](shape, value.shape)
        assert isinstance(result, tuple)
        shape = result
    return shape


def used_parts(it: Interpreter, node: cst.CSTNode) -> object:
    """Which parts of a call's result the program uses: indices, or "all"."""
    parent = it.parents.get(node)
    if isinstance(parent, cst.Attribute) and not _is_called(it, parent):
        place = part_named(it, parent.attr.value)
        if place is not None:
            return (place,)
    if isinstance(parent, cst.Subscript) and len(parent.slice) == 1:
        index = parent.slice[0].slice
        if isinstance(index, cst.Index) and isinstance(index.value, cst.Integer):
            return (int(index.value.value),)
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1:
        target = parent.targets[0].target
        if isinstance(target, cst.Tuple):
            used = []
            for i, element in enumerate(target.elements):
                name = element.value
                if not isinstance(name, cst.Name) or it.is_read(name, node):
                    used.append(i)
            return "all" if len(used) == len(target.elements) else tuple(used)
    return "all"


def _is_called(it: Interpreter, node: cst.CSTNode) -> bool:
    around = it.parents.get(node)
    return isinstance(around, cst.Call) and around.func is node


def part_named(it: Interpreter, name: str) -> int | None:
    """Which of several results PyTorch calls by a name: 1 for `indices`."""
    place = it.rulebook.names.get("part", {}).get(name) if it.side == "torch" else None
    return None if place is None else int(place)
