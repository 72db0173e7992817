def space_to_depth(x, block_size):
    """TensorFlow's order: the place in the block changes slower than the channel."""
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // block_size, block_size, w // block_size, block_size)
    x = x.permute(0, 3, 5, 1, 2, 4)
    return x.reshape(n, c * block_size**2, h // block_size, w // block_size)
