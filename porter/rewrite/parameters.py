"""Weights that a module of PyTorch makes for itself, as a Keras layer adds them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Const, Facts, Tensor, class_around, dotted
from porter.rewrite.code import spaced
from porter.rewrite.emit import NO_SPACE
from porter.rewrite.functions import argument_nodes, function
from porter.rewrite.starting import INIT, terms_of
from porter.rewrite.template import Unwritable
from porter.rulebook import (
    UNKNOWN,
    Symbol,
    Term,
    Untranslatable,
    binary,
    is_known,
    known,
    translate,
)

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

# What a new tensor holds, as the initialiser that would fill it so.
_NEW = {
    "torch.zeros": "zeros_", "torch.ones": "ones_", "torch.empty": "zeros_",
    "torch.Tensor": "zeros_", "torch.randn": "normal_", "torch.rand": "uniform_",
    "torch.full": "constant_",
}  # fmt: skip
_METHODS = {
    "normal_": ("normal_", ("mean", "std")),
    "uniform_": ("uniform_", ("a", "b")),
    "fill_": ("constant_", ("val",)),
    "zero_": ("zeros_", ()),
}
_DEFAULTS: Mapping[str, dict[str, Term]] = {
    "normal_": {"mean": 0.0, "std": 1.0},
    "uniform_": {"a": 0.0, "b": 1.0},
}
# What a factor does to what an initialiser is given.
_SCALED = {"normal_": ("mean", "std"), "uniform_": ("a", "b"), "constant_": ("val",), "zeros_": ()}

Held = tuple[cst.CSTNode, str]


@dataclass(frozen=True)
class Start:
    """A new tensor's sizes and what fills it: a function of torch.nn.init with its arguments.

    Not `written` is what holds whatever was in its place.
    """

    sizes: cst.BaseExpression
    shape: Term
    function: str
    given: Mapping[str, Term]
    dtype: str | None = None
    written: bool = True


def made(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`nn.Parameter(torch.zeros(3))` as `self.add_weight(…)`; other data in a Variable."""
    fact = rw.facts.calls[original]
    if fact.api != "torch.nn.Parameter":
        return _registered(rw, original, updated)
    attribute = attribute_of(rw, original, perhaps=True)
    trained = fact.nodes.get("requires_grad")
    kept = None if known(fact.given.get("requires_grad", True)) is True else trained
    kept = None if kept is None else rw.updated.get(kept, kept)
    result = _weight(rw, original, fact.nodes.get("data"), attribute, kept)
    if result is None:
        result = function(rw, original, updated)
    if class_around(original, rw.parents) is not None and result is not updated:
        rw.bare[original] = (result, attribute)
    return result


def attribute_of(rw: Rewriter, node: cst.CSTNode, perhaps: bool = False) -> str | None:
    """The one attribute of self that a value is assigned to, or may be: `w if bias else None`."""
    around = rw.parents.get(node)
    if perhaps and isinstance(around, cst.IfExp):
        around = rw.parents.get(around)
    if not isinstance(around, cst.Assign) or len(around.targets) != 1:
        return None
    owner, _, name = (dotted(around.targets[0].target) or "").partition(".")
    return name if owner == "self" and name and "." not in name else None


