from keras import ops


def cosine_embedding_losses(x1, x2, target, margin=0.0):
    """How far the angle of each pair is from what `target` wants: 1 for alike, -1 for apart."""
    squares = [ops.sum(ops.square(x), axis=-1) + 1e-12 for x in (x1, x2)]
    cosine = ops.sum(x1 * x2, axis=-1) / ops.sqrt(squares[0] * squares[1])
    apart = ops.where(target == -1, ops.relu(cosine - margin), 0.0)
    return ops.where(target == 1, 1 - cosine, apart)
