"""Whatever of the source's framework stays is said, wherever it stands."""

import pytest

from porter.rewrite import Options, migrate_source
from porter.rulebook import Side

KERAS = "import tensorflow as tf\nimport keras\nfrom keras import layers\n\n\n"
TORCH = "import torch\nfrom torch import nn\n\n\n"

LEFT = {
    "with": ("torch", KERAS + "def f(x):\n    with tf.device('/job:a'):\n        return x\n"),
    "if": ("torch", KERAS + "def f(x):\n    if tf.executing_eagerly():\n        return x\n"),
    "elif": (
        "torch",
        KERAS + "def f(x):\n    if x:\n        pass\n"
        "    elif tf.executing_eagerly():\n        return x\n",
    ),
    "for": ("torch", KERAS + "for d in tf.data.Dataset.list_files('*'):\n    print(d)\n"),
    "except": (
        "torch",
        KERAS + "try:\n    print()\nexcept tf.errors.OpError:\n    pass\n",
    ),
    "decorator": (
        "torch",
        KERAS + "@tf.autograph.experimental.do_not_convert\ndef f():\n    pass\n",
    ),
    "default": ("torch", KERAS + "def f(a=tf.strings.join):\n    pass\n"),
    "lambda": ("torch", KERAS + "f = lambda x: tf.strings.join(x)\n"),
    "attribute": (
        "keras",
        TORCH + "class Net(nn.Module):\n    def forward(self, x):\n        return x.grad_fn\n",
    ),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_stays_is_said_above_it(case: str) -> None:
    to, text = LEFT[case]
    result = migrate_source(text, to=to)  # type: ignore[arg-type]
    (mark,) = [n for n, s in enumerate(result.code.splitlines()) if "# porter: todo[" in s]
    assert len([f for f in result.findings if f.kind in ("unknown", "manual", "todo")]) == 1
    assert result.code.splitlines()[mark + 1] in text.splitlines()


def test_an_attribute_of_a_tensor_has_a_rule() -> None:
    text = TORCH + "class Net(nn.Module):\n    def forward(self, x):\n        return x.T\n"
    assert "ops.transpose(x)" in migrate_source(text, to="keras").code


def test_a_name_of_the_program_is_not_taken_for_the_framework() -> None:
    text = (
        KERAS.replace("from keras import layers\n", "")
        + "f = lambda tf: tf.strings.join(1)\ng = [keras for keras in range(3)]\n"
    )
    assert migrate_source(text, to="torch").code == text


SMALL = (
    "import keras\nfrom keras import layers\n\n"
    "model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.5)])\n"
)


@pytest.mark.parametrize("limits", [{"ignore": ("drop*",)}, {"select": ("dense",)}])
def test_a_rule_that_is_left_out_leaves_its_calls(limits: dict[str, tuple[str, ...]]) -> None:
    code = migrate_source(SMALL, to="torch", options=Options("torch", **limits)).code
    assert "nn.Linear(4, 3), layers.Dropout(0.5)" in code
    assert "# porter: todo[keras.layers.Dropout] left out by --select or --ignore" in code


def test_no_rule_is_left_out_of_the_next_run() -> None:
    migrate_source(SMALL, to="torch", options=Options("torch", ignore=("*",)))
    assert "todo" not in migrate_source(SMALL, to="torch").code


MERGED = (
    KERAS
    + """
a = keras.Input((3,))
b = keras.Input((3,))
model = keras.Model([a, b], layers.Average()([a, b]))
"""
)
POOLED = KERAS + "model = keras.Sequential([keras.Input((2, 2, 2, 3)), layers.{}()])\n"


@pytest.mark.parametrize(
    ("text", "to", "said"),
    [
        (MERGED, "torch", "keras.layers.Average → (a + b) / 2"),
        (
            POOLED.format("GlobalAveragePooling3D"),
            "torch",
            "keras.layers.GlobalAveragePooling3D → "
            "torch.mean(x.permute(0, 4, 1, 2, 3), dim=(-3, -2, -1))",
        ),
        (
            TORCH + "class Net(nn.Module):\n    def forward(self, x):\n        return x.T\n",
            "keras",
            "torch.Tensor.T → ops.transpose(x)",
        ),
    ],
)
def test_what_needs_no_module_is_said_as_well(text: str, to: Side, said: str) -> None:
    result = migrate_source(text, to=to)
    assert said in [f.message for f in result.findings if f.kind == "safe"]


def test_a_class_that_holds_nothing_has_no_constructor() -> None:
    assert "__init__" not in migrate_source(MERGED, to="torch").code
