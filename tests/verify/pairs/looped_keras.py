import keras


def dense(width, out):
    return keras.layers.Dense(out)


class Tower(keras.Model):
    def __init__(self, depth=2):
        super().__init__()
        self.width = 4
        steps = []
        for _ in range(1, depth + 1):
            steps.append(dense(self.width, 4))
            steps.append(keras.layers.Activation("tanh"))
        if self.width != 4:
            steps.append(dense(4, 4))
        self.steps = keras.Sequential(steps)

    def call(self, x):
        return self.steps(x)
