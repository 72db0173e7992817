def without_scale(norm):
    """A normalisation whose scale stays one (Keras: scale=False)."""
    norm.weight.requires_grad_(False)
    return norm
