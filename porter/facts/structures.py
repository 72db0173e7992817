"""Containers and models that hold other layers: the frameworks' structural classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments, Given
from porter.facts.bounds import fits
from porter.facts.declared import SEQUENTIALS, declared_shape, sizes_by_name
from porter.facts.layout import native
from porter.facts.objects import run_object
from porter.facts.propagate import Input
from porter.facts.terms import shape_from, term_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Const,
    Dict,
    Object,
    Order,
    Producer,
    Sequence,
    Shape,
    Tensor,
    Use,
    Value,
)
from porter.rulebook import Term, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def _object(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Object:
    canonical = it.rulebook.canonical(api)
    obj = Object(canonical, node, dict(args.keywords))
    it.facts.objects.append(obj)
    fact = it.note_call(node, canonical, (), {}, {})
    fact.objects.append(obj)
    return obj


def _keras_input(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Value:
    """`keras.Input(shape=…)`: a tensor of a functional model."""
    it.note_call(node, it.rulebook.canonical(api), (), {}, {})
    batch: object = it.new_dim()
    given = args.keywords.get("shape") or args.keywords.get("input_shape")
    given = given or (args.positional[0] if args.positional else None)
    tail: tuple[Term, ...] = ()
    whole = args.keywords.get("batch_shape") or args.keywords.get("batch_input_shape")
    dtype = args.keywords.get("dtype")
    kind = dtype[1].term if dtype is not None and isinstance(dtype[1], Const) else None
    if whole is not None:
        shape = shape_from(it, term_of(it, *whole))
    else:
        term = term_of(it, *given) if given is not None else None
        # tf.keras takes a single size, too.
        inner = shape_from(it, (term,) if isinstance(known(term), int) else term)
        shape = None if inner is None else (batch, *inner)
        if given is not None and shape is None:
            shape = _asked_for(it, node, given[0], batch)
            tail = sizes_by_name(it, given[0], 1) if shape is None else ()
    obj = Object("keras.Input", node, dict(args.keywords))
    said = kind if isinstance(kind, str) else None
    tensor = Tensor(shape, _given_order(it, shape), said, tail=tail)
    obj.outputs = (tensor,)
    return it.input_tensor(obj, tensor)


def _asked_for(it: Interpreter, node: cst.Call, given: cst.BaseExpression, batch: Term) -> Shape:
    """The shape of an Input by what its tensor goes to, where that says how long it is."""
    rank = it.ranks.get(node)
    if rank is None:
        return None
    sizes = sizes_by_name(it, given, rank - 1) or tuple(it.new_dim() for _ in range(rank - 1))
    return (batch, *sizes)


def _sequential(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Value:
    """`Sequential([…])`, `nn.Sequential(a, b, …)`, `nn.Sequential(OrderedDict(…))`."""
    obj = _object(it, node, api, args)
    obj.inner = it.in_module()
    values = args.values
    if "layers" in args.keywords:
        values = [args.keywords["layers"][1]]
    if len(values) == 1 and isinstance(values[0], Sequence):
        obj.open, obj.sure = values[0].open, values[0].sure
        values = values[0].items
    elif len(values) == 1 and isinstance(values[0], Dict):
        values = list(values[0].items.values())
    obj.children = [_child(value) for value in values]
    obj.open = obj.open or args.open
    if not fits(obj):
        obj.children, obj.open = [], True
    return obj


def _child(value: Value) -> Value:
    if isinstance(value, Tensor) and value.producer is not None:
        return value.producer.callee
    return value


def _functional(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Value:
    """`keras.Model(inputs, outputs)`."""
    obj = _object(it, node, api, args)
    inputs = _named(args, 0, "inputs", "input")
    outputs = _named(args, 1, "outputs", "output")
    if inputs is None or outputs is None:
        return obj
    obj.given = {"inputs": inputs, "outputs": outputs}
    obj.inputs = tuple(v for v in _values(inputs[1]) if isinstance(v, Tensor))
    obj.outputs = tuple(_values(outputs[1]))
    if not it.native:
        it.to_source(outputs[0], outputs[1])
    it.facts.models.append(obj)
    return obj


def _named(args: Arguments, position: int, *names: str) -> Given | None:
    for name in names:
        if name in args.keywords:
            return args.keywords[name]
    return args.positional[position] if len(args.positional) > position else None


def _values(value: Value) -> list[Value]:
    if isinstance(value, Dict):
        return list(value.items.values())
    return list(value.items) if isinstance(value, Sequence) else [value]


def _module_list(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Value:
    """`nn.ModuleList([…])`: a list."""
    _object(it, node, api, args)
    if args.values and isinstance(args.values[0], Sequence):
        return Sequence("list", list(args.values[0].items), args.values[0].open)
    return Sequence("list", [], open=bool(args.values))


def _module_dict(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Value:
    """`nn.ModuleDict({…})`: a dict."""
    _object(it, node, api, args)
    match args.values:
        case []:
            return Dict({})
        case [Dict(items=items)]:
            return Dict(dict(items))
    return UNKNOWN_VALUE


def method(it: Interpreter, node: cst.Call, receiver: Object, name: str, args: Arguments) -> Value:
    """A method of a framework object; adding to a container is understood."""
    added = args.values[:1] if name in ("add", "append") else _named_module(name, args)
    if receiver.api in SEQUENTIALS and added:
        _add(receiver, _child(added[0]))
        additions = it.facts.additions.setdefault(receiver.node, [])
        if node not in additions:
            additions.append(node)
        return receiver if name == "append" else Const(None)
    if name == "get_layer":
        return _layer_called(it, receiver, args)
    return UNKNOWN_VALUE


def _named_module(name: str, args: Arguments) -> list[Value]:
    """What `container.add_module("name", module)` adds."""
    if name not in ("add_module", "register_module"):
        return []
    given = _named(args, 1, "module")
    return [] if given is None else [given[1]]


def _layer_called(it: Interpreter, model: Object, args: Arguments) -> Value:
    """`model.get_layer("name")`, where one layer of the model was given that name."""
    wanted = _named(args, 0, "name")
    if wanted is None or not isinstance(wanted[1], Const) or "index" in args.keywords:
        return UNKNOWN_VALUE
    name = term_of(it, *wanted)
    found = [layer for layer in _layers_of(model) if _name_of(it, layer) == name]
    return found[0] if len(found) == 1 and is_known(name) else UNKNOWN_VALUE


def _layers_of(model: Object) -> list[Object]:
    """The framework's layers in a container, or on the ways to a functional model's outputs."""
    if model.api in SEQUENTIALS:
        return [child for child in model.children if isinstance(child, Object)]
    found: dict[Object, None] = {}
    seen: set[Producer] = set()
    stack = [t.producer for t in model.outputs if isinstance(t, Tensor)]
    while stack:
        producer = stack.pop()
        if producer is None or producer in seen:
            continue
        seen.add(producer)
        if isinstance(producer.callee, Object):
            found[producer.callee] = None
        stack += [t.producer for t in producer.inputs]
    return list(found)


def _name_of(it: Interpreter, layer: Object) -> object:
    return term_of(it, *layer.given["name"]) if "name" in layer.given else None


def _add(receiver: Object, child: Value) -> None:
    receiver.sure |= {len(receiver.children)} if receiver.sure else set()
    receiver.children.append(child)
    if not fits(receiver):
        receiver.children.pop()
        receiver.open, receiver.sure = True, frozenset()


def _got(it: Interpreter, node: cst.Call, api: str, args: Arguments) -> Value:
    """`keras.initializers.get("zeros")`: what it is given, by whichever name."""
    it.note_call(node, it.rulebook.canonical(api), (), {}, {})
    return args.values[0] if args.positional else UNKNOWN_VALUE


HANDLERS: dict[str, Callable[..., Value]] = {
    "keras.Input": _keras_input,
    "keras.Sequential": _sequential,
    "torch.nn.Sequential": _sequential,
    "keras.Model": _functional,
    "torch.nn.ModuleList": _module_list,
    "torch.nn.ParameterList": _module_list,
    "torch.nn.ModuleDict": _module_dict,
    "keras.initializers.get": _got,
    "keras.regularizers.get": _got,
    "keras.constraints.get": _got,
    "tensorflow.GradientTape": _object,
}


def run_as_root(it: Interpreter, obj: Object) -> None:
    """Apply a Sequential that nothing applies, to the input that it declares."""
    shape = declared_shape(it, obj)
    value: Value = Tensor(shape, _given_order(it, shape))
    result = run_object(it, obj, [Input(None, value)], Use(None, ()))
    it.close(obj.node, result)


def _given_order(it: Interpreter, shape: Shape) -> Order:
    """How a tensor from outside is held: as the source has it, or natively where that is asked."""
    return native(len(shape), it.target) if it.native and shape is not None else None
