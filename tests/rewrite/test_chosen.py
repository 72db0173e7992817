"""Where one layer or another stands, what goes in there comes in one order."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rewrite.migrating import left, migrated, torch_of

BLOCK = """
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Block(layers.Layer):
    def __init__(self, stride):
        super().__init__()
        self.pool = CHOICE
        self.conv = layers.Conv2D(8, 3)

    def call(self, x):
        return self.conv(self.pool(x))


inputs = keras.Input((16, 16, 3))
x = Block(2)(inputs)
model = keras.Model(inputs, Block(1)(x))
"""
POOLED = "layers.AveragePooling2D(stride) if stride > 1 else "
FORWARD = "return self.conv(self.pool(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)"


@pytest.mark.parametrize(
    "other", ["tf.identity", "keras.activations.linear", 'layers.Activation("linear")']
)
def test_a_layer_that_does_nothing_takes_what_the_other_takes(other: str) -> None:
    code = torch_of(BLOCK.replace("CHOICE", POOLED + other))
    assert "self.pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()" in code
    assert FORWARD in code


def test_a_function_that_an_attribute_holds_is_a_layer() -> None:
    text = BLOCK.replace(
        "        self.pool = CHOICE\n",
        "        if stride > 1:\n"
        "            self.pool = layers.AveragePooling2D(stride)\n"
        "        else:\n"
        "            self.pool = tf.identity\n",
    )
    code = torch_of(text)
    assert "            self.pool = nn.Identity()\n" in code
    assert FORWARD in code


def test_a_layer_that_needs_the_order_of_the_source_is_left() -> None:
    softmax = POOLED + 'layers.Activation("softmax")'
    result = migrated(BLOCK.replace("CHOICE", softmax), "torch")
    assert "layout" in left(result)


OPEN = BLOCK.partition("inputs =")[0]


@pytest.mark.parametrize("one", ["layers.AveragePooling2D(stride)", 'layers.Activation("relu")'])
def test_either_layer_may_stand_there(one: str) -> None:
    pooled, other = "layers.AveragePooling2D(stride)", 'layers.Activation("relu")'
    two = other if one == pooled else pooled
    assert FORWARD in torch_of(OPEN.replace("CHOICE", f"{one} if stride > 1 else {two}"))
    branches = f"{one}\n        else:\n            self.pool = {two}"
    text = OPEN.replace("self.pool = CHOICE", f"if stride > 1:\n            self.pool = {branches}")
    assert FORWARD in torch_of(text)


def test_there_may_be_no_layer() -> None:
    text = OPEN.replace("CHOICE", POOLED + "None").replace(
        "        return self.conv(self.pool(x))",
        "        if self.pool is not None:\n"
        "            x = self.pool(x)\n"
        "        return self.conv(x)",
    )
    assert "x = self.pool(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)" in torch_of(text)


@pytest.mark.parametrize("other", ["lambda t: t", "tf.nn.relu", 'layers.Activation("softmax")'])
def test_what_would_take_another_layout_is_left(other: str) -> None:
    result = migrated(OPEN.replace("CHOICE", POOLED + other), "torch")
    assert "layout" in left(result)


def test_more_than_two_may_stand_there() -> None:
    branches = (
        "if stride > 1:\n            self.pool = layers.AveragePooling2D(stride)\n"
        "        elif stride < 0:\n            self.pool = layers.MaxPooling2D(-stride)\n"
        '        else:\n            self.pool = layers.Activation("relu")'
    )
    code = torch_of(OPEN.replace("self.pool = CHOICE", branches))
    assert FORWARD in code


def test_what_is_said_of_either_is_said_of_both() -> None:
    text = OPEN.replace("CHOICE", "layers.Conv2D(3, 1) if stride > 1 else layers.Conv2D(3, 2)")
    text = text.replace(
        "        self.conv =", "        self.pool.trainable = False\n        self.conv ="
    )
    assert "self.pool.requires_grad_(False)" in torch_of(text)


def test_what_is_chosen_computes_the_same(tmp_path: Path) -> None:
    source, target = tmp_path / "model.py", tmp_path / "out"
    source.write_text(BLOCK.replace("CHOICE", POOLED + "tf.identity"))
    porter = [sys.executable, "-m", "porter"]
    subprocess.run([*porter, "migrate", source, "--to", "torch", "-o", target], check=True)
    asked = ["--build", "model", "--input", "float32[2,16,16,3]"]
    done = subprocess.run(
        [*porter, "verify", source, target, *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
