from keras import ops


def pixel_unshuffle(x, downscale_factor):
    """PyTorch's order, on NHWC: the place in the block changes faster than the channel."""
    r = downscale_factor
    _, h, w, c = x.shape
    x = ops.reshape(x, (-1, h // r, r, w // r, r, c))
    x = ops.transpose(x, (0, 1, 3, 5, 2, 4))
    return ops.reshape(x, (-1, h // r, w // r, c * r**2))
