from keras import ops


def unbiased_variance(x, axis=None, keepdims=False):
    """The variance with n - 1 in the denominator, as PyTorch takes it."""
    mean = ops.mean(x, axis=axis, keepdims=True)
    total = ops.sum(ops.square(x - mean), axis=axis, keepdims=keepdims)
    count = ops.size(x) / ops.size(mean)
    return total / ops.cast(count - 1, total.dtype)
