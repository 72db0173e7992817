"""Through one operation: which rule holds, what order its tensors need, what shape comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.layout import after_permute, native
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
    """A value on its way in, and the expression where a permutation could be written."""

    node: cst.CSTNode | None
    value: Value


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
            problem = problem or error.reason
    return (rules[0] if rules else None), None, problem


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
    inputs = [_ranked(it, obj.rules, i) for i in inputs]
    tensors = [_tensor_term(i.value) for i in inputs]
    facts: dict[str, Term] = {
        "input": tensors[0] if tensors else TensorTerm(),
        "inputs": tensors,
        "used": use.used,
    }
    rule, translation, _ = choose(obj.rules, it, given, facts, obj.api, use.terms)
    if translation is not None and _needs_rank(translation, inputs):
        it.facts.calls[obj.node].problem = RANKLESS
    layout = rule.layout if rule is not None and translation is not None else "source"
    shape = _result_shape(it, rule, translation, given, facts)
    result = _through(it, layout, inputs, shape)
    it.note_result(obj, result)
    return result


RANKLESS = "how many dimensions its input has is not known here, or not what it takes"


def _needs_rank(translation: Translation, inputs: list[Input]) -> bool:
    """Whether a layout would have to be guessed. A case with a condition has looked itself."""
    rule, decided = translation.rule, translation.case.half(translation.side).when is not None
    shapes = [i.value.shape for i in inputs if isinstance(i.value, Tensor)]
    wrong = any(s is None or (not decided and len(s) != (rule.rank or len(s))) for s in shapes)
    return rule.layout == "channels" and wrong


def _ranked(it: Interpreter, rules: tuple[Rule, ...], given: Input) -> Input:
    """A tensor of unknown rank that goes where only one rank can."""
    value = given.value
    tail = value.tail if isinstance(value, Tensor) else ()
    ranks = {rule.rank for rule in rules}
    if isinstance(value, Tensor) and value.shape is None and len(ranks) == 1:
        rank = ranks.pop()
        if rank is not None:
            # A tensor of which nothing is known, asked to come natively, comes that way.
            order = native(rank, it.target) if it.native and value == Tensor() else value.order
            dims = it.dims_at(given.node, rank)
            return Input(given.node, Tensor((*dims[: rank - len(tail)], *tail), order))
    return given


def _tensor_term(value: Value) -> TensorTerm:
    return tensor_term(value) if isinstance(value, Tensor) else TensorTerm()


def _result_shape(
    it: Interpreter,
    rule: Rule | None,
    translation: Translation | None,
    given: Mapping[str, Term],
    facts: Mapping[str, Term],
) -> Term:
    if rule is None or rule.manual or not rule.cases:
        return UNKNOWN
    case = rule.cases[0] if translation is None else translation.case
    formula = case.half(it.side).shape
    if formula is None:
        return UNKNOWN
    if translation is not None:
        return formula.evaluate(translation.env)
    env: dict[str, Term] = {p.name: p.default for p in rule.signatures[it.side].parameters}
    return formula.evaluate({**env, **facts, **given})


def _through(it: Interpreter, layout: str, inputs: list[Input], shape: Term) -> Value:
    """Demand the orders that a layout wants and give the result its own."""
    tensors = [i for i in inputs if isinstance(i.value, Tensor)]
    order: Order = None
    if layout == "channels":
        for given in tensors:
            assert isinstance(given.value, Tensor)
            rank = 0 if given.value.shape is None else len(given.value.shape)
            it.give(given, native(rank, it.target))
            order = native(rank, it.target)
    elif layout == "follow":
        order = common_order(it, inputs)
    else:
        for given in tensors:
            it.give(given, None)
    result = value_of(shape)
    if isinstance(result, Unknown):
        result = Tensor()
    return _held(result, order)


def _held(value: Value, order: Order) -> Value:
    if isinstance(value, Tensor):
        fits = order is not None and value.shape is not None and len(value.shape) == len(order)
        return replace(value, order=order if fits else None)
    if isinstance(value, Sequence):
        return Sequence(value.kind, [_held(item, order) for item in value.items])
    return value


def common_order(it: Interpreter, inputs: list[Input]) -> Order:
    """One order for tensors that meet; each is permuted to it where it is held otherwise."""
    tensors = [i.value for i in inputs if isinstance(i.value, Tensor)]
    orders = {t.order for t in tensors if t.shape != ()}
    doubtful = any(_may_be_tensor(i.value) for i in inputs)
    wanted: Order = None
    if len(orders) == 1 and not doubtful:
        wanted = next(iter(orders))
    elif len(orders) > 1 and not doubtful:
        (wanted, *more) = sorted(o for o in orders if o is not None)
        ranks = {None if t.shape is None else len(t.shape) for t in tensors if t.shape != ()}
        if more or ranks != {len(wanted)}:
            wanted = None
    if wanted is not None and any(t.shape is None for t in tensors):
        wanted = None
    for given in inputs:
        if isinstance(given.value, Tensor) and given.value.shape != ():
            it.give(given, wanted)
    return wanted


def _may_be_tensor(value: Value) -> bool:
    if isinstance(value, Const):
        return isinstance(value.term, Symbol) and not is_known(value.term)
    return isinstance(value, Unknown)


def follow(
    it: Interpreter,
    node: cst.CSTNode,
    operands: list[tuple[cst.BaseExpression, Value]],
    elementwise: bool,
) -> Value:
    """An operator on tensors: broadcast, in one order."""
    inputs = [Input(n, v) for n, v in operands]
    if not elementwise:
        for given in inputs:
            it.give(given, None)
        return Tensor()
    order = common_order(it, inputs)
    shape = _broadcast([v for _, v in operands])
    producer = Producer(node, UNKNOWN_VALUE, tuple(v for _, v in operands if isinstance(v, Tensor)))
    fits = order is not None and shape is not None and len(shape) == len(order)
    tail = _common_tail([v for _, v in operands]) if shape is None else ()
    return Tensor(shape, order if fits else None, None, producer, tail)


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


def apply_rules(
    it: Interpreter, node: cst.Call, api: str, rules: tuple[Rule, ...], args: Arguments
) -> Value:
    """A framework's function or a tensor's method."""
    given, problem = _bind(it, rules, args, api)
    if len({r.rank for r in rules}) == 1:
        given = {n: (e, _ranked(it, rules, Input(e, v)).value) for n, (e, v) in given.items()}
    terms = {name: term_of(it, n, v) for name, (n, v) in given.items()}
    fact = it.note_call(node, api, rules, terms, {name: n for name, (n, _) in given.items()})
    inputs = list(_tensor_inputs(it, given, args))
    rule, translation, reason = choose(rules, it, terms, {"used": used_parts(it, node)}, api)
    fact.used = used_parts(it, node)
    if problem is not None or translation is None:
        fact.problem = fact.problem or problem or reason
    if rule is None or rule.manual:
        for each in inputs:
            it.give(each, None)
        return UNKNOWN_VALUE
    if rule.layout == "permute" and translation is not None:
        return _permute(it, node, rule, translation, inputs)
    if translation is not None and _needs_rank(translation, inputs):
        fact.problem = fact.problem or RANKLESS
    shape = _result_shape(it, rule, translation, terms, {})
    layout = rule.layout if translation is not None else "source"
    result = _through(it, layout, inputs, shape)
    if isinstance(result, Tensor):
        fact.order, fact.rank = result.order, None if result.shape is None else len(result.shape)
        if layout == "follow":
            fact.order, fact.rank = _input_order(inputs)
        tensors = tuple(i.value for i in inputs if isinstance(i.value, Tensor))
        producer = Producer(node, UNKNOWN_VALUE, tensors)
        return replace(result, producer=producer)
    return result


def _input_order(inputs: list[Input]) -> tuple[Order, int | None]:
    orders = [i.value.order for i in inputs if isinstance(i.value, Tensor) and i.value.order]
    return (orders[0], len(orders[0])) if orders else (None, None)


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
                if at is None and isinstance(item, Tensor) and item.order is not None:
                    it.facts.conflicts[node] = "tensors in this list may differ in layout"
                yield Input(at, item)


def _permute(
    it: Interpreter, node: cst.Call, rule: Rule, translation: Translation, inputs: list[Input]
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
            return Tensor(
                result.shape, order, source.dtype, Producer(node, UNKNOWN_VALUE, (source,))
            )
    it.keep(node)
    for given in inputs:
        it.give(given, None)
    return Tensor(result.shape, None, None, Producer(node, UNKNOWN_VALUE, ()))


def _is_literal(node: cst.Call) -> bool:
    """Whether the order is written at the call, the same each time it runs."""
    return all(
        isinstance(value, cst.Integer | cst.UnaryOperation)
        for arg in node.args
        for value in _numbers(arg.value)
    ) and any(_numbers(arg.value) for arg in node.args)


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


def used_parts(it: Interpreter, node: cst.CSTNode) -> object:
    """Which parts of a call's result the program uses: indices, or "all"."""
    parent = it.parents.get(node)
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
            return tuple(used)
    return "all"
