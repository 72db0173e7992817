import keras
from keras import layers, ops


class Attend(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.query = layers.Dense(width)
        self.value = layers.Dense(width)
        self.scale = self.add_weight(shape=(width,), initializer="ones", name="scale")
        self.causal = ops.cast(ops.tril(ops.ones((5, 5))), "bool")

    def call(self, x):
        scores = ops.matmul(self.query(x), ops.transpose(x, (0, 2, 1)))
        scores = ops.where(self.causal, scores, float("-inf"))
        return ops.matmul(ops.softmax(scores, axis=-1), self.value(x)) * self.scale


class Net(keras.Model):
    def __init__(self, width=6):
        super().__init__()
        self.embed = layers.Embedding(11, width)
        self.features = keras.Sequential(
            [layers.Dense(width), layers.ReLU(), layers.LayerNormalization(epsilon=1e-5)]
        )
        self.attend = [Attend(width) for _ in range(2)]
        self.dropout = layers.Dropout(0.2)
        self.rnn = layers.LSTM(4, return_sequences=True)
        self.head = layers.Dense(3)

    def call(self, tokens, weight, training=None):
        x = self.features(self.embed(tokens)) * weight
        for attend in self.attend:
            x = x + self.dropout(attend(x), training=training)
        hidden = self.rnn(x)
        return {"logits": self.head(hidden), "last": (hidden[:, -1], None)}
