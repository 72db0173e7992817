def sliced(x, begin, size):
    """`size` elements from `begin` on in every dimension; -1 is all that are left."""
    ends = (None if n == -1 else first + n for first, n in zip(begin, size))
    return x[tuple(slice(first, end) for first, end in zip(begin, ends))]
