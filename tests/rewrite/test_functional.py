"""Functional models in straight-line code become a class."""

from tests.rewrite.migrating import assert_changes, left, migrated, torch_of

HEAD = "from tensorflow import keras\nfrom tensorflow.keras import layers\n\n"


def test_module_level_changes() -> None:
    text = """from tensorflow import keras
    from tensorflow.keras import layers

    inputs = keras.Input((4,))
    x = layers.Dense(8, activation="relu")(inputs)
    # Scores.
    outputs = layers.Dense(2, name="scores")(x)
    model = keras.Model(inputs, outputs)
    """
    expected = """import torch.nn.functional as F
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 8)
            # Scores.
            self.scores = nn.Linear(8, 2)

        def forward(self, inputs):
            x = F.relu(self.fc(inputs))
            outputs = self.scores(x)
            return outputs


    model = Net()
    """
    assert_changes("    " + text, "    " + expected, "torch")


def test_a_builder_keeps_its_signature_and_hands_on_what_the_class_needs() -> None:
    code = torch_of(
        HEAD + "def build_mlp(units=8, classes=2, unread=0):\n    '''Build it.'''\n"
        "    inputs = keras.Input((4,))\n    x = layers.Dense(units)(inputs)\n"
        "    return keras.Model(inputs, layers.Dense(classes)(x))\n"
    )
    assert "class Mlp(nn.Module):\n    def __init__(self, units, classes):\n" in code
    assert "def build_mlp(units=8, classes=2, unread=0):\n    '''Build it.'''\n" in code
    assert "    return Mlp(units, classes)\n" in code
    assert "nn.Linear(4, units)" in code
    assert "nn.Linear(units, classes)" in code


def test_several_inputs_and_outputs() -> None:
    code = torch_of(
        HEAD + "a = keras.Input((4,))\nb = keras.Input((3,))\nx = layers.concatenate([a, b])\n"
        "left = layers.Dense(2)(x)\nright = layers.Dense(3, activation='softmax')(x)\n"
        "model = keras.Model(inputs=[a, b], outputs=[left, right])\n"
    )
    assert "def forward(self, a, b):" in code
    assert "torch.cat([a, b], dim=-1)" in code
    assert "self.left = nn.Linear(7, 2)" in code
    assert "return left, right" in code


def test_models_over_one_graph_share_their_layers() -> None:
    code = torch_of(
        HEAD + "inputs = keras.Input((8,))\ncode = layers.Dense(2)(inputs)\n"
        "decoded = layers.Dense(8)(code)\nautoencoder = keras.Model(inputs, decoded)\n"
        "encoder = keras.Model(inputs, code)\n"
    )
    assert code.count("nn.Linear(8, 2)") == 1
    assert "self.code = autoencoder.code" in code
    assert "encoder = Encoder(autoencoder)" in code


def test_a_layer_in_a_variable_is_one_layer() -> None:
    code = torch_of(
        HEAD + "inputs = keras.Input((4,))\nshared = layers.Dense(4, activation='relu')\n"
        "x = shared(inputs)\nx = shared(x)\nmodel = keras.Model(inputs, x)\n"
    )
    assert code.count("nn.Linear(4, 4)") == 1
    assert code.count("F.relu(self.shared(") == 2


def test_a_layer_that_nothing_uses_stays_outside() -> None:
    code = torch_of(
        HEAD + "inputs = keras.Input((4,))\nunused = layers.Dense(100)\n"
        "model = keras.Model(inputs, layers.Dense(8)(inputs))\n"
    )
    assert "self.unused" not in code
    assert "100" in code


def test_a_graph_that_is_built_in_a_loop_is_left_whole() -> None:
    text = (
        HEAD + "def build(depth):\n    x = inputs = keras.Input((4,))\n"
        "    for _ in range(depth):\n        x = layers.Dense(8)(x)\n"
        "    return keras.Model(inputs, x)\n"
    )
    result = migrated(text, "torch")
    assert left(result) or "keras" not in result.code
    assert ("nn." in result.code) != ("layers." in result.code)
