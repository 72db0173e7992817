import tensorflow as tf


def as_complex(x):
    """Complex numbers as they are, real ones with nothing beside them."""
    x = tf.convert_to_tensor(x)
    return x if x.dtype.is_complex else tf.complex(x, tf.zeros_like(x))
