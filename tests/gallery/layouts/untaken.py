"""Branches that this file never takes; what comes behind them holds its tensors in one order."""

import keras
from keras import layers, ops


def build(normalised, top=True, flat="no"):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(inputs)
    if normalised:
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    elif flat == "wide":
        x = layers.Reshape((3, 12, 4))(x)
    elif flat == "tall":
        x = layers.Reshape((12, 3, 4))(x)
    else:
        x = layers.MaxPooling2D()(x)
    if top:
        x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, x)


def usual():
    return build(True)


class Net(keras.layers.Layer):
    def __init__(self, plain=False):
        super().__init__()
        self.conv = layers.Conv2D(3, 3, padding="same")
        self.plain = plain

    def head(self, x):
        if self.plain:
            return ops.reshape(x, (-1, 8, 8, 3))
        return self.conv(x)

    def call(self, x):
        return self.conv(self.head(x))


def net(plain=False):
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, Net(plain)(inputs))


def usual_net():
    return keras.Sequential([keras.Input((8, 8, 3)), Net(), layers.MaxPooling2D()])
