"""Weights that a module makes for itself: `self.add_weight(…)` and `nn.Parameter(…)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import CallFact, Const, Object, Tensor, Value, class_around, dotted
from porter.rewrite import parameters
from porter.rewrite.code import parenthesised, spaced
from porter.rewrite.emit import NO_SPACE
from porter.rewrite.functions import argument_nodes, function
from porter.rewrite.starting import terms_of
from porter.rewrite.template import Unwritable
from porter.rulebook import (
    UNKNOWN,
    Record,
    Term,
    Translation,
    Untranslatable,
    is_known,
    known,
    translate,
)
from porter.rulebook import Tensor as TensorTerm

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

VARIABLES = ("torch.nn.Parameter", "tensorflow.Variable", "keras.Variable")
FACETS = ("regularizer", "constraint")
# What torch makes of sizes, one by one or as a tuple.
_SIZED = frozenset({"zeros", "ones", "empty", "randn"})


def made(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`self.add_weight(…)` as a Parameter, or as a buffer where it is not trained."""
    fact = rw.facts.calls[original]
    if rw.side == "torch":
        return parameters.made(rw, original, updated)
    if fact.api in VARIABLES:
        return _variable(rw, original, updated)
    if fact.problem:
        raise Unwritable(fact.problem)
    nodes = argument_nodes(rw, fact.nodes)
    loose = rw.varying.loosened(fact)
    varies = [n for n, term in loose.items() if term is not fact.given[n]]
    decided = [n for n in varies if n in ("initializer", "trainable")]
    if decided:
        note = rw.varying.note(fact, decided)
        rw.findings.add(original, "note", note, rule="argument")
    for name in FACETS:
        if name in varies or known(fact.given.get(name)) is not None:
            facet = rw.rulebook.facets[name]
            rw.findings.once(original, name, facet["message"], facet["kind"])
    data = _with_dtype(rw, _initial(rw, original, fact, nodes), fact)
    trained = known(fact.given.get("trainable"))
    whole = _is_whole(_dtype(fact))
    attribute = parameters.attribute_of(rw, original)
    if (trained is False or whole) and attribute is not None:
        rw.buffers[original] = data
        rw.bare[original] = (data, attribute)
        return data
    args = [cst.Arg(data)]
    if "trainable" in fact.given and trained not in (True, None):
        kept = nodes.get("trainable", cst.Name("False"))
        args.append(cst.Arg(kept, keyword=cst.Name("requires_grad"), equal=NO_SPACE))
    elif whole:
        args.append(cst.Arg(cst.Name("False"), keyword=cst.Name("requires_grad"), equal=NO_SPACE))
    result = cst.Call(rw.spelling.name("torch.nn.Parameter"), spaced(args))
    rw.bare[original] = (result, attribute)
    return result


