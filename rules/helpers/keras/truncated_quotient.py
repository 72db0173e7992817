from keras import ops


def truncated_quotient(a, b):
    """The quotient towards zero; of whole numbers a whole number, as in PyTorch."""
    quotient = ops.floor_divide(a, b)
    if "int" not in ops.dtype(quotient):
        return ops.trunc(ops.divide(a, b))
    rest = ops.not_equal(ops.multiply(quotient, b), a)
    return quotient + ops.cast(ops.logical_and(rest, quotient < 0), quotient.dtype)
