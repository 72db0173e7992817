"""Weights of a layer's own, and what makes them: `add_weight` and `build`."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import assert_changes, left, migrated, torch_of

KERAS = (
    "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n"
    "\n\n"
)


def layer(made: str, call: str = "return x * self.w") -> str:
    return (
        f"{KERAS}class Own(layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
        f"        {made}\n\n    def call(self, x):\n        {call}\n"
    )


MADE = {
    "zeros": ('shape=(3, 4), initializer="zeros"', "torch.zeros(3, 4)"),
    "ones": ('shape=[4], initializer="ones"', "torch.ones(4)"),
    "scalar": ('initializer="zeros"', "torch.zeros(())"),
    "normal": ('shape=(3, 4), initializer="random_normal"',
               "nn.init.normal_(torch.empty(3, 4), std=0.05)"),
    "uniform": ('shape=(3, 4), initializer="uniform"',
                "nn.init.uniform_(torch.empty(3, 4), a=-0.05, b=0.05)"),
    "standard": ("shape=(4,), initializer=tf.random_normal_initializer(stddev=1.0)",
                 "torch.randn(4)"),
    "truncated": ("shape=(4,), initializer=keras.initializers.TruncatedNormal(stddev=0.02)",
                  "nn.init.trunc_normal_(torch.empty(4), std=0.02, a=-0.04, b=0.04)"),
    "constant": ("shape=(4,), initializer=keras.initializers.Constant(0.5)",
                 "torch.full((4,), 0.5)"),
    "named-first": ('"w", (3, 4), initializer="zeros"', "torch.zeros(3, 4)"),
    "named-then-keyword": ('"w", shape=(3, 4), initializer="zeros"', "torch.zeros(3, 4)"),
    "shape-first": ('(3, 4), "zeros"', "torch.zeros(3, 4)"),
    "dtype-third": ('(4,), "zeros", "float16"', "torch.zeros(4, dtype=torch.float16)"),
    "default": ("shape=(3, 4)", "nn.init.xavier_uniform_(torch.empty(3, 4))"),
    "fan-of-three": ("shape=(2, 3, 4)", 'variance_scaling((2, 3, 4), 1.0, "fan_avg", "uniform")'),
    "he": ('shape=(3, 4), initializer="he_normal"',
           'variance_scaling((3, 4), 2.0, "fan_in", "truncated_normal")'),
    "orthogonal": ('shape=(4, 4), initializer="orthogonal"',
                   "nn.init.orthogonal_(torch.empty(4, 4))"),
    "half": ('shape=(4,), initializer="zeros", dtype="float16"',
             "torch.zeros(4, dtype=torch.float16)"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "data"), MADE.values(), ids=MADE)
def test_a_weight_starts_where_it_did(given: str, data: str) -> None:
    code = torch_of(layer(f"self.w = self.add_weight({given})"))
    assert f"        self.w = nn.Parameter({data})\n" in code


def test_the_old_name_of_add_weight_is_known() -> None:
    for given in (
        '"w", shape=(4,), initializer="ones"',
        '(4,), "ones"',
        '(4,), "ones", None, True',
    ):
        code = torch_of(layer(f"self.w = self.add_variable({given})"))
        assert "self.w = nn.Parameter(torch.ones(4))" in code


UNTRAINED = {
    "float": ('shape=(4,), initializer="zeros", trainable=False', "torch.zeros(4)"),
    "whole": ('shape=(), dtype="int32", trainable=False', "torch.zeros((), dtype=torch.int32)"),
    "whole-numbers-are-never-trained": (
        "shape=(4,), dtype=tf.int64", "torch.zeros(4, dtype=torch.int64)"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "data"), UNTRAINED.values(), ids=UNTRAINED)
def test_what_is_not_trained_is_a_buffer(given: str, data: str) -> None:
    code = torch_of(layer(f"self.w = self.add_weight({given})"))
    assert f'        self.register_buffer("w", {data})\n' in code


def test_a_weight_in_a_list_keeps_its_place() -> None:
    code = torch_of(
        layer(
            "self.w = [self.add_weight(shape=(4,), initializer='ones', trainable=t)"
            " for t in (True, False)]",
            "return x * self.w[0] + self.w[1]",
        )
    )
    assert "nn.Parameter(torch.ones(4), requires_grad=t)" in code


def test_an_initialiser_that_is_not_known_is_said() -> None:
    text = layer("self.w = self.add_weight(shape=(3, 4), initializer=start)").replace(
        "(self):\n        super", "(self, start):\n        super"
    )
    result = migrated(text, "torch")
    assert "nn.Parameter(nn.init.xavier_uniform_(torch.empty(3, 4)))" in result.code
    assert [f.kind for f in result.findings if f.rule == "initializer"] == ["note"]


def test_a_name_for_an_initialiser_goes_with_it() -> None:
    code = torch_of(
        layer(
            "start = keras.initializers.RandomNormal(stddev=0.1)\n"
            "        self.scale = keras.initializers.get('ones')\n"
            "        self.w = self.add_weight(shape=(4,), initializer=start)\n"
            "        self.v = self.add_weight(shape=(4,), initializer=self.scale)"
        )
    )
    assert "keras" not in code
    assert "self.v = nn.Parameter(torch.ones(4))" in code


def test_a_penalty_of_a_weight_is_said() -> None:
    result = migrate_source(
        layer("self.w = self.add_weight(shape=(4,), regularizer=keras.regularizers.l2(0.1))"),
        to="torch",
    )
    assert [f.rule for f in result.findings if f.kind == "note"] == ["regularizer"]


LINEAR = """
class Linear(layers.Layer):
    def __init__(self, units=32):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        # The kernel.
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")
        super().build(input_shape)

    def call(self, x):
        return tf.matmul(x, self.w) + self.b
