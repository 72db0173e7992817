"""Sequential models: lists, `.add`, nested, with comments, and those that need a class."""

import pytest

from tests.rewrite.migrating import assert_changes, left, migrated, torch_of

HEAD = "from tensorflow import keras\nfrom tensorflow.keras import layers\n\n"
NN = "from torch import nn\n\n"

CHANGES = {
    "list": (
        "model = keras.Sequential([keras.Input((4,)), layers.Dense(8), layers.Dense(2)])",
        "model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))",
    ),
    "activations-as-strings": (
        "model = keras.Sequential([layers.Dense(8, activation='relu', input_dim=4)])",
        "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU())",
    ),
    "activations-as-functions": (
        "model = keras.Sequential([layers.Dense(8, 'relu', input_dim=4),\n"
        "    layers.Dense(3, activation=keras.activations.softmax)])",
        "model = nn.Sequential(\n    nn.Linear(4, 8),\n    nn.ReLU(),\n    nn.Linear(8, 3),\n"
        "    nn.Softmax(dim=-1),\n)",
    ),
    "add": (
        """
        model = keras.Sequential(name="mlp")
        model.add(layers.Dense(8, input_shape=(4,)))
        # Then.
        model.add(layers.Dense(2))
        """,
        """
        model = nn.Sequential(
            nn.Linear(4, 8),
            # Then.
            nn.Linear(8, 2),
        )
        """,
    ),
    "add-with-comments-behind": (
        """
        model = keras.Sequential()
        model.add(layers.Dense(8, input_shape=(4,)))  # wide
        model.add(layers.Dense(2))  # narrow
        """,
        """
        model = nn.Sequential(
            nn.Linear(4, 8),  # wide
            nn.Linear(8, 2),  # narrow
        )
        """,
    ),
    "comments-inside": (
        """
        model = keras.Sequential([
            # The input.
            keras.Input((4,)),
            layers.Dense(8),  # wide
            # The end.
            layers.Dense(2),
            # Nothing more.
        ])
        """,
        """
        model = nn.Sequential(
            # The input.
            nn.Linear(4, 8),  # wide
            # The end.
            nn.Linear(8, 2),
            # Nothing more.
        )
        """,
    ),
    "nested": (
        """
        block = keras.Sequential([layers.Dense(8), layers.Dense(6)])
        model = keras.Sequential([keras.Input((4,)), block, layers.Dense(2)])
        """,
        """
        block = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 6))
        model = nn.Sequential(block, nn.Linear(6, 2))
        """,
    ),
    "nested-inside": (
        """
        model = keras.Sequential([
            keras.Sequential([layers.Dense(8, input_dim=4), layers.ReLU()]),
            layers.Dense(2),
        ])
        """,
        """
        model = nn.Sequential(
            nn.Sequential(nn.Linear(4, 8), nn.ReLU()),
            nn.Linear(8, 2),
        )
        """,
    ),
    "in-a-function": (
        """
        def build(units, classes=10):
            '''Build it.'''
            model = keras.Sequential()
            model.add(layers.Dense(units, input_dim=8))
            model.add(layers.Dense(4 * units))
            model.add(layers.Dense(classes))
            return model
        """,
        """
        def build(units, classes=10):
            '''Build it.'''
            model = nn.Sequential(
                nn.Linear(8, units),
                nn.Linear(units, 4 * units),
                nn.Linear(4 * units, classes),
            )
            return model
        """,
    ),
    "in-a-method": (
        """
        class Box:
            def __init__(self, units):
                self.net = keras.Sequential()
                self.net.add(layers.Dense(units, input_shape=(3,)))
                self.net.add(layers.Dense(4))
        """,
        """
        class Box:
            def __init__(self, units):
                self.net = nn.Sequential(
                    nn.Linear(3, units),
                    nn.Linear(units, 4),
                )
        """,
    ),
    "starred": (
        """
        hidden = [layers.Dense(8) for _ in range(3)]
        model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(2)])
        """,
        """
        hidden = [nn.Linear(8, 8) for _ in range(3)]
        model = nn.Sequential(*hidden, nn.Linear(8, 2))
        """,
    ),
    "constants-keep-their-names": (
        """
        WIDTH = 16
        model = keras.Sequential([layers.Dense(WIDTH, input_dim=4), layers.Dense(WIDTH // 2)])
        """,
        """
        WIDTH = 16
        model = nn.Sequential(nn.Linear(4, WIDTH), nn.Linear(WIDTH, WIDTH // 2))
        """,
    ),
}


@pytest.mark.parametrize(("text", "expected"), CHANGES.values(), ids=CHANGES)
def test_keras_sequential_changes(text: str, expected: str) -> None:
    assert_changes(_under(HEAD, text), _under(NN, expected), "torch")


def _under(head: str, text: str) -> str:
    from textwrap import dedent

    return head + dedent(text).strip("\n")


