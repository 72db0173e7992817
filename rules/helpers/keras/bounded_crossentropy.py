from keras import ops


def bounded_crossentropy(target, probability):
    """Binary cross-entropy whose logarithms end at -100, as PyTorch's do."""
    positive = ops.maximum(ops.log(probability), -100.0)
    negative = ops.maximum(ops.log(1.0 - probability), -100.0)
    return -(target * positive + (1.0 - target) * negative)
