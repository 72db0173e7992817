from keras import ops


def stacked_state(output, *states):
    """Output and state as PyTorch returns them: states have a leading axis of layers."""
    stacked = tuple(ops.expand_dims(s, 0) for s in states)
    return output, (stacked if len(stacked) > 1 else stacked[0])
