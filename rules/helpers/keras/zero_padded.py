from keras import ops


def zero_padded(x, pads):
    """Zeros around the last dimensions, as `torch.nn.functional.pad` counts them: below 0 it cuts."""
    pairs = [(before, after) for before, after in zip(pads[0::2], pads[1::2])]
    pairs = [(0, 0)] * (len(x.shape) - len(pairs)) + pairs[::-1]
    x = x[tuple(slice(max(-before, 0), min(after, 0) or None) for before, after in pairs)]
    return ops.pad(x, [(max(before, 0), max(after, 0)) for before, after in pairs])