RECURRENT = {
    "last-output": (
        "model = keras.Sequential([layers.Embedding(100, 16), layers.LSTM(32), layers.Dense(1)])",
        ("self.lstm = nn.LSTM(16, 32, batch_first=True)", "_, (h_n, _) = self.lstm(x)"),
    ),
    "sequences": (
        "model = keras.Sequential()\n"
        "model.add(layers.LSTM(32, return_sequences=True, input_shape=(10, 4)))\n"
        "# Again.\nmodel.add(layers.GRU(16))\nmodel.add(layers.Dense(1))",
        ("# Again.", "nn.GRU(32, 16, batch_first=True)", "self.fc = nn.Linear(16, 1)"),
    ),
}


@pytest.mark.parametrize(("text", "written"), RECURRENT.values(), ids=RECURRENT)
def test_recurrent_layers_need_a_class(text: str, written: tuple[str, ...]) -> None:
    code = torch_of(HEAD + text)
    assert "class Net(nn.Module):" in code
    assert "model = Net()" in code
    for each in written:
        assert each in code


GROWING = {
    "loop": "for _ in range(depth):\n    model.add(layers.Dense(8))\n",
    "branch": "if deep:\n    model.add(layers.Dense(8))\n",
    "known-loop": "for units in (8, 16):\n    model.add(layers.Dense(units))\n",
}


@pytest.mark.parametrize("grows", GROWING.values(), ids=GROWING)
def test_layers_added_in_a_loop_or_branch(grows: str) -> None:
    """Either said, or written with what PyTorch's Sequential has."""
    start = "depth = deep = input()\nmodel = keras.Sequential([layers.Dense(4, input_dim=3)])\n"
    result = migrated(HEAD + start + grows + "model.add(layers.Dense(2))\n", "torch")
    assert left(result) or ".add(" not in result.code
    assert "nn.Linear(8, 2)" not in result.code


PARTLY = {
    "list": "model = keras.Sequential([layers.Dense(4, input_dim=3), layers.NoSuch(4)])",
    "add": "model = keras.Sequential()\nmodel.add(layers.Dense(4, input_dim=3))\n"
    "model.add(layers.NoSuch(4))\nmodel.add(layers.Dense(4))",
}


@pytest.mark.parametrize("text", PARTLY.values(), ids=PARTLY)
def test_an_unknown_layer_stays_and_is_said_once(text: str) -> None:
    result = migrated(HEAD + text, "torch")
    assert left(result) == ["keras.layers.NoSuch"]
    assert result.code.count("# porter: todo[keras.layers.NoSuch] no rule for this API") == 1
    assert "layers.NoSuch(4)" in result.code
    assert "from tensorflow.keras import layers" in result.code
    assert "nn.Linear(3, 4)" in result.code


TO_KERAS = {
    "arguments": (
        "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU())",
        "model = keras.Sequential([layers.Dense(8), layers.ReLU()])",
    ),
    "comments-inside": (
        """
        model = nn.Sequential(
            nn.Linear(4, 8),  # wide
            # Then.
            nn.Tanh(),
            nn.Linear(8, 2, bias=False),
            # Nothing more.
        )
        """,
        """
        model = keras.Sequential([
            layers.Dense(8),  # wide
            # Then.
            layers.Activation("tanh"),
            layers.Dense(2, use_bias=False),
            # Nothing more.
        ])
        """,
    ),
    "starred": (
        "parts = [nn.Linear(4, 4) for _ in range(2)]\nmodel = nn.Sequential(*parts)",
        "parts = [layers.Dense(4) for _ in range(2)]\nmodel = keras.Sequential(parts)",
    ),
}


@pytest.mark.parametrize(("text", "expected"), TO_KERAS.values(), ids=TO_KERAS)
def test_torch_sequential_changes(text: str, expected: str) -> None:
    head = "import keras\nfrom keras import layers\n\n"
    assert_changes(_under("from torch import nn\n\n", text), _under(head, expected), "keras")


def test_a_size_may_be_said_with_a_builtin() -> None:
    code = torch_of(
        HEAD + "chars = sorted(open('f').read())\nmodel = keras.Sequential()\n"
        "model.add(layers.LSTM(8, input_shape=(4, len(chars))))\n"
    )
    assert "nn.LSTM(len(chars), 8, batch_first=True)" in code


def test_tensors_that_leave_in_a_structure_are_not_left_in_another_layout_unsaid() -> None:
    text = """
    import keras
    import tensorflow as tf

    class Halves(keras.layers.Layer):
        def call(self, x):
            return tf.split(keras.ops.max_pool(x, 1), 2)

    model = keras.Sequential([keras.Input((4, 6)), Halves()])
    """
    (finding,) = [f for f in migrated(text, "torch").findings if f.kind == "todo"]
    assert "the layout of a structure's tensors cannot be restored" in finding.message


def test_a_model_that_a_class_is_given_keeps_its_contract() -> None:
    """It stands in the module for everybody, though the file only applies it in a class."""
    text = """
    import keras

    net = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])

    class Trainer(keras.Model):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def call(self, x):
            return self.net(x)

    trainer = Trainer(net)
    """
    code = torch_of(text)
    assert "Permute(0, 3, 1, 2),\n    nn.Conv2d(3, 4, 3),\n    Permute(0, 2, 3, 1)," in code
    assert "return self.net(x)" in code
