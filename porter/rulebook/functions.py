"""The functions that rules may call.

Each takes and gives terms. One that meets a term it cannot work with raises TypeError or
ValueError, which the evaluator turns into UNKNOWN.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import cast

from porter.rulebook.shapes import (
    broadcast,
    concatenated,
    cuts,
    expanded,
    gaps,
    inserted,
    multiplied,
    padded,
    parted,
    permuted,
    pieces,
    product,
    reduced,
    replaced,
    reshaped,
    shapes,
    swapped,
    tiled,
    times,
    together,
    without_ones,
)  # fmt: skip
from porter.rulebook.terms import (
    UNKNOWN,
    ApiName,
    Dtype,
    Named,
    Size,
    Symbol,
    Term,
    integer,
    is_known,
    items,
    known,
)
from porter.rulebook.windows import (
    all_at_least,
    cut_pairs,
    firsts,
    inner,
    is_cut,
    is_padding,
    is_same,
    keras_pad,
    multiples,
    negated,
    pairs,
    quotients,
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
    whole,
    windowed,
    without_leading,
)  # fmt: skip

DTYPES = frozenset({
    "float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool",
    "complex64", "complex128",
})  # fmt: skip

WHOLE = frozenset({"int8", "int16", "int32", "int64", "uint8"})


def is_tuple(value: Term) -> Term:
    """Whether an argument is a tuple or list."""
    if value is UNKNOWN:
        raise TypeError(value)
    return isinstance(known(value), tuple | list)


def has_groups(parameters: Term) -> Term:
    """Whether an optimiser is given groups of parameters, each with options of its own."""
    given = known(parameters)
    listed = given if isinstance(given, tuple | list) else ()
    return any(isinstance(i, Symbol) and isinstance(i.node, ast.Dict) for i in listed)


def is_open(value: Term) -> Term:
    """Whether an argument is what only a caller knows."""
    return isinstance(value, Symbol) and not is_known(value)


def is_unsaid(size: Term) -> Term:
    """Whether nothing in the source says a size."""
    if isinstance(size, Symbol):
        return any(name.startswith("?") for name in size.names)
    return size is None


def is_given(value: Term) -> Term:
    """Whether an argument is there, where the API takes no None for it."""
    return known(value) is not None


def is_tensor(value: Term) -> Term:
    """Whether an argument is a tensor rather than a number."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return True
    if not is_known(value):
        raise TypeError(value)
    return False


def is_integral(value: Term) -> Term:
    """Whether a tensor is known to hold whole numbers, or what is True or False."""
    return getattr(value, "dtype", None) in WHOLE | {"bool"}


def is_object(value: Term) -> Term:
    """Whether an argument is an object that a class of the framework makes, as a schedule is."""
    if hasattr(value, "api") and hasattr(value, "fields"):
        return True
    if not is_known(value):
        raise TypeError(value)
    return False


def is_int(value: Term) -> Term:
    """Whether an argument is a whole number."""
    if isinstance(value, Symbol) and not isinstance(value, Named | Size):
        raise TypeError(value)
    return isinstance(known(value), int | Size)


def only_whole(value: Term) -> Term:
    """Whether a number is whole, and not True or False; of a list, whether all in it are."""
    if isinstance(value, tuple | list):
        return all(only_whole(item) for item in items(value))
    return bool(is_int(value)) and not isinstance(known(value), bool)


def only_bools(value: Term) -> Term:
    """Whether an argument is True or False; of a list, whether all in it are."""
    if isinstance(value, tuple | list):
        return bool(value) and all(only_bools(item) for item in items(value))
    return is_bool(value)


def is_bool(value: Term) -> Term:
    """Whether an argument is True or False."""
    if not is_known(value) and not isinstance(value, Size):
        raise TypeError(value)
    return isinstance(known(value), bool)


