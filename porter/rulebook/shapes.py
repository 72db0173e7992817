"""Shapes after an operation, dimension by dimension; None is a size that is not known."""

from __future__ import annotations

import ast
from itertools import pairwise

from porter.rulebook.terms import (
    UNKNOWN,
    OpenShape,
    Symbol,
    Term,
    agree,
    arithmetic,
    integer,
    is_known,
    items,
    known,
    to_ast,
)


def padded(shape: Term, pads: Term) -> Term:
    """A shape after padding with one pair a dimension."""
    return tuple(
        plus(size, plus(*items(pair))) for size, pair in zip(items(shape), items(pads), strict=True)
    )


def plus(a: Term, b: Term) -> Term:
    """The sum of two sizes; twice a symbol is written as such."""
    if a is None or b is None:
        return None
    if isinstance(a, Symbol) or isinstance(b, Symbol):
        if is_known(a) and is_known(b):
            return arithmetic(ast.Add(), known(a), known(b))
        if isinstance(a, Symbol) and isinstance(b, Symbol) and a.text == b.text:
            return Symbol.of(ast.BinOp(ast.Constant(2), ast.Mult(), a.node))
        return Symbol.of(ast.BinOp(to_ast(a), ast.Add(), to_ast(b)))
    return arithmetic(ast.Add(), a, b)


def product(sizes: Term) -> Term:
    """The number of elements; None where a size is not known, an expression of symbols."""
    result: Term = 1
    for size in items(sizes):
        if size is None or size is UNKNOWN:
            return None
        if is_known(size) and is_known(result):
            result = integer(size) * integer(result)
        elif result == 1:
            result = size
        else:
            result = Symbol.of(ast.BinOp(to_ast(result), ast.Mult(), to_ast(size)))
    return result


def reshaped(shape: Term, target: Term) -> Term:
    """The shape that `target` (with at most one -1) gives to a tensor of `shape`."""
    wanted = list(items(target))
    if -1 not in wanted:
        return tuple(wanted)
    hole = wanted.index(-1)
    rest = product(wanted[:hole] + wanted[hole + 1 :])
    total = product(shape) if isinstance(shape, tuple | list) else UNKNOWN
    if isinstance(total, int) and isinstance(rest, int) and rest:
        wanted[hole] = total // rest
    else:
        wanted[hole] = _cancelled(shape, wanted, hole)
    return tuple(wanted)


def _cancelled(shape: Term, wanted: list[Term], hole: int) -> Term:
    """A -1 beside an unknown batch size: the rest of the shape, where both batches are one."""
    if not isinstance(shape, tuple | list) or hole == 0 or not shape:
        return None
    if wanted[0] is None or agree(wanted[0], shape[0]):
        inner, rest = product(tuple(shape[1:])), product([*wanted[1:hole], *wanted[hole + 1 :]])
        if isinstance(inner, int) and isinstance(rest, int) and rest:
            return inner // rest
    return None


def reduced(shape: Term, axis: Term, keepdims: Term) -> Term:
    """A shape after a reduction over `axis` (None: all; a number or several)."""
    dims = items(shape)
    keep = bool(known(keepdims))
    if axis is None:
        return (1,) * len(dims) if keep else ()
    given = known(axis)
    axes = given if isinstance(given, tuple | list) else (given,)
    gone = {integer(a) % len(dims) for a in axes}
    if keep:
        return tuple(1 if i in gone else d for i, d in enumerate(dims))
    return tuple(d for i, d in enumerate(dims) if i not in gone)


def replaced(shape: Term, axis: Term, size: Term) -> Term:
    """A shape with one dimension exchanged."""
    if isinstance(shape, OpenShape):
        known_until = len(shape.tail) + integer(axis)
        if not 0 <= known_until < len(shape.tail):
            return OpenShape((size,) if integer(axis) == -1 else ())
        return OpenShape((*shape.tail[:known_until], size, *shape.tail[known_until + 1 :]))
    dims = list(items(shape))
    dims[integer(axis)] = size
    return tuple(dims)


def inserted(shape: Term, axis: Term, size: Term = 1) -> Term:
    """A shape with one dimension more, so that it stands at `axis` afterwards."""
    dims = list(items(shape))
    position = integer(axis) % (len(dims) + 1)
    dims.insert(position, size)
    return tuple(dims)


