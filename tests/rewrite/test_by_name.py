"""Functions that are only known when the program runs."""

from tests.rewrite.migrating import left, migrated, on_one_line, torch_of

HEAD = "import keras\nfrom keras import activations, layers\n\n\n"


def layer(init: str, call: str, params: str = "") -> str:
    return (
        f"{HEAD}class Block(layers.Layer):\n    def __init__(self{params}):\n"
        "        super().__init__()\n        self.conv = layers.Conv2D(4, 3)\n"
        f"        {init}\n\n    def call(self, x, f=None):\n        return {call}\n"
    )


def test_an_activation_is_looked_up_by_its_name() -> None:
    code = torch_of(
        layer("self.act = activations.get(act)", "self.act(self.conv(x))", ", act='relu'")
    )
    assert "        self.act = Activation(act, dim=1)\n" in code
    assert "class Activation(nn.Module)" in code
    assert "self.act(self.conv(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)" in code


def test_what_is_not_known_gets_its_tensors_in_the_source_s_order() -> None:
    code = torch_of(layer("self.f = None", "f(y=[self.conv(x)], n=len(x))"))
    assert "return f(y=[self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)], n=len(x))" in code


def test_a_layers_activation_may_be_the_callers_choice() -> None:
    code = torch_of(
        """import keras
from keras import layers


def build(activation, top="softmax"):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, activation=activation)(inputs)
    return keras.Model(inputs, layers.Dense(3, activation=top)(layers.Flatten()(x)))
"""
    )
    assert "nn.Sequential(nn.Conv2d(3, 8, 3), Activation(activation, dim=1))" in code
    assert "nn.Sequential(nn.Linear(288, 3), Activation(top, dim=-1))" in code


def test_an_activation_that_there_is_no_rule_for_is_not_written_by_its_name() -> None:
    result = migrated(
        'from keras import layers\n\nlayer = layers.Activation("threshold")\n', "torch"
    )
    assert "layers.Activation" in result.code
    assert left(result) == ["keras.layers.Activation"]


def test_a_padding_may_be_the_callers_choice() -> None:
    code = torch_of(
        """import keras
from keras import layers


class Block(layers.Layer):
    def __init__(self, strides=1, padding="same"):
        super().__init__()
        self.a = layers.Conv2D(4, 3, padding=padding)
        self.b = layers.Conv2D(4, 3, strides=strides, padding=padding)

    def call(self, x):
        return self.b(self.a(x))


y = Block()(keras.ops.zeros((1, 8, 8, 3)))
z = Block(2, "valid")(keras.ops.zeros((1, 8, 8, 3)))
"""
    )
    assert "self.a = nn.LazyConv2d(out_channels=4, kernel_size=3, padding=padding)" in code
    assert "NamedPad(3, strides, 1, padding), nn.Conv2d(4, 4, 3, stride=strides)" in code


def test_a_convolution_of_each_channel_takes_as_many_as_come_in() -> None:
    code = torch_of(
        """from keras import layers


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.conv = layers.DepthwiseConv2D(3, padding="same")

    def call(self, x):
        return self.conv(x)
"""
    )
    assert "out_channels=None" not in code
    assert 'nn.Sequential(NamedPad(3, 1, 1, "same"), LazyDepthwiseConv2d(1, 3' in on_one_line(code)


def test_a_padding_that_is_worked_out_of_the_input() -> None:
    code = torch_of(
        """import keras
from keras import layers
from keras.src.applications import imagenet_utils


def build():
    inputs = keras.Input((8, 8, 3))
    x = layers.ZeroPadding2D(imagenet_utils.correct_pad(inputs, 3))(inputs)
    x = layers.Conv2D(4, 3, strides=2, padding="valid")(x)
    return keras.Model(inputs, layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))(x))
"""
    )
    assert "ZeroPadding2d(correct_pad(" in code
    assert "DropPath(0.2)" in code


def test_an_activation_that_a_builder_chooses_is_chosen_where_its_layer_is_made() -> None:
    code = torch_of(
        """import keras
from keras import layers


def build(classes):
    i = keras.Input((4,))
    if classes == 2:
        activation = "sigmoid"
    else:
        activation = "softmax"
    return keras.Model(i, layers.Dense(classes, activation=activation)(i))
"""
    )
    assert '            activation = "softmax"\n' in code[code.index("class Net") :]
    assert "Activation(activation, dim=-1)" in code


def test_what_a_comprehension_names_may_be_written_twice_in_it() -> None:
    code = torch_of(
        """
        import tensorflow as tf


        def unit(gradients):
            gradients = [tf.math.l2_normalize(g, axis=0) for g in gradients]
            return [tf.math.l2_normalize(g, axis=0) for g in gradients]
        """
    )
    assert code.count("[g * torch.rsqrt(torch.clamp(torch.sum(g * g, dim=0, keepdim=True)") == 2
