"""What is read of a value: attributes, items, the sizes of a shape."""

from __future__ import annotations

from collections.abc import Sequence as Elements
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.join import one_of
from porter.facts.layout import map_axis
from porter.facts.operations import apply_rules
from porter.facts.places import is_read
from porter.facts.propagate import part_named
from porter.facts.terms import dtype_of, size_for, symbol_for
from porter.facts.values import (
    UNKNOWN_VALUE,
    Collated,
    Const,
    Dict,
    Method,
    Object,
    Scope,
    Sequence,
    Tensor,
    TensorShape,
    Value,
)
from porter.rulebook import is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

RANKS = ("rank", "ndims")


def member(it: Interpreter, owner: Value, name: str, node: cst.Attribute, scope: Scope) -> Value:
    """An attribute of a tensor, shape, container or framework object."""
    if isinstance(owner, Tensor) and name == "shape":
        note_shape(it, node, owner)
        rules = it.rulebook.find("torch.Tensor.shape", it.side)
        if it.side == "torch":
            it.note_call(node, "torch.Tensor.shape", rules, {}, {"self": node.value})
        return TensorShape(owner)
    if isinstance(owner, TensorShape) and name in RANKS:
        sizes = owner.tensor.shape
        return UNKNOWN_VALUE if sizes is None else Const(len(sizes))
    if isinstance(owner, Tensor) and is_read(node, it.parents):
        return _tensor_attribute(it, owner, name, node)
    if isinstance(owner, Dict) and name in owner.items and not hasattr(dict, name):
        it.facts.keyed.add(node)
        return owner.items[name]
    place = part_named(it, name)
    if place is not None and isinstance(owner, Sequence) and place < len(owner.items):
        it.facts.parts[node] = place
        return owner.items[place]
    if isinstance(owner, Object) and name in ("output", "input"):
        return end(owner, name) or Method(owner, name)
    return Method(owner, name)


def end(obj: Object, name: str) -> Value | None:
    """The tensor that goes into a layer or model, or comes out, where there is one."""
    if obj.outputs:
        tensors: Elements[Value] = obj.outputs if name == "output" else obj.inputs
    elif name == "output":
        tensors = list(obj.results.values())
    else:
        tensors = [tensor for use in obj.uses for tensor in use.inputs]
    return tensors[0] if len(tensors) == 1 else None


def _tensor_attribute(it: Interpreter, owner: Tensor, name: str, node: cst.Attribute) -> Value:
    """`x.T`, `x.dtype`: a rule's, or left and said."""
    prefix = "torch.Tensor" if it.side == "torch" else "tensorflow.Tensor"
    api = f"{prefix}.{name}"
    rules = it.rulebook.find(api, it.side)
    if not rules:
        it.note_call(node, api, (), {}, {"self": node.value})
        return UNKNOWN_VALUE
    found = apply_rules(it, node, api, rules, Arguments(((node.value, owner),)))
    return dtype_of(it, node) if name == "dtype" else found


def note_shape(it: Interpreter, node: cst.CSTNode, tensor: Tensor) -> None:
    """A shape read as a whole, of a tensor that the target holds in another order."""
    if tensor.order is None:
        return
    shape = node
    parent = it.parents.get(node)
    if isinstance(parent, cst.Attribute):
        if parent.attr.value in RANKS:
            return
        if parent.attr.value == "as_list":
            shape = it.parents[parent]
            parent = it.parents.get(shape)
    if isinstance(parent, cst.Subscript) and parent.value is shape and len(parent.slice) == 1:
        index = parent.slice[0].slice
        if isinstance(index, cst.Index) and _is_number(index.value):
            return
    it.facts.conflicts[node] = "the sizes of a tensor are read in an order that it is not held in"


def _is_number(node: cst.BaseExpression) -> bool:
    inner = node.expression if isinstance(node, cst.UnaryOperation) else node
    return isinstance(inner, cst.Integer)


def dimension(it: Interpreter, node: cst.BaseExpression, shape: TensorShape, index: Value) -> Value:
    """One size of a tensor; where the target holds it elsewhere, that is noted."""
    tensor = shape.tensor
    axis = known(index.term) if isinstance(index, Const) and is_known(index.term) else None
    if not isinstance(axis, int) or isinstance(axis, bool) or tensor.shape is None:
        return Const(size_for(it, node) if isinstance(axis, int) else symbol_for(it, node))
    rank = len(tensor.shape)
    if not -rank <= axis < rank:
        return UNKNOWN_VALUE
    it.note_axis(node, map_axis(axis, tensor.order, rank) if tensor.order else axis)
    dim = tensor.shape[axis]
    return Const(size_for(it, node)) if dim is None else Const(dim)


def item(it: Interpreter, owner: Value, node: cst.Subscript, key: Value | None) -> Value:
    """`owner[…]`, by what stands in the brackets if that is one value."""
    index = node.slice[0].slice if len(node.slice) == 1 else None
    constant = known(key.term) if isinstance(key, Const) and is_known(key.term) else None
    match owner:
        case Tensor():
            return it.tensor_item(owner, node)
        case Collated():
            return Collated()
        case TensorShape() if key is not None:
            return dimension(it, node, owner, key)
        case Sequence(items=items):
            if isinstance(constant, int) and -len(items) <= constant < len(items):
                return items[constant]
            if isinstance(index, cst.Slice):
                return _sliced(it, owner, index)
            return one_of(items) if key is not None else UNKNOWN_VALUE
        case Dict(items=entries):
            return entries.get(constant, UNKNOWN_VALUE)
        case Object(children=children) if children and isinstance(constant, int):
            if -len(children) <= constant < len(children):
                return children[constant]
    return UNKNOWN_VALUE


def _sliced(it: Interpreter, owner: Sequence, index: cst.Slice) -> Value:
    bounds: list[int | None] = []
    if owner.open:
        return Sequence(owner.kind, list(owner.items), open=True)
    for part in (index.lower, index.upper, index.step):
        value = None if part is None else it.facts.values.get(part)
        bound = known(value.term) if isinstance(value, Const) and is_known(value.term) else None
        if part is not None and not isinstance(bound, int):
            return Sequence(owner.kind, list(owner.items), open=True)
        bounds.append(bound if isinstance(bound, int) else None)
    if bounds[2] == 0:
        return UNKNOWN_VALUE
    return Sequence(owner.kind, owner.items[slice(*bounds)])