"""


def test_a_constructor_takes_the_size_that_build_reads() -> None:
    text = f"""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

{LINEAR}

model = keras.Sequential([keras.Input((4,)), layers.Dense(8), Linear(3), Linear(units=2)])
"""
    expected = """
import torch
from torch import nn


class Linear(nn.Module):
    def __init__(self, in_features, units=32):
        super().__init__()
        self.units = units
        # The kernel.
        self.w = nn.Parameter(nn.init.normal_(torch.empty(in_features, self.units), std=0.05))
        self.b = nn.Parameter(torch.zeros(self.units))

    def forward(self, x):
        return torch.matmul(x, self.w) + self.b


model = nn.Sequential(
    nn.Linear(4, 8),
    Linear(8, 3),
    Linear(3, units=2),
)
"""
    assert_changes(text, expected, "torch")
    (model,) = (m for m in migrated(text, "torch").manifest.models if m["target"] == "Linear")
    assert model["constructor"] == ["in_features"]


def test_without_sizes_at_every_place_weights_are_made_at_the_first_call() -> None:
    result = migrated(KERAS + LINEAR, "torch")
    assert "class Linear(nn.modules.lazy.LazyModuleMixin, nn.Module):" in result.code
    assert "    def initialize_parameters(self, x):\n        input_shape = x.shape\n" in result.code
    assert [f.kind for f in result.findings if f.rule == "lazy-build"] == ["note"]
    assert not left(result)


def test_a_class_that_others_may_make_keeps_its_constructor() -> None:
    used = "model = keras.Sequential([keras.Input((4,)), Linear(3)])\nlayer_class = Linear\n"
    result = migrated(KERAS + LINEAR + used, "torch")
    assert "LazyModuleMixin" in result.code
    assert "nn.Sequential(Linear(3))" in result.code


def test_build_without_sizes_is_the_end_of_the_constructor() -> None:
    code = torch_of(
        KERAS + "class Scale(layers.Layer):\n    def build(self, input_shape):\n"
        "        '''One number.'''\n"
        "        self.w = self.add_weight(initializer='ones')\n        self.built = True\n\n"
        "    def call(self, x):\n        return x * self.w\n"
    )
    assert (
        "    def __init__(self):\n        super().__init__()\n        # One number.\n"
        "        self.w = nn.Parameter(torch.ones(()))\n" in code
    )


def test_layers_made_by_build_know_their_sizes() -> None:
    code = torch_of(
        KERAS + "class Block(layers.Layer):\n    def __init__(self, ratio):\n"
        "        super().__init__()\n        self.ratio = ratio\n\n"
        "    def build(self, input_shape):\n        channels = input_shape[-1]\n"
        "        self.fc = layers.Dense(channels // self.ratio)\n"
        "        self.fc.build(input_shape)\n\n"
        "    def call(self, x):\n        return self.fc(x)\n\n\n"
        "model = keras.Sequential([keras.Input((8,)), Block(2)])\n"
    )
    assert "def __init__(self, channels, ratio):" in code
    assert "self.fc = nn.Linear(channels, channels // self.ratio)" in code
    assert "Block(8, 2)" in code
    assert "build" not in code


def test_sizes_of_several_inputs_are_told_apart() -> None:
    code = torch_of(
        KERAS + "class Both(layers.Layer):\n    def build(self, input_shape):\n"
        "        self.wide = input_shape[0][-1]\n"
        "        self.w = self.add_weight(shape=(self.wide, input_shape[1][1]))\n\n"
        "    def call(self, inputs):\n        a, b = inputs\n"
        "        return tf.matmul(a, self.w) + b\n\n\n"
        "one = keras.Input((6,))\ntwo = keras.Input((3,))\n"
        "sum_of = Both()([one, two])\nmodel = keras.Model([one, two], sum_of)\n"
    )
    assert "def __init__(self, wide, in_features):" in code
    assert "self.sum_of = Both(6, 3)" in code


def test_what_build_reads_in_another_way_is_read_at_the_first_call() -> None:
    result = migrated(
        KERAS + "class Own(layers.Layer):\n    def build(self, input_shape):\n"
        "        self.w = self.add_weight(shape=input_shape[1:], initializer='ones')\n\n"
        "    def call(self, x):\n        return x * self.w\n\n\n"
        "model = keras.Sequential([keras.Input((8,)), Own()])\n",
        "torch",
    )
    assert "self.w = nn.Parameter(torch.ones(input_shape[1:]))" in result.code
    assert "LazyModuleMixin" in result.code


def test_a_build_that_another_goes_on_with_is_left_and_said() -> None:
    result = migrated(
        KERAS + LINEAR + "\n\nclass More(Linear):\n    def build(self, input_shape):\n"
        "        super().build(input_shape)\n"
        "        self.g = self.add_weight(shape=(1,))\n",
        "torch",
    )
    assert "build" in left(result)


OWN = """
class Own(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=({size},), initializer="ones")

    def call(self, x):
        return {result} * self.w


