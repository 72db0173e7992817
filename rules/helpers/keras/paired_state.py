from keras import ops


def paired_state(output, h_forward, c_forward, h_backward, c_backward):
    """Output and state as PyTorch returns them: the two directions on a leading axis."""
    h_n = ops.stack([h_forward, h_backward])
    return output, (h_n, ops.stack([c_forward, c_backward]))
