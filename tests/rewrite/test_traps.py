"""What looks translated but would compute something else."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import keras_of, torch_of

KERAS = (
    "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n\n"
)
TORCH = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"


def in_keras(call: str, layer: str = "layers.Conv2D(4, 3)") -> str:
    return (
        f"class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.conv = {layer}\n\n    def call(self, x):\n        a = self.conv(x)\n"
        f"        return {call}\n"
    )


def in_torch(call: str, layer: str = "nn.Conv2d(3, 4, 3)") -> str:
    return (
        f"class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.conv = {layer}\n\n    def forward(self, x):\n        a = self.conv(x)\n"
        f"        return {call}\n"
    )


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("tf.reduce_max(a, axis=-1)", "torch.amax(a, dim=1)"),
        ("tf.reduce_min(a, axis=[1, 2])", "torch.amin(a, dim=(2, 3))"),
        ("tf.reduce_mean(a, axis=1)", "torch.mean(a, dim=2).permute(0, 2, 1)"),
        ("tf.split(a, 2, axis=-1)[0] + 1", "(torch.chunk(a, 2, dim=1)[0] + 1)"),
        ("tf.concat([a, x], axis=-1)", "torch.cat([a.permute(0, 2, 3, 1), x], dim=-1)"),
    ],
)
def test_an_axis_follows_the_layout(call: str, expected: str) -> None:
    assert f"return {expected}" in migrate_source(KERAS + in_keras(call), to="torch").code


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("a.max(dim=1)[0]", "ops.max(a, axis=3"),
        ("a.amax(dim=(2, 3))", "ops.max(a, axis=(1, 2)"),
        (
            "torch.cat([a, x], dim=1)",
            "ops.concatenate([ops.transpose(a, (0, 3, 1, 2)), x], axis=1)",
        ),
        ("torch.split(a, 1, dim=1)[0]", "ops.transpose(ops.split(a, 4, axis=3)[0], (0, 3, 1, 2))"),
    ],
)
def test_a_dim_follows_the_layout(call: str, expected: str) -> None:
    assert f"return {expected}" in keras_of(TORCH + in_torch(call))


def test_add_goes_on_where_a_list_began() -> None:
    code = torch_of(
        KERAS + "model = keras.Sequential([keras.Input((3,)), layers.Dense(4)], name='m')\n"
        "# Then.\nmodel.add(layers.Dense(2))\n"
    )
    assert "    nn.Linear(3, 4),\n    # Then.\n    nn.Linear(4, 2),\n" in code


WHOLE = {
    "two statements on a line": (
        "i = keras.Input((4,)); o = layers.Dense(2)(i)\nmodel = keras.Model(i, o)\n"
    ),
    "a loop between": (
        "def grown(x):\n    return layers.Dense(3)(x)\n\n\ndef build(n):\n"
        "    i = keras.Input((4,))\n    x = i\n    for _ in range(n):\n        x = grown(x)\n"
        "    return keras.Model(i, layers.Dense(2)(x))\n"
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_graph_is_cut_whole_or_not_at_all(case: str) -> None:
    result = migrate_source(KERAS + WHOLE[case], to="torch")
    assert "class " not in result.code
    assert any(f.kind == "todo" for f in result.findings)


def test_another_name_of_a_tensor_belongs_to_the_graph() -> None:
    code = torch_of(
        KERAS + "i = keras.Input((4,))\nx = i\ny = layers.Dense(4)(x)\n"
        "model = keras.Model(i, layers.add([x, y]))\n"
    )
    assert "        x = i\n        y = self.fc(x)\n" in code.replace("self.y(", "self.fc(")
