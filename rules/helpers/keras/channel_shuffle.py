from keras import ops


def channel_shuffle(x, groups):
    """The groups' first channels, then their second ones, and so on."""
    *places, channels = x.shape[1:]
    x = ops.reshape(x, (-1, *places, groups, channels // groups))
    return ops.reshape(ops.swapaxes(x, -1, -2), (-1, *places, channels))
