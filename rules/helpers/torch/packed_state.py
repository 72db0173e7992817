def packed_state(*states):
    """Keras's states with the axis of layers that PyTorch's have."""
    packed = tuple(s.unsqueeze(0) for s in states)
    return packed if len(packed) > 1 else packed[0]
