import keras


class PenalisedSGD(keras.optimizers.SGD):
    """SGD whose weight decay is part of the gradient, and so of the momentum."""

    def __init__(self, *args, penalty=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.penalty = penalty

    def update_step(self, gradient, variable, learning_rate):
        penalised = gradient + self.penalty * keras.ops.convert_to_tensor(variable)
        super().update_step(penalised, variable, learning_rate)

    def get_config(self):
        return {**super().get_config(), "penalty": self.penalty}
