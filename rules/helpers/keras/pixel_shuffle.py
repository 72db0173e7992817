from keras import ops


def pixel_shuffle(x, upscale_factor):
    """PyTorch's order, on NHWC: the place in the block changes faster than the channel."""
    r = upscale_factor
    _, h, w, c = x.shape
    x = ops.reshape(x, (-1, h, w, c // r**2, r, r))
    x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
    return ops.reshape(x, (-1, h * r, w * r, c // r**2))
