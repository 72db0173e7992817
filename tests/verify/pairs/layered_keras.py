import keras


class Layered(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = keras.Sequential([keras.layers.LSTM(4, return_sequences=True) for _ in range(2)])

    def call(self, x):
        return self.rnn(x)
