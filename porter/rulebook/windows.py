"""Windows that slide: padding, sizes afterwards, and how both frameworks spell them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from porter.rulebook.terms import (
    UNKNOWN,
    Symbol,
    Term,
    agree,
    integer,
    is_known,
    items,
    known,
)


def spread(value: Term, n: Term) -> Term:
    """An int or a tuple of `n` as a tuple of `n`: 3 → (3, 3)."""
    count = integer(n)
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
        if all(agree(item, first) for item in value):
            return first
        return tuple(value)
    return value


def inner(value: Term, n: Term) -> Term:
    """TensorFlow's list with the batch and the channels as one number: [1, 2, 2, 1] → 2."""
    count = integer(n)
    if isinstance(value, tuple | list) and len(value) == count + 2:
        if known(value[0]) != 1 or known(value[-1]) != 1:
            raise ValueError(value)
        return squeeze(value[1:-1])
    return squeeze(spread(value, count))


def same_total(size: Term, kernel: Term, stride: Term, dilation: Term) -> int:
    """TensorFlow's total 'same' padding of one dimension (tf.nn.convolution, Notes on padding)."""
    k = (integer(kernel) - 1) * integer(dilation) + 1
    s = integer(stride)
    if s == 1:
        return k - 1
    n = integer(size)
    return max((-(-n // s) - 1) * s + k - n, 0)


def same_pads(sizes: Term, kernel: Term, strides: Term, dilation: Term) -> Term:
    """'same' padding as pairs (before, after) a spatial dimension; more goes after."""
    spatial = items(sizes)
    n = len(spatial)
    pads = []
    for size, k, s, d in zip(
        spatial,
        items(spread(kernel, n)),
        items(spread(strides, n)),
        items(spread(dilation, n)),
        strict=True,
    ):
        total = same_total(size, k, s, d)
        pads.append((total // 2, total - total // 2))
    return tuple(pads)


def symmetric(pads: Term) -> Term:
    """Whether every (before, after) pair is balanced."""
    return all(integer(before) == integer(after) for before, after in map(items, items(pads)))


def firsts(pads: Term) -> Term:
    """The `before` half of each pair."""
    return tuple(items(pair)[0] for pair in items(pads))


def torch_pad(pads: Term) -> Term:
    """Pairs in dimension order as `F.pad` takes them: last dimension first, flat."""
    return tuple(item for pair in reversed(items(pads)) for item in items(pair))


def keras_pad(pad: Term, rank: Term) -> Term:
    """`F.pad`'s flat list as one (before, after) pair a dimension."""
    flat = items(pad)
    pairs = [tuple(flat[i : i + 2]) for i in range(0, len(flat), 2)]
    missing = integer(rank) - len(pairs)
    if missing < 0 or len(flat) % 2:
        raise ValueError(pad)
    return ((0, 0),) * missing + tuple(reversed(pairs))


def pairs(padding: Term, n: Term) -> Term:
    """Keras's padding argument as pairs: 1 → ((1, 1), (1, 1)); (1, 2) → ((1, 1), (2, 2))."""
    count = integer(n)
    if count == 1 and isinstance(padding, tuple | list) and len(padding) == 2:
        return (tuple(padding),)
    spreaded = items(spread(padding, count))
    return tuple(tuple(p) if isinstance(p, tuple | list) else (p, p) for p in spreaded)


def _window(size: Term, k: int, s: int, d: int, pad: Term, ceil: bool = False) -> Term:
    effective = (k - 1) * d + 1
    if size is None or not is_known(size):
        return None
    n = integer(size)
    if pad == "same":
        return -(-n // s)
    before, after = (integer(p) for p in items(pad))
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
    """Spatial sizes after a convolution or pooling; padding is 'same', 'valid' or numbers.

    How many there are does not depend on arguments that are not known: then each is None.
    """
    spatial = items(sizes)
    try:
        return _windowed(spatial, kernel, strides, dilation, padding, ceil)
    except TypeError:
        return (None,) * len(spatial)


def _windowed(
    spatial: Sequence[Term],
    kernel: Term,
    strides: Term,
    dilation: Term,
    padding: Term,
    ceil: Term,
) -> tuple[Term, ...]:
    n = len(spatial)
    if padding == "valid":
        padding = 0
    pads: Sequence[Term] = ["same"] * n if padding == "same" else items(pairs(padding, n))
    return tuple(
        _window(size, integer(k), integer(s), integer(d), p, bool(known(ceil)))
        for size, k, s, d, p in zip(
            spatial,
            items(spread(kernel, n)),
            items(spread(strides, n)),
            items(spread(dilation, n)),
            pads,
            strict=True,
        )
    )


def transposed(
    sizes: Term, kernel: Term, strides: Term, padding: Term, output_padding: Term, dilation: Term
) -> Term:
    """Spatial sizes after a transposed convolution (torch's formula; Keras's for 'same').

    How many there are does not depend on arguments that are not known: then each is None.
    """
    spatial = items(sizes)
    try:
        return _transposed(spatial, kernel, strides, padding, output_padding, dilation)
    except TypeError:
        return (None,) * len(spatial)


def _transposed(
    spatial: Sequence[Term],
    kernel: Term,
    strides: Term,
    padding: Term,
    output_padding: Term,
    dilation: Term,
) -> tuple[Term, ...]:
    n = len(spatial)
    result: list[Term] = []
    same = padding == "same"
    pads = (0,) * n if padding in ("same", "valid") else items(spread(padding, n))
    extra = (0,) * n if output_padding is None else items(spread(output_padding, n))
    for size, k, s, p, o, d in zip(
        spatial, items(spread(kernel, n)), items(spread(strides, n)), pads, extra,
        items(spread(dilation, n)), strict=True,
    ):  # fmt: skip
        if size is None or not is_known(size):
            result.append(None)
        elif same and output_padding is None:
            result.append(integer(size) * integer(s))
        else:
            span = (integer(k) - 1) * integer(d) + 1
            p = span // 2 if same else p
            if padding == "valid" and output_padding is None:
                result.append(integer(size) * integer(s) + max(span - integer(s), 0))
            else:
                result.append((integer(size) - 1) * integer(s) - 2 * integer(p) + span + integer(o))
    return tuple(result)


def scaled(sizes: Term, factor: Term) -> Term:
    """Sizes times an upsampling factor."""
    spatial = items(sizes)
    factors = items(spread(factor, len(spatial)))
    return tuple(
        None if size is None or not is_known(size) else int(integer(size) * cast(float, known(f)))
        for size, f in zip(spatial, factors, strict=True)
    )


def transpose_crop(kernel: Term, strides: Term, n: Term) -> Term:
    """What 'same' cuts off a full transposed convolution, (before, after) a dimension."""
    crops = []
    for k, s in zip(items(spread(kernel, n)), items(spread(strides, n)), strict=True):
        total = integer(k) - integer(s)
        if total < 0:
            raise ValueError(kernel)
        crops.append((total // 2, total - total // 2))
    return tuple(crops)


def transpose_gap(kernel: Term, strides: Term, n: Term) -> Term:
    """How far stride reaches beyond the kernel, a dimension."""
    return tuple(
        integer(s) - integer(k)
        for k, s in zip(items(spread(kernel, n)), items(spread(strides, n)), strict=True)
    )


def trailing(crops: Term) -> Term:
    """What remains to be cut at the end, as negative padding: ((0, 1),) → ((0, -1),)."""
    pairs_ = [tuple(map(integer, items(pair))) for pair in items(crops)]
    return tuple((0, before - after) for before, after in pairs_)


def is_cut(pad: Term) -> Term:
    """Whether `F.pad` only takes away: nothing positive, something negative."""
    amounts = [integer(p) for p in items(pad)]
    return max(amounts) <= 0 and min(amounts) < 0


def cut_pairs(pad: Term, n: Term) -> Term:
    """What a negative `F.pad` cuts of `n` dimensions: (0, -1, 0, -1) → ((0, 1), (0, 1))."""
    pads = items(keras_pad(pad, n))
    crops = tuple(tuple(-integer(p) for p in items(pair)) for pair in pads)
    return squeeze_pairs(crops)


def torch_crop(padding: Term, output_padding: Term, n: Term) -> Term:
    """What torch's transposed convolution cuts: `padding` before, less `output_padding` after."""
    crops = tuple(
        (integer(p), integer(p) - integer(o))
        for p, o in zip(items(spread(padding, n)), items(spread(output_padding, n)), strict=True)
    )
    return squeeze_pairs(crops)


def is_padding(padding: Term) -> Term:
    """Whether padding is given as numbers (a symbol counts as one)."""
    if isinstance(padding, Symbol):
        return True
    parts = padding if isinstance(padding, tuple | list) else (padding,)
    return all(isinstance(i, Symbol | int) for i in parts)


def is_same(padding: Term, kernel: Term, stride: Term, sizes: Term) -> Term:
    """Whether torch's balanced padding is what 'same' gives to these sizes."""
    wanted = items(same_pads(sizes, kernel, stride, 1))
    given = items(spread(padding, len(wanted)))
    return all(
        integer(b) == integer(a) == integer(p)
        for (b, a), p in zip(map(items, wanted), given, strict=True)
    )


def squeeze_pairs(pads: Term) -> Term:
    """Pairs as Keras's padding argument, as short as they allow."""
    crops = items(pads)
    if len(crops) == 1:
        return squeeze(crops[0])
    halves = [items(pair) for pair in crops]
    balanced = all(agree(before, after) for before, after in halves)
    return squeeze(tuple(squeeze(pair) for pair in crops)) if balanced else crops


def all_at_least(a: Term, b: Term, n: Term) -> Term:
    """Whether `a` is nowhere smaller than `b`, spatial dimension by dimension."""
    return all(
        integer(x) >= integer(y)
        for x, y in zip(items(spread(a, n)), items(spread(b, n)), strict=True)
    )


def without_leading(pads: Term) -> Term:
    """Pairs without the dimensions at the front that are not padded."""
    kept = list(items(pads))
    while len(kept) > 1 and all(known(p) == 0 for p in items(kept[0])):
        kept.pop(0)
    return tuple(kept)


def multiples(sizes: Term, of: Term) -> Term:
    """Whether each size is a whole multiple of another."""
    given = (
        items(sizes) if isinstance(sizes, tuple | list) else items(spread(sizes, len(items(of))))
    )
    wanted = items(spread(of, len(given)))
    return all(integer(a) % integer(b) == 0 for a, b in zip(given, wanted, strict=True))


def whole(value: Term) -> Term:
    """Whole floats as ints: 2.0 → 2."""
    if isinstance(value, tuple | list):
        return tuple(whole(item) for item in value)
    number = known(value)
    return int(number) if isinstance(number, float) and number.is_integer() else value


def quotients(sizes: Term, by: Term) -> Term:
    """Sizes divided, one by one."""
    parts = items(sizes)
    return squeeze(
        tuple(
            integer(a) // integer(b)
            for a, b in zip(parts, items(spread(by, len(parts))), strict=True)
        )
    )


def negated(pads: Term) -> Term:
    """Every number with the other sign: padding that cuts."""
    return tuple(
        negated(pad) if isinstance(pad, tuple | list) else -integer(pad) for pad in items(pads)
    )
