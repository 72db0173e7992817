import keras
from keras import layers

inputs = keras.Input((6, 6, 4))
x = layers.SeparableConv2D(8, 3, padding="same")(inputs)
x = layers.Reshape((36, 8))(x)
x = layers.Activation("gelu")(x)
x = layers.MultiHeadAttention(2, 3)(x, x)
model = keras.Model(inputs, x)
