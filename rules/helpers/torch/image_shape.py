def image_shape(input_shape, default_size, min_size, require_flatten):
    """The shape of the images that a network takes: what is asked for, or what it was made for."""
    if not input_shape:
        return (default_size, default_size, 3) if require_flatten else (None, None, 3)
    if any(size is not None and size < min_size for size in input_shape[:2]):
        raise ValueError(f"images are at least {min_size} high and wide, not {input_shape}")
    if require_flatten and None in input_shape:
        raise ValueError(f"what is flattened has to have one size, not {input_shape}")
    return input_shape
