"""The functions that rules may call.

Each takes and gives terms. One that meets a term it cannot work with raises TypeError or
ValueError, which the evaluator turns into UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from porter.rulebook.shapes import (
    broadcast,
    concatenated,
    inserted,
    moved,
    padded,
    permuted,
    plus,
    product,
    reduced,
    replaced,
    reshaped,
    shapes,
    swapped,
)  # fmt: skip
from porter.rulebook.terms import UNKNOWN, Named, Symbol, Term, integer, is_known, items, known
from porter.rulebook.windows import (
    all_at_least,
    firsts,
    is_padding,
    is_same,
    keras_pad,
    pairs,
    same_pads,
    scaled,
    spread,
    squeeze,
    squeeze_pairs,
    symmetric,
    torch_crop,
    torch_pad,
    trailing,
    transpose_crop,
    transpose_gap,
    transposed,
    windowed,
)  # fmt: skip


def is_tuple(value: Term) -> Term:
    if value is UNKNOWN:
        raise TypeError(value)
    return isinstance(known(value), tuple | list)


def is_int(value: Term) -> Term:
    if isinstance(value, Symbol) and not isinstance(value, Named):
        raise TypeError(value)
    return isinstance(known(value), int)


def length(value: Term) -> Term:
    return len(items(known(value) if isinstance(value, Named) else value))


def ndims(value: Term) -> Term:
    """A tensor's rank."""
    shape = getattr(value, "shape", None)
    if shape is None:
        raise TypeError(value)
    return len(shape)


def increasing(value: Term) -> Term:
    return tuple(range(integer(value)))


def maximum(a: Term, b: Term) -> Term:
    return max(integer(a), integer(b))


def is_whole(value: Term) -> Term:
    """Whether every number of an int, float or tuple is whole."""
    parts = value if isinstance(value, tuple | list) else (value,)
    return all(float(cast(float, known(i))).is_integer() for i in parts)


def plain_lstm(layer: Term) -> Term:
    """Whether a layer is an LSTM with the activations and options that PyTorch's has."""
    if getattr(layer, "api", None) != "keras.layers.LSTM":
        return False
    wanted = {
        "activation": "tanh", "recurrent_activation": "sigmoid", "go_backwards": False,
        "stateful": False, "dropout": 0.0, "recurrent_dropout": 0.0,
    }  # fmt: skip
    fields = layer.fields  # type: ignore[attr-defined]
    if not all(is_known(fields[name]) for name in wanted):
        raise TypeError(layer)
    return all(known(fields[name]) == value for name, value in wanted.items())


def flat(shape: Term) -> Term:
    """Variadic sizes as one tuple, whether they came one by one or as a tuple."""
    sizes = items(shape)
    if len(sizes) == 1 and isinstance(known(sizes[0]), tuple | list):
        return tuple(sizes[0]) if isinstance(sizes[0], tuple | list) else known(sizes[0])
    return sizes


FUNCTIONS: dict[str, Callable[..., Term]] = {
    f.__name__: f
    for f in (
        spread, squeeze, same_pads, symmetric, firsts, torch_pad, keras_pad, pairs, windowed,
        transposed, scaled, padded, plus, product, reshaped, reduced, replaced, inserted, permuted,
        swapped, concatenated, broadcast, shapes, moved, is_tuple, is_int, length, ndims,
        increasing, maximum, all_at_least, transpose_crop, transpose_gap, trailing, torch_crop,
        is_padding, is_same, is_whole, squeeze_pairs, plain_lstm, flat,
    )
}  # fmt: skip
