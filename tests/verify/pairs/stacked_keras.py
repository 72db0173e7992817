import keras
from keras import layers, ops


class Stack(keras.Model):
    def __init__(self, width=8):
        super().__init__()
        self.size = width // 4
        self.start = keras.Sequential([layers.Dense(3 * self.size**2)])
        self.blocks = keras.Sequential(
            [
                layers.BatchNormalization(momentum=0.9, epsilon=1e-05),
                layers.UpSampling2D(),
                layers.Conv2D(4, 3, padding="same"),
                layers.LeakyReLU(negative_slope=0.2),
                layers.Conv2D(2, 3, padding="same"),
                layers.Activation("tanh"),
            ]
        )

    def call(self, z):
        out = self.start(z)
        out = ops.reshape(out, (ops.shape(out)[0], 3, self.size, self.size))
        out = self.blocks(ops.transpose(out, (0, 2, 3, 1)))
        return ops.transpose(out, (0, 3, 1, 2))
