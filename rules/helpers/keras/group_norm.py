from keras import ops


def group_norm(x, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalise over groups of channels, which are the second axis."""
    shape = ops.shape(x)
    grouped = ops.reshape(x, (shape[0], num_groups, -1))
    mean, variance = ops.moments(grouped, axes=-1, keepdims=True)
    x = ops.reshape((grouped - mean) * ops.rsqrt(variance + eps), shape)
    per_channel = (1, -1) + (1,) * (len(shape) - 2)
    if weight is not None:
        x = x * ops.reshape(weight, per_channel)
    return x if bias is None else x + ops.reshape(bias, per_channel)
