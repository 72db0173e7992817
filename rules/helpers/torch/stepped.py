def stepped(*states):
    """A cell's output and its states in a list, as Keras returns them."""
    return states[0], list(states)
