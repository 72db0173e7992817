"""What a container says of its input: `input_shape`, `input_dim`, an Input as first element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from porter.facts.terms import shape_from, term_of
from porter.facts.values import Object, Shape, Tensor
from porter.rulebook import is_known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

SEQUENTIALS = ("keras.Sequential", "torch.nn.Sequential")


def declared_shape(it: Interpreter, obj: Object) -> Shape:
    """The input shape a Sequential declares in its first element."""
    for child in obj.children[:1]:
        if not isinstance(child, Object):
            return None
        if child.api == "keras.Input":
            tensor = child.outputs[0]
            return tensor.shape if isinstance(tensor, Tensor) else None
        if child.api in SEQUENTIALS:
            return declared_shape(it, child)
        for name in ("input_shape", "batch_input_shape", "input_dim", "input_length"):
            if name not in child.given or (child.api.endswith("Embedding") and name == "input_dim"):
                continue
            term = term_of(it, *child.given[name])
            if name == "batch_input_shape":
                return shape_from(it, term)
            one = name in ("input_dim", "input_length")
            inner = shape_from(it, (term,) if one and not isinstance(term, tuple) else term)
            return None if inner is None else (it.new_dim(), *inner)
        if child.api.endswith("Embedding"):
            return (it.new_dim(), it.new_dim())
    return None


def as_declared(shape: Shape, declared: Shape) -> Shape:
    """A shape with the sizes that were declared in place of those that nobody wrote down."""
    if shape is None or declared is None or len(shape) != len(declared):
        return declared if shape is None else shape
    return tuple(
        own if is_known(own) and own is not None else said
        for own, said in zip(shape, declared, strict=True)
    )