def permuted(shape: Term, order: Term) -> Term:
    """A shape with its dimensions in another order."""
    dims = items(shape)
    return tuple(dims[integer(i)] for i in items(order))


def swapped(shape: Term, a: Term, b: Term) -> Term:
    """A shape with two dimensions exchanged."""
    dims = list(items(shape))
    i, j = integer(a), integer(b)
    dims[i], dims[j] = dims[j], dims[i]
    return tuple(dims)


def concatenated(shapes: Term, axis: Term) -> Term:
    """The shape of tensors joined along `axis`."""
    parts = [items(s) for s in items(shapes)]
    position = integer(axis) % len(parts[0])
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
    left, right = items(a), items(b)
    n = max(len(left), len(right))
    left = (1,) * (n - len(left)) + left
    right = (1,) * (n - len(right)) + right
    return tuple(_wider(x, y) for x, y in zip(left, right, strict=True))


def together(a: Term, b: Term) -> Term:
    """The shape of two operands broadcast: tensors, shapes, or plain numbers."""
    return broadcast(_operand(a), _operand(b))


def _operand(term: Term) -> Term:
    if isinstance(term, tuple | list):
        return term
    if isinstance(known(term), int | float):
        return ()
    shape = getattr(term, "shape", None)
    if shape is None:
        raise TypeError(term)
    return tuple(shape)


def _wider(x: Term, y: Term) -> Term:
    if x == 1:
        return y
    if y == 1 or y is None:
        return x
    return y if x is None else x


def times(a: Term, b: Term) -> Term:
    """Two sizes multiplied, as an author would write it."""
    return product((a, b)) if known(b) != 1 else a


def multiplied(a: Term, b: Term) -> Term:
    """The shape of a product of (batches of) matrices."""
    left, right = items(a), items(b)
    if len(left) < 2 or len(right) < 2:
        raise ValueError(a)
    return (*items(broadcast(left[:-2], right[:-2])), left[-2], right[-1])


def pieces(shape: Term, count: Term) -> Term:
    """Several tensors of one shape."""
    return tuple(list(items(shape)) for _ in range(integer(count)))


def parted(shape: Term, axis: Term, sizes: Term) -> Term:
    """The tensors that a tensor falls into, by their sizes along an axis."""
    return tuple(list(items(replaced(shape, axis, size))) for size in items(sizes))


def cuts(sizes: Term) -> Term:
    """Where to cut for pieces of these sizes: [1, 2, 3] → [1, 3]."""
    found: list[Term] = []
    for size in items(sizes)[:-1]:
        found.append(plus(found[-1], size) if found else size)
    return found


def gaps(places: Term, size: Term) -> Term:
    """The sizes of the pieces between cuts."""
    ends = [0, *map(integer, items(places)), integer(size)]
    return tuple(b - a for a, b in pairwise(ends))


def tiled(shape: Term, repeats: Term) -> Term:
    """A shape repeated along each dimension; both are filled up with 1 from the left."""
    dims, times = items(shape), items(repeats)
    n = max(len(dims), len(times))
    dims, times = (1,) * (n - len(dims)) + dims, (1,) * (n - len(times)) + times
    return tuple(product((d, t)) for d, t in zip(dims, times, strict=True))


def expanded(shape: Term, sizes: Term) -> Term:
    """What `expand` asks for, with the shape's own size where it says -1."""
    dims, wanted = items(shape), items(sizes)
    dims = (1,) * (len(wanted) - len(dims)) + dims
    return tuple(d if known(w) == -1 else w for d, w in zip(dims, wanted, strict=True))


def without_ones(shape: Term) -> Term:
    """A shape without its dimensions of one."""
    dims = items(shape)
    if not all(is_known(d) and d is not None for d in dims[1:]):
        raise TypeError(shape)
    return tuple(d for d in dims if known(d) != 1)


def shapes(tensors: Term) -> Term:
    """The shapes of a list of tensors."""
    found = [getattr(t, "shape", None) for t in items(tensors)]
    if any(s is None for s in found):
        raise TypeError(tensors)
    return tuple(found)
