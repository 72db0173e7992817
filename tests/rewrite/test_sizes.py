"""Sizes that a class is made with are written by their names, for every value of them."""

from tests.rewrite.migrating import torch_of

HEAD = "import keras\nfrom keras import layers\n\n\n"
BLOCK = """class Block(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.norm = layers.LayerNormalization(epsilon=1e-6)
        self.fc = layers.Dense(4 * width, activation="relu")
        self.out = layers.Dense(width)

    def call(self, x):
        return x + self.out(self.fc(self.norm(x)))


"""


def test_an_argument_that_says_what_every_caller_brings_is_the_size() -> None:
    code = torch_of(
        HEAD
        + BLOCK
        + """class Net(keras.Model):
    def __init__(self, widths, classes):
        super().__init__()
        self.first = layers.Dense(widths[0])
        self.a = Block(widths[0])
        self.second = layers.Dense(widths[1])
        self.b = Block(widths[1])
        self.head = layers.Dense(classes)

    def call(self, x):
        return self.head(self.b(self.second(self.a(self.first(x)))))


net = Net([8, 16], 5)
y = net(keras.ops.zeros((2, 3)))
"""
    )
    assert "self.norm = nn.LayerNorm(width, eps=1e-6)" in code
    assert "self.fc = nn.Linear(width, 4 * width)" in code
    assert "self.second = nn.Linear(widths[0], widths[1])" in code
    assert "self.head = nn.Linear(widths[1], classes)" in code


def test_an_argument_that_is_not_always_the_size_is_not_taken_for_it() -> None:
    code = torch_of(
        HEAD
        + """class Wide(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.fc = layers.Dense(width)

    def call(self, x):
        return self.fc(x)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = Wide(8)
        self.b = Wide(8)

    def call(self, x):
        return self.b(self.a(x))


net = Net()
y = net(keras.ops.zeros((2, 3)))
"""
    )
    assert "nn.LazyLinear(out_features=width)" in code


def test_a_name_that_changes_is_no_size() -> None:
    """Between the two layers it means something else: PyTorch is left to find out."""
    code = torch_of(
        HEAD
        + """class Net(keras.Model):
    def __init__(self, width):
        super().__init__()
        self.a = layers.Dense(width)
        width = 2 * width
        self.b = layers.Dense(width)

    def call(self, x):
        return self.b(self.a(x))
"""
    )
    assert "self.b = nn.LazyLinear(out_features=width)" in code


def test_a_list_that_a_loop_fills_may_be_of_any_length() -> None:
    code = torch_of(
        HEAD
        + """class Net(keras.Model):
    def __init__(self, depth):
        super().__init__()
        self.steps = []
        for i in range(depth):
            self.steps.append(layers.Dense(4 + i))
        self.head = layers.Dense(2)

    def call(self, x):
        for step in self.steps:
            x = step(x)
        return self.head(x)
"""
    )
    assert "self.head = nn.LazyLinear(out_features=2)" in code


def test_a_size_that_each_call_says_anew_is_written_by_its_name() -> None:
    code = torch_of(
        HEAD
        + """def block(x, width, rate=0.5):
    x = layers.Dense(width)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dense(2 * width)(x)
    return layers.LayerNormalization()(x)


i = keras.Input((3,))
model = keras.Model(i, block(block(i, 8), 16))
"""
    )
    assert "self.bn = nn.BatchNorm1d(width, eps=0.001, momentum=0.01)" in code
    assert "self.fc2 = nn.Linear(width, 2 * width)" in code
    assert "nn.LayerNorm(2 * width, eps=0.001)" in code


def test_a_name_that_is_assigned_to_is_not_every_size_it_was() -> None:
    code = torch_of(
        HEAD
        + """class Two(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.first = layers.Dense(width)
        width = 2 * width
        self.norm = layers.BatchNormalization()

    def call(self, x):
        return self.norm(self.first(x))


i = keras.Input((3,))
model = keras.Model(i, Two(16)(Two(8)(i)))
"""
    )
    assert "self.norm = nn.LazyBatchNorm1d(" in code


def test_a_size_is_an_argument_only_where_it_is_in_every_call() -> None:
    code = torch_of("""
import keras
from keras import activations, layers


class Block(layers.Layer):
    def __init__(self, units, activation=None):
        super().__init__()
        self.activation = activations.get(activation)
        self.conv = layers.Conv2D(units, 3)

    def call(self, x):
        return self.activation(self.conv(x))


model = keras.Sequential([keras.Input((6, 6, 3)), Block(3, "tanh"), Block(4)])
""")
    assert "nn.LazyConv2d(out_channels=units, kernel_size=3)" in code
