"""Operations on a channels-last tensor that name an axis, read a size or index."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3, padding="same")

    def call(self, x):
        a = self.conv(x)
        parts = tf.split(a, 2, axis=-1)
        return (
            tf.reduce_max(a, axis=-1),
            tf.reduce_mean(a, axis=1),
            tf.reduce_sum(a, axis=[1, 2]),
            tf.reduce_mean(a, axis=[1, 2], keepdims=True) * a,
            tf.reduce_min(a, axis=2),
            parts[0] * parts[1],
            tf.concat([a, x], axis=-1),
            tf.stack([a, a * 2.0], axis=1),
            tf.expand_dims(a, axis=1),
            tf.nn.softmax(a, axis=-1),
            tf.nn.softmax(a),
            tf.math.l2_normalize(a, axis=-1),
            tf.transpose(a, [0, 2, 1, 3]),
            tf.reshape(a, (-1, 16)),
            tf.squeeze(tf.reduce_mean(a, axis=1, keepdims=True), axis=1),
            tf.cumsum(a, axis=1),
            tf.reverse(a, axis=[1]),
            tf.math.reduce_std(a, axis=-1),
            tf.reduce_logsumexp(a, axis=2),
            a[:, 0],
            a[..., 0],
            a[:, :, 1:, :2],
            tf.pad(a, [[0, 0], [1, 1], [2, 0], [0, 0]]),
            tf.tile(a, [1, 2, 1, 1]),
            tf.reduce_max(a),
            tf.tensordot(a, tf.ones((4, 3)), axes=1),
            tf.reduce_mean(tf.reduce_mean(a, axis=1), axis=1),
        )
