def flat_state(output, state):
    """Output and states in a row, without the axis of layers, as Keras returns them."""
    states = state if isinstance(state, tuple) else (state,)
    return output, *(s[-1] for s in states)
