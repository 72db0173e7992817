"""What branches that may run or not leave of an object's attributes."""

from tests.rewrite.migrating import torch_of

NET = """
import keras
from keras import layers


class Net(keras.Model):
    def __init__(self, width, other):
        super().__init__()
        self.shift = 3
        self.down = None
        if width < other:
            self.shift = 0
            self.down = layers.Dense(4)
        self.fc = layers.Dense(3)

    def call(self, x):
        if self.shift > 0:
            x = keras.ops.concatenate([x, x], axis=0)
        if self.down is not None:
            x = self.down(x)
        return self.fc(x)


net = Net(3, int(input()))
y = net(keras.ops.zeros((2, 5)))
"""


def test_a_number_that_one_branch_sets_is_not_known_behind_it() -> None:
    code = torch_of(NET)
    assert "        if self.shift > 0:\n" in code
    assert "        if self.down is not None:\n" in code


def test_a_layer_that_may_be_none_says_no_size() -> None:
    assert "self.fc = nn.LazyLinear(out_features=3)" in torch_of(NET)
