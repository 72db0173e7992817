"""Subclassed models and layers, and functions of tensors, in both directions."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import assert_changes, keras_of, left, migrated, torch_of

KERAS = (
    "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n"
)


def test_a_keras_model_changes() -> None:
    text = """
    from tensorflow import keras
    from tensorflow.keras import layers

    class Net(keras.Model):
        '''A net.'''

        def __init__(self):
            super().__init__(name="net")
            self.hidden = layers.Dropout(0.5)
            self.out = layers.Softmax()  # scores

        def call(self, x):
            return self.out(self.hidden(x))
    """
    expected = """
    from torch import nn

    class Net(nn.Module):
        '''A net.'''

        def __init__(self):
            super().__init__()
            self.hidden = nn.Dropout(0.5)
            self.out = nn.Softmax(dim=-1)  # scores

        def forward(self, x):
            return self.out(self.hidden(x))
    """
    assert_changes(text, expected, "torch")


LISTS = {
    "comprehension": "self.parts = [layers.Dense(8) for _ in range(2)]",
    "literal": "self.parts = [layers.Dense(8), layers.Dense(4)]",
    "appended": "self.parts = []\n        self.parts.append(layers.Dense(8))",
}


@pytest.mark.parametrize("made", LISTS.values(), ids=LISTS)
def test_lists_of_layers_are_registered(made: str) -> None:
    code = torch_of(
        KERAS + f"class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        f"        {made}\n    def call(self, x):\n        for part in self.parts:\n"
        "            x = part(x)\n        return x\n"
    )
    assert "self.parts = nn.ModuleList(" in code


def test_a_torch_module_changes() -> None:
    text = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, n_in, n_out=2):
            super().__init__()
            self.fc1 = nn.Linear(n_in, 16)
            self.fc2 = nn.Linear(16, n_out)

        def forward(self, x):
            x = torch.relu(self.fc1(x))  # act
            return torch.tanh(self.fc2(x))
    """
    expected = """
    import keras
    from keras import layers, ops

    class Net(keras.Model):
        def __init__(self, n_in, n_out=2):
            super().__init__()
            self.fc1 = layers.Dense(16)
            self.fc2 = layers.Dense(n_out)

        def call(self, x):
            x = ops.relu(self.fc1(x))  # act
            return ops.tanh(self.fc2(x))
    """
    assert_changes(text, expected, "keras")


FUNCTIONS = {
    "augmented": (
        "def f(x):\n    y = tf.nn.relu(x)\n    y += x\n    return tf.exp(y)",
        "    y = y + x\n",
    ),
    "reduced": ("def f(x):\n    return tf.reduce_sum(tf.exp(x), axis=1)", "dim=1"),
    "number-before-a-dot": ("x = tf.shape(1)", "(1).shape"),
    "odd-quotes": ("x = tf.nn.relu(  d['a'][\"b\"] )", "F.relu(d['a'][\"b\"])"),
}