def is_float(value: Term) -> Term:
    """Whether a number is a float, or one of the numbers in a list."""
    if isinstance(known(value), tuple | list):
        parts = [is_float(item) for item in items(known(value))]
        return any(parts)
    if not is_known(value) and not isinstance(value, Size):
        raise TypeError(value)
    return isinstance(known(value), float)


def length(value: Term) -> Term:
    """How many elements a sequence has."""
    return len(items(known(value) if isinstance(value, Named) else value))


def increasing(value: Term) -> Term:
    """The axes in order: 3 → (0, 1, 2)."""
    return tuple(range(integer(value)))


def maximum(a: Term, b: Term) -> Term:
    """The larger of two numbers."""
    return max(integer(a), integer(b))


def is_whole(value: Term) -> Term:
    """Whether every number of an int, float or tuple is whole."""
    parts = value if isinstance(value, tuple | list) else (value,)
    return all(float(cast(float, known(i))).is_integer() for i in parts)


def torch_dtype(dtype: Term) -> Term:
    """PyTorch's name for a dtype that Keras names by a string; a tensor's is the same."""
    name = known(dtype)
    if isinstance(name, Dtype):
        return name
    if not isinstance(name, str) or name not in DTYPES:
        raise ValueError(dtype)
    return ApiName.parse(f"torch.{name}")


def keras_dtype(dtype: Term) -> Term:
    """Keras's name for a dtype, a string; a tensor's is the same."""
    name = known(dtype)
    if not isinstance(name, Dtype) and name not in DTYPES:
        raise ValueError(dtype)
    return name if isinstance(name, Dtype) else str(name)


def flat(shape: Term) -> Term:
    """Variadic sizes as one tuple, whether they came one by one or as a tuple."""
    if not isinstance(shape, tuple | list) and is_known(shape):
        raise TypeError(shape)
    if isinstance(shape, Symbol):
        return shape
    sizes = items(shape)
    if len(sizes) == 1 and isinstance(sizes[0], Symbol) and not is_known(sizes[0]):
        raise TypeError(shape)
    if len(sizes) == 1 and isinstance(known(sizes[0]), tuple | list):
        return tuple(sizes[0]) if isinstance(sizes[0], tuple | list) else known(sizes[0])
    return sizes


def is_dtype(value: Term) -> Term:
    """Whether an argument is a dtype: one that both frameworks have, or a tensor's."""
    if not is_known(value) and not isinstance(value, Dtype):
        raise TypeError(value)
    return isinstance(value, Dtype) or known(value) in DTYPES


def reduction_of(size_average: Term, reduce: Term, reduction: Term) -> Term:
    """What PyTorch's older arguments of losses come to: 'mean', 'sum' or 'none'."""
    if not (is_known(size_average) and is_known(reduce)):
        raise TypeError(size_average)
    average, joined = known(size_average), known(reduce)
    if average is None and joined is None:
        return reduction
    if joined is False:
        return "none"
    return "sum" if average is False else "mean"


FUNCTIONS: dict[str, Callable[..., Term]] = {
    f.__name__: f
    for f in (
        spread, squeeze, same_pads, symmetric, firsts, torch_pad, keras_pad, pairs, windowed,
        transposed, scaled, padded, product, reshaped, reduced, replaced, inserted, permuted,
        swapped, concatenated, broadcast, shapes, is_tuple, is_int, length,
        increasing, maximum, all_at_least, transpose_crop, transpose_gap, trailing, torch_crop,
        is_padding, is_same, is_whole, squeeze_pairs, flat,
        together, has_groups, is_open, is_unsaid, is_tensor, is_given, is_integral,
        is_object,
        multiplied, pieces, parted, cuts, gaps, tiled, expanded, without_ones,
        without_leading, multiples, whole, negated, quotients, times,
        is_bool, only_bools, only_whole, is_float, is_cut, cut_pairs, reduction_of, inner, is_dtype,
        torch_dtype, keras_dtype,
    )
}  # fmt: skip
