"""Layers that a function makes and returns, and lists of them that a loop makes longer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rewrite.migrating import torch_of

STAGES = """
from tensorflow.keras import Model, Sequential, layers


def stage(channels, count, strides=1):
    stack = [layers.Conv2D(channels, 3, strides=strides, padding="same")]
    for _ in range(1, count):
        stack.append(layers.Conv2D(channels, 3, padding="same"))
    return Sequential(stack)


def build(counts, size=16):
    image = layers.Input(shape=(size, size, 3))
    x = layers.Conv2D(8, 3, padding="same")(image)
    x = stage(8, counts[0])(x)
    x = stage(16, counts[1], strides=2)(x)
    x = layers.GlobalAvgPool2D()(x)
    return Model(image, layers.Dense(10)(x))


def small():
    return build([1, 3])
"""
NET = """class Net(nn.Module):
    def __init__(self, counts):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.stage1 = stage(8, counts[0])
        self.stage2 = stage(16, counts[1], strides=2)
        self.fc = nn.Linear(16, 10)

    def forward(self, image):
        x = self.conv(image.permute(0, 3, 1, 2))
        x = self.stage1(x)
        x = self.stage2(x)
        x = torch.mean(x, dim=(-2, -1))
        return self.fc(x)
"""
BLOCK = """

class Block(layers.Layer):
    def __init__(self, filters, shortcut=None):
        super().__init__()
        self.conv = layers.Conv2D(filters, 3, padding="same")
        self.shortcut = shortcut

    def call(self, x):
        y = x
        if self.shortcut is not None:
            y = self.shortcut(x)
        return self.conv(x) + y


def stage(block, given, channels, count):
    shortcut = None
    if given != channels:
        shortcut = Sequential([layers.Conv2D(channels, 1)])
    stack = [block(channels, shortcut)]
    for _ in range(1, count):
        stack.append(block(channels))
    return Sequential(stack)
"""


def test_what_a_function_returns_is_made_once() -> None:
    assert NET in torch_of(STAGES)


def test_sizes_are_handed_on_past_what_a_function_returns() -> None:
    head, _, rest = STAGES.partition("\n\ndef stage")
    rest = rest.partition("\n\ndef build")[2]
    text = f"{head}\n{BLOCK}\n\ndef build{rest}"
    text = text.replace("stage(8, counts[0])", "stage(Block, x.shape[-1], 8, counts[0])")
    text = text.replace("stage(16, counts[1], strides=2)", "stage(Block, x.shape[-1], 16, 2)")
    code = torch_of(text)
    assert "self.stage1 = stage(Block, 8, 8, counts[0])" in code
    assert "self.stage2 = stage(Block, 8, 16, 2)" in code
    assert "self.fc = nn.Linear(16, 10)" in code


WRAPPED = """
from keras import Input, Model, Sequential, layers


def wrapped(layer, units):
    return Sequential([layer, layers.ReLU()])


def build(units):
    inputs = Input((4,))
    x = wrapped(layers.Dense(units), 5)(inputs)
    return Model(inputs, layers.Dense(10)(x))
"""


def test_the_names_of_a_layer_that_a_function_is_given_are_its_callers() -> None:
    assert "nn.Linear(units, 10)" in torch_of(WRAPPED)


GROWN = """
from keras import Sequential, layers


def build(count, units):
    stack = [layers.Dense(units, input_shape=(4,))]
    for index in range(count):
        stack.append(layers.Dense(WIDTH))
    stack.append(layers.Dense(3))
    return Sequential(stack)
"""


@pytest.mark.parametrize(
    ("width", "made"),
    [
        ("units", ["nn.Linear(4, units)", "nn.Linear(units, units)", "nn.Linear(units, 3)"]),
        (
            "index + 1",
            [
                "nn.Linear(4, units)",
                "nn.LazyLinear(out_features=index + 1)",
                "nn.LazyLinear(out_features=3)",
            ],
        ),
    ],
)
def test_a_list_that_a_loop_makes_longer(width: str, made: list[str]) -> None:
    code = torch_of(GROWN.replace("WIDTH", width))
    assert all(each in code for each in made), code


def test_what_is_returned_computes_the_same(tmp_path: Path) -> None:
    source, target = tmp_path / "model.py", tmp_path / "out"
    source.write_text(STAGES)
    porter = [sys.executable, "-m", "porter"]
    subprocess.run([*porter, "migrate", source, "--to", "torch", "-o", target], check=True)
    asked = ["--build", "small()", "--input", "float32[2,16,16,3]"]
    done = subprocess.run(
        [*porter, "verify", source, target, *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