def _variable(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`tf.Variable(…)` as a rule has it, but as a buffer where a module holds it untrained."""
    fact = rw.facts.calls[original]
    result = function(rw, original, updated)
    attribute = parameters.attribute_of(rw, original)
    above = class_around(original, rw.parents)
    if result is updated or above is None:
        return result
    rw.bare[original] = (result, attribute)
    data = result.args[0].value if isinstance(result, cst.Call) and result.args else result
    made = isinstance(result, cst.Call) and _name_of(result) == "Parameter"
    fixed = known(fact.given.get("trainable")) is False or not made
    modules = rw.facts.root_classes | rw.facts.inner_classes
    if fixed and attribute is not None and above in modules:
        rw.buffers[original] = data if made else result
    return result


def is_initializer(value: Value | None) -> bool:
    """Whether a value is one of Keras's initialisers."""
    return isinstance(value, Object) and value.api.startswith("keras.initializers.")


def drawn(rw: Rewriter, original: cst.Call) -> cst.BaseExpression:
    """`initializer(shape=(3, 4))` as the tensor that it draws."""
    value = rw.facts.values[original.func]
    assert isinstance(value, Object)
    given = terms_of(original, ("shape", "dtype"))
    shape = rw.updated.get(given["shape"], given["shape"]) if "shape" in given else cst.Tuple([])
    fields = {
        name: known(held.term) if isinstance(held, Const) and is_known(held.term) else UNKNOWN
        for name, (_, held) in value.given.items()
    }
    result = rw.facts.values.get(original)
    term: Term = UNKNOWN
    if isinstance(result, Tensor) and result.shape is not None:
        term = result.shape
    return _from(rw, original, Record(value.api, fields), term, shape)


def registered(rw: Rewriter, original: cst.Assign) -> cst.Expr:
    """`self.count = …` of what is not trained: `self.register_buffer("count", …)`."""
    name = parameters.attribute_of(rw, original.value)
    args = [cst.Arg(cst.SimpleString(f'"{name}"')), cst.Arg(rw.buffers[original.value])]
    method = cst.Attribute(cst.Name("self"), cst.Name("register_buffer"))
    return cst.Expr(cst.Call(method, spaced(args)))


def _initial(
    rw: Rewriter, node: cst.Call, fact: CallFact, nodes: Mapping[str, cst.BaseExpression]
) -> cst.BaseExpression:
    """The tensor that a weight starts from."""
    shape = nodes.get("shape", cst.Tuple([]))
    if isinstance(shape, cst.Integer | cst.BinaryOperation):
        shape = cst.Tuple([cst.Element(shape.with_changes(lpar=[], rpar=[]), cst.Comma())])
    term = fact.given.get("shape", ())
    if isinstance(shape, cst.Tuple | cst.List) and not isinstance(term, tuple | list):
        starred = any(isinstance(e, cst.StarredElement) for e in shape.elements)
        term = term if starred else (UNKNOWN,) * len(shape.elements)
    initializer = fact.given.get("initializer")
    if initializer is None:
        initializer = "zeros" if _is_whole(_dtype(fact)) else "glorot_uniform"
    return _from(rw, node, initializer, term, shape)


def _from(
    rw: Rewriter, node: cst.Call, initializer: Term, term: Term, shape: cst.BaseExpression
) -> cst.BaseExpression:
    """What an initialiser draws; what Keras would without one, where it has no equal."""
    try:
        return _drawn(rw, node, initializer, term, shape)
    except Unwritable:
        facet = rw.rulebook.facets["initializer"]
        rw.findings.once(node, "initializer", facet["message"], facet["kind"])
        return _drawn(rw, node, "glorot_uniform", term, shape)


def _drawn(
    rw: Rewriter, node: cst.Call, initializer: Term, term: Term, shape: cst.BaseExpression
) -> cst.BaseExpression:
    """What an initialiser fills a shape with; raises Unwritable."""
    given: Mapping[str, Term] = {}
    name = known(initializer)
    if isinstance(initializer, Record):
        api, given = initializer.api, initializer.fields
    elif isinstance(name, str):
        api = rw.rulebook.canonical(f"keras.initializers.{name}")
    else:
        raise Unwritable("the initializer is not known here")
    translation = _initializer(rw, api, given, {"shape": term, "tensor": TensorTerm()})
    empty = cst.Call(rw.spelling.name("torch.empty"), [cst.Arg(shape)])
    nodes = {"shape": shape, "tensor": _by_sizes(empty)}
    written = rw.emitter(node).core(translation, nodes)
    return _by_sizes(written)


def _initializer(
    rw: Rewriter, api: str, given: Mapping[str, Term], around: Mapping[str, Term]
) -> Translation:
    for rule in rw.rulebook.find(api, rw.side):
        if rule.kind != "initializer":
            continue
        try:
            return translate(rule, rw.side, given, around, api)
        except Untranslatable:
            continue
    raise Unwritable(f"{api} has no equal")


def _name_of(call: cst.Call) -> str:
    return (dotted(call.func) or "").rpartition(".")[2]


def _by_sizes(node: cst.BaseExpression) -> cst.BaseExpression:
    """`torch.zeros((3, 4))` as `torch.zeros(3, 4)`."""
    if not isinstance(node, cst.Call) or _name_of(node) not in _SIZED:
        return node
    sizes = node.args[0].value if node.args else None
    if not isinstance(sizes, cst.Tuple | cst.List):
        return node
    if not sizes.elements or any(isinstance(e, cst.StarredElement) for e in sizes.elements):
        return node
    return node.with_changes(args=spaced([cst.Arg(e.value) for e in sizes.elements]))


def _dtype(fact: CallFact) -> str | None:
    dtype = known(fact.given.get("dtype"))
    return dtype if isinstance(dtype, str) else None


def _is_whole(dtype: str | None) -> bool:
    return dtype is not None and (dtype.startswith(("int", "uint")) or dtype == "bool")


def _with_dtype(rw: Rewriter, data: cst.BaseExpression, fact: CallFact) -> cst.BaseExpression:
    """A new tensor in the weight's dtype, where that is not the default."""
    dtype = _dtype(fact)
    if dtype is None or dtype == "float32":
        return data
    name = rw.spelling.name(f"torch.{dtype}")
    if isinstance(data, cst.Call) and _name_of(data) in (*_SIZED, "full", "eye"):
        arg = cst.Arg(name, keyword=cst.Name("dtype"), equal=NO_SPACE)
        return data.with_changes(args=spaced([*data.args, arg]))
    to = cst.Attribute(parenthesised(data), cst.Name("to"))
    return cst.Call(to, [cst.Arg(name)])
