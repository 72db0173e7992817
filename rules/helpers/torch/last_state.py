def last_state(output, state):
    """The last output and the states in a row, as Keras returns them."""
    h, *others = state if isinstance(state, tuple) else (state,)
    return h[-1], h[-1], *(s[-1] for s in others)
