"""Lists of images that modules are given and builders add to, and lists that are written out."""

import keras
from keras import layers


class Step(layers.Layer):
    def __init__(self, n):
        super().__init__()
        self.conv = layers.Conv2D(n, 3, padding="same")

    def call(self, x, taps):
        x = keras.ops.concatenate([x, taps[-1]], axis=-1)
        return self.conv(x)


class Steps(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(5, 3, padding="same")
        self.one = Step(8)
        self.two = Step(6)
        self.last = layers.Conv2D(2, 1)

    def call(self, x):
        taps = [self.first(x)]
        taps.append(self.one(x, taps))
        x = self.two(x, taps)
        for tap in taps:
            x = keras.ops.concatenate([x, tap], axis=-1)
        return self.last(x)


class Merge(layers.Layer):
    def call(self, inputs):
        a, b = inputs
        return keras.ops.concatenate([a, b], axis=-1)


class Both(layers.Layer):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3, padding="same")
        self.merge = Merge()

    def call(self, xs):
        return self.merge([self.conv(xs[0]), xs[1]])


class Merged(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(3, 3, padding="same")
        self.both = Both()
        self.merge = Merge()

    def call(self, x):
        y = self.conv(x)
        z = self.both([x, y])
        w = self.both([y, z])
        return self.merge([z, w])


def up_and_down(widths=(4, 6)):
    inputs = keras.Input((8, 8, 3))
    skips = []
    x = inputs
    for w in widths:
        x = layers.Conv2D(w, 3, padding="same")(x)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    for w, skip in zip(reversed(widths), reversed(skips), strict=True):
        x = layers.Conv2DTranspose(w, 2, strides=2)(x)
        x = layers.Concatenate()([x, skip])
    for skip in skips[:1]:
        x = layers.Add()([layers.Concatenate()([x, skip]), layers.Concatenate()([skip, x])])
    return keras.Model(inputs, layers.Conv2D(2, 1)(x))


steps = Steps()(keras.ops.zeros((1, 8, 8, 3)))
merged = Merged()(keras.ops.zeros((1, 8, 8, 3)))
