import tensorflow as tf


def scattered(x, axis, index, updates, accumulate=False):
    """A copy of `x` with `updates` put, or added, where `index` says along `axis`."""
    places = list(tf.meshgrid(*map(tf.range, index.shape), indexing="ij"))
    places[axis] = tf.cast(index, "int32")
    updates = tf.broadcast_to(tf.cast(updates, x.dtype), index.shape)
    put = tf.tensor_scatter_nd_add if accumulate else tf.tensor_scatter_nd_update
    return put(x, tf.stack(places, axis=-1), updates)