"""


def test_sizes_at_the_first_call_are_read_in_the_order_of_the_source() -> None:
    code = torch_of(
        KERAS + OWN.format(size="shape[-1]", result="x") + "class Net(keras.Model):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.conv = layers.Conv2D(4, 3)\n        self.own = Own()\n\n"
        "    def call(self, x):\n        return self.own(self.conv(x))\n\n\nkind = Own\n"
    )
    assert "        shape = x.permute(0, 2, 3, 1).shape\n" in code


def test_sizes_of_a_list_at_the_first_call_are_a_list() -> None:
    code = torch_of(KERAS + OWN.format(size="shape[0][-1]", result="x[0]"))
    assert "        shape = [each.shape for each in x]\n" in code


def test_a_size_that_is_not_known_does_not_hide_how_many_there_are() -> None:
    code = torch_of(layer("self.w = self.add_weight(shape=(x.shape[0], 4))"))
    assert "nn.init.xavier_uniform_(torch.empty(x.shape[0], 4))" in code


VARIABLES = {
    "drawn": ("tf.Variable(initial_value=start(shape=(4,), dtype='float32'), trainable=True)",
              "self.w = nn.Parameter(nn.init.normal_(torch.empty(4), std=0.05))"),
    "fixed": ("tf.Variable(tf.zeros([4]), trainable=False)",
              'self.register_buffer("w", torch.zeros(4))'),
    "whole": ("tf.Variable(tf.zeros([4], tf.int32))",
              'self.register_buffer("w", torch.zeros(4, dtype=torch.int32))'),
    "no-sizes": ("tf.Variable(tf.zeros([]))", "self.w = nn.Parameter(torch.zeros(()))"),
    "count": ("tf.Variable(0)", 'self.register_buffer("w", torch.tensor(0, dtype=torch.int32))'),
    "number": ("tf.Variable(0.5)", "self.w = nn.Parameter(torch.tensor(0.5))"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "written"), VARIABLES.values(), ids=VARIABLES)
def test_a_variable_that_a_layer_holds(made: str, written: str) -> None:
    start = "start = tf.random_normal_initializer()\n        " if "start" in made else ""
    code = torch_of(layer(f"{start}self.w = {made}"))
    assert f"        super().__init__()\n        {written}\n" in code


def test_a_variable_of_whole_numbers_is_a_tensor() -> None:
    code = torch_of("import tensorflow as tf\n\nsteps = tf.Variable(tf.zeros([3], tf.int32))\n")
    assert "steps = torch.zeros(3, dtype=torch.int32)\n" in code


def test_the_call_of_a_tf_module_is_forward() -> None:
    code = torch_of(
        "import tensorflow as tf\n\n\nclass Scale(tf.Module):\n"
        "    def __init__(self, name=None):\n        super().__init__(name=name)\n"
        "        self.w = tf.Variable(tf.ones([4]))\n\n"
        "    def __call__(self, x):\n        return tf.exp(x) * self.w\n"
    )
    assert "class Scale(nn.Module):" in code
    assert "    def forward(self, x):\n        return torch.exp(x) * self.w\n" in code
