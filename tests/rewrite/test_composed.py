"""Models made of other models and of the program's own layers."""

from porter.rewrite import migrate_source
from tests.rewrite.migrating import left, migrated, torch_of

HEAD = "import keras\nfrom keras import layers\n\n"
OWN = (
    "class Scale(layers.Layer):\n    def __init__(self, factor):\n        super().__init__()\n"
    "        self.factor = factor\n        self.fc = layers.Dense(4)\n\n"
    "    def call(self, x):\n        return self.fc(x) * self.factor\n\n\n"
)


def test_a_container_permutes_once_what_its_layer_permutes_too() -> None:
    code = torch_of(
        HEAD + "import tensorflow as tf\n\n\nclass Up(layers.Layer):\n    def call(self, x):\n"
        "        return tf.image.resize(keras.ops.reshape(x, (2, 3, 3, 1)), (4, 6))\n\n\n"
        "up = keras.Sequential([keras.Input((3, 3, 1)), Up()])\n"
    )
    assert code.count("(0, 2, 3, 1)") == 1


def test_what_reads_a_tensor_of_a_graph_is_told_that_it_is_gone() -> None:
    result = migrate_source(
        HEAD + "inputs = keras.Input((4,))\nx = layers.Dense(8)(inputs)\n"
        "model = keras.Model(inputs, x)\nprint(x.shape)\n\n\ndef loss(a, b):\n    return a - x\n"
        "\n\ndef other(x):\n    return x\n",
        to="torch",
    )
    assert result.code.count("# porter: todo[x] x is now inside Net") == 2
    said = [(f.line, f.kind) for f in result.findings if f.rule == "x"]
    assert said == [(7, "todo"), (10, "todo")]


def test_a_layer_of_the_program_is_made_once() -> None:
    code = torch_of(
        HEAD + OWN + "inputs = keras.Input((4,))\nx = Scale(2.0)(inputs)\n"
        "x = keras.Sequential([layers.Dense(6), layers.ReLU()])(x)\n"
        "model = keras.Model(inputs, x)\n"
    )
    assert "        self.scale = Scale(2.0)\n" in code
    assert "        self.sequential = nn.Sequential(nn.Linear(4, 6), nn.ReLU())\n" in code
    assert "        x = self.scale(inputs)\n        x = self.sequential(x)\n" in code


def test_a_model_that_another_is_made_of_is_its_module() -> None:
    code = torch_of(
        HEAD + "body = keras.Sequential([keras.Input((4,)), layers.Dense(8)])\n"
        "inputs = keras.Input((4,))\nx = body(inputs)\nmodel = keras.Model(inputs, x)\n"
    )
    assert "    def __init__(self, body):\n" in code
    assert "        self.body = body\n" in code
    assert "        x = self.body(inputs)\n" in code
    assert "model = Net(body)\n" in code


GAN = """
class Gan:
    def __init__(self, size):
        self.size = size
        self.generator = self.build_generator()
        z = keras.Input((4,))
        self.combined = keras.Model(z, self.generator(z))

    def build_generator(self):
        noise = keras.Input((4,))
        image = layers.Dense(self.size)(noise)
        return keras.Model(noise, image)
"""


def test_builders_that_are_methods() -> None:
    code = torch_of(HEAD + GAN)
    assert code.index("class Generator(nn.Module):\n    def __init__(self, size):") < code.index(
        "class Gan:"
    )
    assert "        self.image = nn.Linear(4, size)\n" in code
    assert "        return Generator(self.size)\n" in code
    assert "class Combined(nn.Module):\n    def __init__(self, generator):" in code
    assert "        self.combined = Combined(self.generator)\n" in code


def test_an_attribute_that_means_nothing_to_the_target_is_said() -> None:
    result = migrate_source(
        HEAD + "net = keras.Sequential([keras.Input((4,)), layers.Dense(1)])\n"
        "net.trainable = False\n",
        to="torch",
    )
    assert "# porter: todo[.trainable] requires_grad_(False) before the optimiser" in result.code
    assert "\nnet.trainable = False" in result.code


def test_a_method_that_runs_twice_is_still_a_method() -> None:
    result = migrate_source(
        HEAD + "class Trial:\n    def __init__(self):\n        self.net = self.build()\n"
        "        self.net.compile(loss='mse')\n\n    def build(self):\n"
        "        return keras.Sequential([keras.Input((4,)), layers.Dense(1)])\n\n"
        "    def run(self):\n        self.net.fit(1, 2)\n",
        to="torch",
    )
    assert {f.api for f in result.findings if f.kind == "todo"} == {".compile()", ".fit()"}


def test_a_size_that_a_part_declares_is_known_in_a_class() -> None:
    code = torch_of(
        HEAD + "class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.hidden = keras.Sequential([layers.Dense(8, input_dim=4)])\n\n"
        "    def call(self, x):\n        return self.hidden(x)\n"
    )
    assert "nn.Linear(4, 8)" in code


def test_a_merging_layer_that_is_never_applied_is_left() -> None:
    """`Add()` is the sum of what it is applied to: without that there is nothing to write."""
    result = migrated("from keras import layers\n\njoin = layers.Add()", "torch")
    assert left(result) == ["keras.layers.Add"]
