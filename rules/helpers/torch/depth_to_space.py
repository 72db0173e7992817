def depth_to_space(x, block_size):
    """TensorFlow's order: the place in the block changes slower than the channel."""
    n, c, h, w = x.shape
    x = x.reshape(n, block_size, block_size, c // block_size**2, h, w)
    x = x.permute(0, 3, 4, 1, 5, 2)
    return x.reshape(n, c // block_size**2, h * block_size, w * block_size)