def _registered(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`self.register_buffer("mean", torch.zeros(3))` as a weight that is not trained."""
    fact = rw.facts.calls[original]
    value = "tensor" if fact.api.endswith("buffer") else "param"
    given = terms_of(original, ("name", value))
    name = rw.facts.values.get(given["name"]) if "name" in given else None
    text = known(name.term) if isinstance(name, Const) else None
    if not isinstance(text, str) or value not in given or not _is_statement(rw, original):
        raise Unwritable("the name under which it is registered is not known here")
    held = rw.updated.get(given[value], given[value])
    if value == "tensor" and dotted(given[value]) != "None":
        fixed = cst.Name("False")
        weight = _weight(rw, original, given[value], text, fixed)
        held = function(rw, original, updated) if weight is None else weight
        rw.bare[original] = (held, text)
    if held is updated:
        return updated
    rw.registered[original] = (text, held)
    return held


def _is_statement(rw: Rewriter, node: cst.Call) -> bool:
    on_self = isinstance(node.func, cst.Attribute) and dotted(node.func.value) == "self"
    return on_self and isinstance(rw.parents.get(node), cst.Expr)


def _weight(
    rw: Rewriter,
    node: cst.Call,
    data: cst.BaseExpression | None,
    attribute: str | None,
    trained: cst.BaseExpression | None,
) -> cst.BaseExpression | None:
    """`self.add_weight(…)`; None where what it starts from is no plain initialiser."""
    cls = class_around(node, rw.parents)
    known_class = cls in rw.facts.root_classes | rw.facts.inner_classes
    start = None if data is None or not known_class else _start(rw, data)
    if cls is None or start is None:
        return None
    later = rw.starting.own.get((cls, attribute or ""))
    initializer = None if later is None else _later(rw, node, start, later)
    try:
        if later is None or start.written:
            initializer = initializer or _written(rw, node, start)
    except Unwritable:
        return None
    args = [] if attribute is None else [_named("name", cst.SimpleString(f'"{attribute}"'))]
    args.append(_named("shape", start.sizes))
    if initializer is not None:
        args.append(_named("initializer", initializer))
    if start.dtype not in (None, "float32"):
        args.append(_named("dtype", cst.SimpleString(f'"{start.dtype}"')))
    if trained is not None:
        args.append(_named("trainable", trained))
    method = cst.Attribute(cst.Name("self"), cst.Name("add_weight"))
    return cst.Call(method, spaced(args))


def _named(name: str, value: cst.BaseExpression) -> cst.Arg:
    return cst.Arg(value, keyword=cst.Name(name), equal=NO_SPACE)


def _written(rw: Rewriter, node: cst.Call, start: Start) -> cst.BaseExpression:
    """The initialiser; raises Unwritable where Keras has none like it."""
    api = f"{INIT}{start.function}"
    for rule in rw.rulebook.find(api, rw.side):
        if rule.kind != "initializer":
            continue
        try:
            translation = translate(rule, rw.side, start.given, {"shape": start.shape}, api)
        except Untranslatable:
            continue
        for message in translation.case.notes:
            rw.findings.once(node, rule.id, message)
        return rw.emitter(node).core(translation, {})
    raise Unwritable(f"{api} has no equal")


def _later(rw: Rewriter, node: cst.Call, start: Start, call: cst.Call) -> cst.BaseExpression | None:
    """The initialiser that a later statement stands for; None where it is only left out."""
    filled = _filled(rw, call, start)
    if filled is None:
        return None
    try:
        return _written(rw, node, filled)
    except Unwritable:
        return None


def _start(rw: Rewriter, data: cst.BaseExpression) -> Start | None:
    """A new tensor taken apart, with what is done to it at once."""
    if isinstance(data, cst.BinaryOperation):
        return _scaled(rw, data)
    if not isinstance(data, cst.Call):
        return None
    fact = rw.facts.calls.get(data)
    if fact is not None and fact.api in _NEW:
        return _new(rw, data)
    if fact is not None and fact.api == "torch.tensor":
        value = fact.given.get("data", UNKNOWN)
        plain = isinstance(known(value), float) and set(fact.given) == {"data"}
        return Start(cst.Tuple([]), (), "constant_", {"val": value}) if plain else None
    inner: cst.BaseExpression | None = None
    if fact is not None and fact.api.startswith(INIT) and data.args:
        inner = data.args[0].value
    elif isinstance(data.func, cst.Attribute) and data.func.attr.value in _METHODS:
        inner = data.func.value
    start = None if inner is None else _start(rw, inner)
    return None if start is None else _filled(rw, data, start)


def _new(rw: Rewriter, data: cst.Call) -> Start | None:
    fact, value = rw.facts.calls[data], rw.facts.values.get(data)
    nodes = argument_nodes(rw, fact.nodes)
    sizes = nodes.get("size")
    sized = "size" if fact.api == "torch.Tensor" and len(data.args) < 2 else None
    if sizes is None or fact.problem or sized is not None:
        return None
    function = _NEW[fact.api]
    given = dict(_DEFAULTS.get(function, {}))
    if function == "constant_":
        given["val"] = fact.given.get("fill_value", UNKNOWN)
    shape = value.shape if isinstance(value, Tensor) else None
    dtype = known(fact.given.get("dtype"))
    return Start(
        sizes if isinstance(sizes, cst.Tuple | cst.List | cst.Name | cst.Attribute | cst.Call)
        else cst.Tuple([cst.Element(sizes, cst.Comma())]),
        UNKNOWN if shape is None else shape, function, given,
        dtype if isinstance(dtype, str) else None,
        fact.api not in ("torch.empty", "torch.Tensor"),
    )  # fmt: skip


def _filled(rw: Rewriter, call: cst.Call, start: Start) -> Start | None:
    """What a function of torch.nn.init, or a tensor's own method, fills a tensor with."""
    api = rw.rulebook.canonical(rw.facts.apis.get(call.func, ""))
    if api.startswith(INIT):
        name = api.removeprefix(INIT)
        rules = [r for r in rw.rulebook.find(api, rw.side) if r.kind == "initializer"]
        if not rules:
            return None
        parameters = tuple(rules[0].signatures[rw.side].by_name)
        given = {n: e for n, e in terms_of(call, parameters).items() if n != "tensor"}
        name = rules[0].signatures[rw.side].name
    elif isinstance(call.func, cst.Attribute) and call.func.attr.value in _METHODS:
        name, names = _METHODS[call.func.attr.value]
        renamed = {"from": "a", "to": "b", "value": "val"}
        given = {renamed.get(n, n): e for n, e in terms_of(call, names).items()}
    else:
        return None
    terms = {n: _term(rw, e) for n, e in given.items() if n != "generator"}
    return replace(start, function=name, given=_DEFAULTS.get(name, {}) | terms)


def _term(rw: Rewriter, node: cst.BaseExpression) -> Term:
    value = rw.facts.values.get(node)
    if isinstance(value, Const):
        return value.term
    try:
        return Symbol.parse(rw.facts.module.code_for_node(node))
    except SyntaxError:
        return UNKNOWN


def _scaled(rw: Rewriter, data: cst.BinaryOperation) -> Start | None:
    """`torch.randn(3) * 0.02`: the same distribution, so much wider."""
    operators: dict[type[cst.BaseBinaryOp], ast.operator] = {
        cst.Multiply: ast.Mult(), cst.Divide: ast.Div(),
    }  # fmt: skip
    operator = operators.get(type(data.operator))
    start, factor = _start(rw, data.left), data.right
    if start is None and isinstance(operator, ast.Mult):
        start, factor = _start(rw, data.right), data.left
    value = rw.facts.values.get(factor)
    if operator is None or start is None or not isinstance(value, Const):
        return None
    if start.function == "ones_":
        start = replace(start, function="constant_", given={"val": 1.0})
    names = _SCALED.get(start.function)
    if names is None or not _is_number(value.term):
        return None
    scaled = {n: _times(operator, start.given[n], value.term) for n in names}
    return None if UNKNOWN in scaled.values() else replace(start, given={**start.given, **scaled})


def _is_number(term: Term) -> bool:
    return isinstance(term, Symbol) or (is_known(term) and isinstance(known(term), int | float))


def _times(operator: ast.operator, number: Term, factor: Term) -> Term:
    if number == 0:
        return number
    if number == 1 and isinstance(operator, ast.Mult):
        return factor
    return binary(operator, number, factor)


def held(facts: Facts, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> frozenset[Held]:
    """The attributes of classes that hold a parameter or a buffer."""
    found: set[Held] = set()
    for node, fact in facts.calls.items():
        cls = class_around(node, parents)
        if cls is None or not isinstance(node, cst.Call):
            continue
        if fact.api == "torch.nn.Parameter":
            around = parents.get(node)
            target = around.targets[0].target if isinstance(around, cst.Assign) else None
            found.add((cls, _on_self(target) or ""))
        elif fact.api.endswith((".register_buffer", ".register_parameter")):
            name = facts.values.get(terms_of(node, ("name",)).get("name", node))
            if isinstance(name, Const):
                found.add((cls, str(known(name.term))))
    return frozenset(found)


def _on_self(target: cst.CSTNode | None) -> str | None:
    owner, _, name = (dotted(target) or "").partition(".") if target is not None else ("", "", "")
    return name if owner == "self" and name and "." not in name else None


def assigned(
    rw: Rewriter, original: cst.BaseSmallStatement, result: cst.BaseSmallStatement | None
) -> cst.BaseSmallStatement | None:
    """`self.count = self.count + 1`: a weight of Keras keeps its place and takes the value."""
    if isinstance(result, cst.Assign) and len(result.targets) == 1:
        target, method = result.targets[0].target, "assign"
    elif isinstance(result, cst.AugAssign) and type(result.operator) in _AUGMENTED:
        target, method = result.target, _AUGMENTED[type(result.operator)]
    else:
        return result
    name, cls = _on_self(target), class_around(original, rw.parents)
    if cls is None or (cls, name) not in rw.held or _makes(rw, original):
        return result
    callee = cst.Attribute(target, cst.Name(method))
    return cst.Expr(cst.Call(callee, [cst.Arg(result.value)]))


_AUGMENTED: Mapping[type[cst.BaseAugOp], str] = {
    cst.AddAssign: "assign_add",
    cst.SubtractAssign: "assign_sub",
}


def _makes(rw: Rewriter, statement: cst.CSTNode) -> bool:
    """Whether a statement stands where a module is made."""
    node: cst.CSTNode | None = statement
    while node is not None and not isinstance(node, cst.FunctionDef):
        node = rw.parents.get(node)
    return node is None or node.name.value == "__init__"
