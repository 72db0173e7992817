"""The functions that rules may call: shape arithmetic and rearrangements of arguments.

Each takes and gives terms. One that meets a term it cannot work with raises TypeError or
ValueError, which the evaluator turns into UNKNOWN.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import cast

from porter.rulebook.terms import UNKNOWN, Named, Symbol, Term, arithmetic, is_known, known, to_ast

Dim = Term


def _int(term: Term) -> int:
    value = known(term)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(term)
    return value


def _shape(term: Term) -> tuple[Dim, ...]:
    if not isinstance(term, tuple | list):
        raise TypeError(term)
    return tuple(term)


def spread(value: Term, n: Term) -> Term:
    """An int or a tuple of `n` as a tuple of `n`: 3 → (3, 3)."""
    count = _int(n)
    if isinstance(value, tuple | list):
        if len(value) == 1:
            return tuple(value) * count
        if len(value) != count:
            raise ValueError(value)
        return tuple(value)
    if value is UNKNOWN:
        raise TypeError(value)
    return (value,) * count


def squeeze(value: Term) -> Term:
    """A tuple of equal numbers as one number, as people write it: (3, 3) → 3."""
    if isinstance(value, tuple | list) and value:
        first = value[0]
        if all(_same(item, first) for item in value):
            return first
        return tuple(value)
    return value


def _same(a: Term, b: Term) -> bool:
    if isinstance(a, Symbol) and isinstance(b, Symbol):
        return a.text == b.text
    return is_known(a) and is_known(b) and known(a) == known(b)


def same_total(size: Term, kernel: Term, stride: Term, dilation: Term) -> int:
    """TensorFlow's total 'same' padding of one dimension (tf.nn.convolution, Notes on padding)."""
    k = (_int(kernel) - 1) * _int(dilation) + 1
    s = _int(stride)
    if s == 1:
        return k - 1
    n = _int(size)
    return max((-(-n // s) - 1) * s + k - n, 0)


def same_pads(sizes: Term, kernel: Term, strides: Term, dilation: Term) -> Term:
    """'same' padding as pairs (before, after) a spatial dimension; more goes after."""
    spatial = _shape(sizes)
    n = len(spatial)
    pads = []
    for size, k, s, d in zip(
        spatial,
        _shape(spread(kernel, n)),
        _shape(spread(strides, n)),
        _shape(spread(dilation, n)),
        strict=True,
    ):
        total = same_total(size, k, s, d)
        pads.append((total // 2, total - total // 2))
    return tuple(pads)


def symmetric(pads: Term) -> Term:
    """Whether every (before, after) pair is balanced."""
    return all(_int(before) == _int(after) for before, after in map(_shape, _shape(pads)))


def firsts(pads: Term) -> Term:
    """The `before` half of each pair."""
    return tuple(_shape(pair)[0] for pair in _shape(pads))


def torch_pad(pads: Term) -> Term:
    """Pairs in dimension order as `F.pad` takes them: last dimension first, flat."""
    return tuple(item for pair in reversed(_shape(pads)) for item in _shape(pair))


def keras_pad(pad: Term, rank: Term) -> Term:
    """`F.pad`'s flat list as one (before, after) pair a dimension."""
    flat = _shape(pad)
    pairs = [tuple(flat[i : i + 2]) for i in range(0, len(flat), 2)]
    missing = _int(rank) - len(pairs)
    if missing < 0 or len(flat) % 2:
        raise ValueError(pad)
    return ((0, 0),) * missing + tuple(reversed(pairs))


def pairs(padding: Term, n: Term) -> Term:
    """Keras's padding argument as pairs: 1 → ((1, 1), (1, 1)); (1, 2) → ((1, 1), (2, 2))."""
    count = _int(n)
    if count == 1 and isinstance(padding, tuple | list) and len(padding) == 2:
        return (tuple(padding),)
    spreaded = _shape(spread(padding, count))
    return tuple(tuple(p) if isinstance(p, tuple | list) else (p, p) for p in spreaded)


def _window(size: Dim, k: int, s: int, d: int, pad: Term, ceil: bool = False) -> Dim:
    effective = (k - 1) * d + 1
    if size is None or not is_known(size):
        return None
    n = _int(size)
    if pad == "same":
        return -(-n // s)
    before, after = (_int(p) for p in _shape(pad))
    span = n + before + after - effective
    if ceil:
        steps = -(-span // s)
        if steps * s >= n + before:
            steps -= 1
        return steps + 1
    return span // s + 1


def windowed(
    sizes: Term, kernel: Term, strides: Term, dilation: Term, padding: Term, ceil: Term = False
) -> Term:
    """Spatial sizes after a convolution or pooling; padding is 'same', 'valid' or numbers."""
    spatial = _shape(sizes)
    n = len(spatial)
    if padding == "valid":
        padding = 0
    pads: Sequence[Term] = ["same"] * n if padding == "same" else _shape(pairs(padding, n))
    return tuple(
        _window(size, _int(k), _int(s), _int(d), p, bool(known(ceil)))
        for size, k, s, d, p in zip(
            spatial,
            _shape(spread(kernel, n)),
            _shape(spread(strides, n)),
            _shape(spread(dilation, n)),
            pads,
            strict=True,
        )
    )


def transposed(
    sizes: Term, kernel: Term, strides: Term, padding: Term, output_padding: Term, dilation: Term
) -> Term:
    """Spatial sizes after a transposed convolution (torch's formula; Keras's for 'same')."""
    spatial = _shape(sizes)
    n = len(spatial)
    result = []
    same = padding == "same"
    pads = (0,) * n if padding in ("same", "valid") else _shape(spread(padding, n))
    extra = (0,) * n if output_padding is None else _shape(spread(output_padding, n))
    for size, k, s, p, o, d in zip(
        spatial, _shape(spread(kernel, n)), _shape(spread(strides, n)), pads, extra,
        _shape(spread(dilation, n)), strict=True,
    ):  # fmt: skip
        if size is None or not is_known(size):
            result.append(None)
        elif same:
            result.append(_int(size) * _int(s))
        else:
            span = (_int(k) - 1) * _int(d) + 1
            if padding == "valid":
                result.append(_int(size) * _int(s) + max(span - _int(s), 0))
            else:
                result.append((_int(size) - 1) * _int(s) - 2 * _int(p) + span + _int(o))
    return tuple(result)


def scaled(sizes: Term, factor: Term) -> Term:
    """Sizes times an upsampling factor."""
    spatial = _shape(sizes)
    factors = _shape(spread(factor, len(spatial)))
    return tuple(
        None if size is None or not is_known(size) else int(_int(size) * cast(float, known(f)))
        for size, f in zip(spatial, factors, strict=True)
    )


def padded(shape: Term, pads: Term) -> Term:
    """A shape after padding with one pair a dimension."""
    return tuple(
        plus(size, plus(*_shape(pair)))
        for size, pair in zip(_shape(shape), _shape(pads), strict=True)
    )


def plus(a: Term, b: Term) -> Term:
    if a is None or b is None:
        return None
    if isinstance(a, Symbol) or isinstance(b, Symbol):
        if is_known(a) and is_known(b):
            return arithmetic(ast.Add(), known(a), known(b))
        return Symbol.of(ast.BinOp(to_ast(a), ast.Add(), to_ast(b)))
    return arithmetic(ast.Add(), a, b)


def product(sizes: Term) -> Term:
    """The number of elements; None where a size is not known, an expression of symbols."""
    result: Term = 1
    for size in _shape(sizes):
        if size is None or size is UNKNOWN:
            return None
        if is_known(size) and is_known(result):
            result = _int(size) * _int(result)
        elif result == 1:
            result = size
        else:
            result = Symbol.of(ast.BinOp(to_ast(result), ast.Mult(), to_ast(size)))
    return result


def reshaped(shape: Term, target: Term) -> Term:
    """The shape that `target` (with at most one -1) gives to a tensor of `shape`."""
    wanted = list(_shape(target))
    if -1 not in wanted:
        return tuple(wanted)
    hole = wanted.index(-1)
    rest = product(wanted[:hole] + wanted[hole + 1 :])
    total = UNKNOWN if shape is None or shape is UNKNOWN else product(shape)
    if isinstance(total, int) and isinstance(rest, int) and rest:
        wanted[hole] = total // rest
    else:
        wanted[hole] = _cancelled(shape, wanted, hole)
    return tuple(wanted)


def _cancelled(shape: Term, wanted: list[Term], hole: int) -> Term:
    """A -1 beside an unknown batch size: the rest of the shape, where both batches are one."""
    if not isinstance(shape, tuple | list) or hole == 0 or not shape:
        return None
    if wanted[0] is None or _same(wanted[0], shape[0]):
        inner, rest = product(tuple(shape[1:])), product([*wanted[1:hole], *wanted[hole + 1 :]])
        if isinstance(inner, int) and isinstance(rest, int) and rest:
            return inner // rest
    return None


def reduced(shape: Term, axis: Term, keepdims: Term) -> Term:
    """A shape after a reduction over `axis` (None: all; a number or several)."""
    dims = _shape(shape)
    keep = bool(known(keepdims))
    if axis is None:
        return (1,) * len(dims) if keep else ()
    given = known(axis)
    axes = given if isinstance(given, tuple | list) else (given,)
    gone = {_int(a) % len(dims) for a in axes}
    if keep:
        return tuple(1 if i in gone else d for i, d in enumerate(dims))
    return tuple(d for i, d in enumerate(dims) if i not in gone)


def replaced(shape: Term, axis: Term, size: Term) -> Term:
    """A shape with one dimension exchanged."""
    dims = list(_shape(shape))
    dims[_int(axis)] = size
    return tuple(dims)


def inserted(shape: Term, axis: Term, size: Term = 1) -> Term:
    """A shape with one dimension more, so that it stands at `axis` afterwards."""
    dims = list(_shape(shape))
    position = _int(axis) % (len(dims) + 1)
    dims.insert(position, size)
    return tuple(dims)


def permuted(shape: Term, order: Term) -> Term:
    dims = _shape(shape)
    return tuple(dims[_int(i)] for i in _shape(order))


def swapped(shape: Term, a: Term, b: Term) -> Term:
    dims = list(_shape(shape))
    i, j = _int(a), _int(b)
    dims[i], dims[j] = dims[j], dims[i]
    return tuple(dims)


def concatenated(shapes: Term, axis: Term) -> Term:
    """The shape of tensors joined along `axis`."""
    parts = [_shape(s) for s in _shape(shapes)]
    position = _int(axis) % len(parts[0])
    total: Term = 0
    for part in parts:
        total = plus(total, part[position]) if total != 0 else part[position]
    joined = [_agreed([p[i] for p in parts]) for i in range(len(parts[0]))]
    joined[position] = total
    return tuple(joined)


def _agreed(sizes: list[Term]) -> Term:
    for size in sizes:
        if size is not None:
            return size
    return None


def broadcast(a: Term, b: Term) -> Term:
    """NumPy's broadcasting of two shapes; a size that is not known gives way to one that is."""
    left, right = _shape(a), _shape(b)
    n = max(len(left), len(right))
    left = (1,) * (n - len(left)) + left
    right = (1,) * (n - len(right)) + right
    return tuple(_wider(x, y) for x, y in zip(left, right, strict=True))


def _wider(x: Term, y: Term) -> Term:
    if x == 1:
        return y
    if y == 1 or y is None:
        return x
    return y if x is None else x


def shapes(tensors: Term) -> Term:
    """The shapes of a list of tensors."""
    found = [getattr(t, "shape", None) for t in _shape(tensors)]
    if any(s is None for s in found):
        raise TypeError(tensors)
    return tuple(found)


def moved(axis: Term, rank: Term) -> Term:
    """A channels-last axis as it stands channels-first: -1 → 1, 1 → 2."""
    position, n = _int(axis), _int(rank)
    order = (0, n - 1, *range(1, n - 1))
    return order.index(position % n)


def is_tuple(value: Term) -> Term:
    if value is UNKNOWN:
        raise TypeError(value)
    return isinstance(known(value), tuple | list)


def is_int(value: Term) -> Term:
    if isinstance(value, Symbol) and not isinstance(value, Named):
        raise TypeError(value)
    return isinstance(known(value), int)


def length(value: Term) -> Term:
    return len(_shape(known(value) if isinstance(value, Named) else value))


def ndims(value: Term) -> Term:
    """A tensor's rank."""
    shape = getattr(value, "shape", None)
    if shape is None:
        raise TypeError(value)
    return len(shape)


def increasing(value: Term) -> Term:
    return tuple(range(_int(value)))


def maximum(a: Term, b: Term) -> Term:
    return max(_int(a), _int(b))


def all_at_least(a: Term, b: Term, n: Term) -> Term:
    """Whether `a` is nowhere smaller than `b`, spatial dimension by dimension."""
    return all(
        _int(x) >= _int(y)
        for x, y in zip(_shape(spread(a, n)), _shape(spread(b, n)), strict=True)
    )


def transpose_crop(kernel: Term, strides: Term, n: Term) -> Term:
    """What 'same' cuts off a full transposed convolution, (before, after) a dimension."""
    crops = []
    for k, s in zip(_shape(spread(kernel, n)), _shape(spread(strides, n)), strict=True):
        total = _int(k) - _int(s)
        if total < 0:
            raise ValueError(kernel)
        crops.append((total // 2, total - total // 2))
    return tuple(crops)


def transpose_gap(kernel: Term, strides: Term, n: Term) -> Term:
    """How far stride reaches beyond the kernel, a dimension."""
    return tuple(
        _int(s) - _int(k)
        for k, s in zip(_shape(spread(kernel, n)), _shape(spread(strides, n)), strict=True)
    )


def trailing(crops: Term) -> Term:
    """What remains to be cut at the end, as negative padding: ((0, 1),) → ((0, -1),)."""
    pairs_ = [tuple(map(_int, _shape(pair))) for pair in _shape(crops)]
    return tuple((0, before - after) for before, after in pairs_)


def torch_crop(padding: Term, output_padding: Term, n: Term) -> Term:
    """What torch's transposed convolution cuts: `padding` before, less `output_padding` after."""
    crops = tuple(
        (_int(p), _int(p) - _int(o))
        for p, o in zip(
            _shape(spread(padding, n)), _shape(spread(output_padding, n)), strict=True
        )
    )
    return squeeze_pairs(crops)


def is_padding(padding: Term) -> Term:
    """Whether padding is given as numbers (a symbol counts as one)."""
    if isinstance(padding, Symbol):
        return True
    items = padding if isinstance(padding, tuple | list) else (padding,)
    return all(isinstance(i, Symbol) or isinstance(i, int) for i in items)


def is_same(padding: Term, kernel: Term, stride: Term, sizes: Term) -> Term:
    """Whether torch's balanced padding is what 'same' gives to these sizes."""
    wanted = _shape(same_pads(sizes, kernel, stride, 1))
    given = _shape(spread(padding, len(wanted)))
    return all(
        _int(b) == _int(a) == _int(p) for (b, a), p in zip(map(_shape, wanted), given, strict=True)
    )


def is_whole(value: Term) -> Term:
    """Whether every number of an int, float or tuple is whole."""
    items = value if isinstance(value, tuple | list) else (value,)
    return all(float(cast(float, known(i))).is_integer() for i in items)


def squeeze_pairs(pads: Term) -> Term:
    """Pairs as Keras's padding argument, as short as they allow."""
    crops = _shape(pads)
    if len(crops) == 1:
        return squeeze(crops[0])
    return squeeze(tuple(squeeze(p) for p in crops)) if symmetric(crops) else crops


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
    sizes = _shape(shape)
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
