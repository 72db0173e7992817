"""Functional Keras with a helper, a loop, two layers of one shape, and script noise."""

import keras
import matplotlib.pyplot as plt
from keras import layers
from keras.datasets import mnist

(x_train, y_train), _ = mnist.load_data()
num_classes = len(set(y_train.tolist()))


def block(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation("relu")(x)


inputs = layers.Input(shape=(*x_train.shape[1:], 1))
x = inputs
for filters in [4, 6]:
    x = block(x, filters)
    x = layers.MaxPooling2D(2)(x)
x = layers.Dropout(0.25)(x)
x = layers.Flatten()(x)
left = layers.Dense(8, activation="tanh")(x)
right = layers.Dense(8, activation="tanh")(x)
x = layers.Subtract()([left, right])
outputs = layers.Dense(num_classes, activation="softmax")(x)
model = keras.Model(inputs, outputs)

model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x_train, y_train)
plt.plot([1, 2])