@pytest.mark.parametrize(("text", "written"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_of_tensors(text: str, written: str) -> None:
    assert written in torch_of("import tensorflow as tf\nd = {}\n" + text)


METHODS = {
    "permute": ("def f(x):\n    return torch.exp(x).permute(0, 2, 1)", "ops.transpose("),
    "chain": ("def f(x):\n    return torch.cat([x, x], 1).contiguous().unsqueeze(1)",
              "ops.expand_dims("),
    "in-place": ("def f(x):\n    y = torch.exp(x)\n    y.relu_()\n    return y",
                 "    y = ops.relu(y)\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "written"), METHODS.values(), ids=METHODS)
def test_methods_of_tensors(text: str, written: str) -> None:
    assert written in keras_of("import torch\n" + text)


LAYOUTS = {
    "boundary": ("y = layers.Conv2D(8, 3)(x)", ["x.permute(0, 3, 1, 2)", "permute(0, 2, 3, 1)"]),
    "cancelled": ("y = layers.Conv2D(8, 3)(layers.Conv2D(8, 3)(x))", ["permute"] * 2),
    "axis-follows": (
        "y = layers.Conv2D(8, 3)(x)\ny = layers.concatenate([y, y])", ["dim=1", "permute"]
    ),
    "flatten": ("y = layers.Flatten()(layers.Conv2D(8, 3)(x))", ["permute(0, 2, 3, 1)"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "written"), LAYOUTS.values(), ids=LAYOUTS)
def test_layout_follows(text: str, written: list[str]) -> None:
    code = torch_of(KERAS + f"x = keras.Input((32, 32, 3))\n{text}\nm = keras.Model(x, y)\n")
    for each in written:
        assert each in code
    assert code.count("permute(") == 2


@pytest.mark.parametrize("to", ["torch", "keras"])
def test_crlf_and_tabs_stay(to: str) -> None:
    call = {"torch": "tf.nn.relu(x)", "keras": "torch.relu(x)"}[to]
    name = {"torch": "import tensorflow as tf", "keras": "import torch"}[to]
    text = f"{name}\r\ndef f(x):\r\n\tif x  :\r\n\t\treturn {call}\r\n\treturn  'a'\r\n"
    code = migrate_source(text, to=to).code
    assert code.count("\n") == code.count("\r\n")
    assert "\tif x  :\r\n\t\treturn " in code
    assert code.endswith("\treturn  'a'\r\n")


def test_kinds_of_findings_and_their_places() -> None:
    result = migrated(
        "import tensorflow as tf\nfrom tensorflow import keras\n\ndef f(x, thing):\n"
        "    y = tf.nn.relu(x)\n    z = 1 + tf.no_such(y)\n"
        "    m = keras.Sequential([keras.layers.BatchNormalization(input_shape=(3,))])\n"
        "    m.fit(x)\n    return thing.numpy() + z\n",
        "torch",
    )
    found = {(f.kind, f.line, f.column) for f in result.findings}
    assert ("safe", 5, 9) in found
    assert ("unknown", 6, 13) in found
    assert ("note", 7, 27) in found
    assert ("todo", 8, 5) in found
    assert left(result) == ["tensorflow.no_such", ".fit()"]


def test_a_helper_is_written_once() -> None:
    code = torch_of(
        KERAS + "a = keras.Sequential([layers.Conv2D(4, 3, input_shape=(8, 8, 3))])\n"
        "b = keras.Sequential([layers.Conv2D(4, 3, input_shape=(8, 8, 3))])\n"
    )
    assert code.count("class Permute(") == 1
    assert code.count("Permute(0, 3, 1, 2)") == 2


def test_an_attribute_that_keras_keeps_for_itself_gets_an_underscore() -> None:
    source = (
        "import torch\n\n\nclass Net(torch.nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.layers = torch.nn.Linear(3, 4)\n\n"
        "    def forward(self, x):\n        return self.layers(x)\n"
    )
    done = migrate_source(source, to="keras")
    assert "self.layers_ = layers.Dense(4)" in done.code
    assert "return self.layers_(x)" in done.code
    assert any(f.rule == "reserved-attribute" and f.line == 7 for f in done.findings)


def test_dropout_of_channels_on_rows_is_dropout() -> None:
    code = keras_of(
        "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 2)\n"
        "        self.drop = nn.Dropout2d(0.5)\n\n    def forward(self, x):\n"
        "        x = self.fc(torch.flatten(x, 1))\n        return self.drop(x)\n"
    )
    assert "layers.Dropout(0.5)" in code


def test_the_last_size_is_known_where_the_rank_is_not() -> None:
    code = torch_of(
        "from tensorflow import keras\nfrom tensorflow.keras import layers\n\n\n"
        "class Tagger(keras.Model):\n    def __init__(self, words=100, width=16):\n"
        "        super().__init__()\n        self.words = layers.Embedding(words, width)\n"
        "        self.lstm = layers.LSTM(12, return_sequences=True)\n"
        "        self.fc = layers.Dense(2 * width, activation='relu')\n"
        "        self.out = layers.Dense(width)\n\n    def call(self, x):\n"
        "        x = self.words(x)\n"
        "        x = x + self.out(self.fc(x))\n        return self.lstm(x)\n"
    )
    assert "nn.Linear(width, 2 * width)" in code
    assert "nn.Linear(2 * width, width)" in code
    assert "nn.LSTM(width, 12, batch_first=True)" in code


def test_a_layer_that_stays_is_called_as_it_was() -> None:
    result = migrate_source(
        "from tensorflow import keras\nfrom tensorflow.keras import layers\n\n\n"
        "class Block(layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
        "        self.att = layers.MultiHeadAttention(2, 4)\n\n    def call(self, x):\n"
        "        return self.att(x, x)\n",
        to="torch",
    )
    assert "        return self.att(x, x)\n" in result.code
    assert result.code.count("# porter: todo[keras.layers.MultiHeadAttention]") >= 1


def test_a_starred_argument_stays_one() -> None:
    code = keras_of(
        "from torch import nn\n\nimport opts\n\n"
        "shape = (opts.c, opts.h)\ncfg = (3, opts.n, 3)\n\n\n"
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.conv = nn.Conv2d(*cfg)\n\n    def forward(self, x):\n"
        "        x = x.view(x.size(0), *shape)\n        return x.reshape(*shape)\n"
    )
    assert "layers.Conv2D(cfg[1], 3)" in code
    assert "ops.reshape(x, (ops.shape(x)[0], *shape))" in code
    assert "ops.reshape(x, shape)" in code


def test_rows_or_sequences_have_their_features_in_axis_1() -> None:
    code = keras_of(
        "from torch import nn\n\nnet = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))\n"
    )
    assert "layers.BatchNormalization(axis=1, momentum=0.9, epsilon=1e-05)" in code


def test_a_layer_that_gets_its_input_by_name_gets_it_first() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        class Block(layers.Layer):
            def __init__(self, width, heads):
                super().__init__()
                self.attention = layers.MultiHeadAttention(heads, width // heads)
                self.norm = layers.LayerNormalization()
                self.out = layers.Dense(width, activation="relu")

            def call(self, x):
                x = self.attention(query=x, key=x, value=x, use_causal_mask=True)
                return self.out(inputs=self.norm(inputs=x))


        i = keras.Input((10, 32))
        model = keras.Model(i, Block(32, 4)(i))
        """
    )
    assert "        x = self.attention(x, x, x, None, True)\n" in code
    assert "        return F.relu(self.out(self.norm(x)))\n" in code
    assert "self.norm = nn.LayerNorm(width, eps=0.001)" in code


def test_the_dtype_of_a_tensor_is_its_dtype() -> None:
    code = torch_of(
        """
        import tensorflow as tf


        def f(x, y):
            x = tf.exp(x)
            noise = tf.random.uniform((3,), dtype=x.dtype)
            dtype = x.dtype
            return tf.cast(y, dtype) * noise * tf.cast(tf.shape(y)[0], y.dtype)
        """
    )
    assert "noise = torch.rand(3, dtype=x.dtype)" in code
    assert "return y.to(dtype) * noise * torch.tensor(y.shape[0], dtype=y.dtype)" in code
