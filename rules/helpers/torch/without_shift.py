def without_shift(norm):
    """A normalisation whose shift stays zero (Keras: center=False)."""
    norm.bias.requires_grad_(False)
    return norm
