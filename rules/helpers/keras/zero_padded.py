from keras import ops


def zero_padded(x, pads):
    """Zeros around the last dimensions, as `torch.nn.functional.pad` counts them."""
    pairs = [(before, after) for before, after in zip(pads[0::2], pads[1::2])]
    return ops.pad(x, [(0, 0)] * (len(x.shape) - len(pairs)) + pairs[::-1])
