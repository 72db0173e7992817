from keras import ops


def covariance(x, correction=1):
    """How the rows of `x`, each a variable, vary with one another."""
    apart = x - ops.mean(x, axis=-1, keepdims=True)
    total = ops.matmul(apart, ops.transpose(apart))
    return total / ops.cast(ops.shape(x)[-1] - correction, total.dtype)
