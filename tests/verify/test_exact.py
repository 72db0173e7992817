"""What a framework keeps in float32 of its own accord is no difference in float64."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.verify import verify

SOURCE = """\
import keras
from keras import layers

x = layers.Input((3,), dtype="float32")
model = keras.Model(x, layers.Dense(2)(layers.Dense(4, activation="tanh")(x)))
"""
TARGET = """\
from torch import nn

model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
"""


WEIGHT = """\
import keras


class Scale(keras.layers.Layer):
    def build(self, shape):
        self.gamma = self.add_weight(shape=shape[-1:], dtype="float32", name="gamma")

    def call(self, x):
        return x * self.gamma


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), Scale()])
"""
SCALED = """\
import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.gamma


model = nn.Sequential(nn.Linear(3, 4), Scale())
"""


SHIFTED = """\
import keras
import tensorflow as tf


class Shift(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.eye = tf.eye(4)

    def call(self, x):
        return tf.linalg.matmul(x, self.eye + tf.ones((4, 4))) - tf.zeros((1, 4))


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), Shift()])
"""
SHIFT = """\
import torch
from torch import nn


class Shift(nn.Module):
    def forward(self, x):
        return x @ (torch.eye(4) + torch.ones(4, 4)) - torch.zeros(1, 4)


model = nn.Sequential(nn.Linear(3, 4), Shift())
"""


@pytest.mark.parametrize(
    ("before", "after", "remark"),
    [
        pytest.param(SOURCE, TARGET, "an Input asks for float32", id="input"),
        pytest.param(WEIGHT, SCALED, "a weight asks for float32", id="weight"),
        pytest.param(SHIFTED, SHIFT, "a tensor of the program is float32", id="tensor"),
    ],
)
def test_what_asks_for_float32(tmp_path: Path, before: str, after: str, remark: str) -> None:
    source, target = tmp_path / "net_keras.py", tmp_path / "net_torch.py"
    source.write_text(before)
    target.write_text(after)
    found = verify(source, target, ["float32[4,3]"])
    assert found.status == "equal", found
    assert any(remark in finding for finding in found.findings)


SLOPED = """\
import keras

model = keras.Sequential([keras.Input((3,)), keras.layers.LeakyReLU(alpha=0.2)])
"""
NORMED = """\
import keras

model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(momentum=0.8)])
"""
HALF = """\
import keras
from keras import layers

{policy}
model = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
"""


@pytest.mark.parametrize(
    ("before", "after", "legacy", "remark"),
    [
        pytest.param(SLOPED, "nn.LeakyReLU(0.2)", "1", "LeakyReLU keeps its slope", id="keras-2"),
        pytest.param(
            NORMED, "nn.BatchNorm1d(3, eps=0.001, momentum=0.2)", "1", "keeps the momentum",
            id="keras-2-momentum",
        ),
        *(
            pytest.param(
                HALF.format(policy=policy), "nn.Linear(3, 4)", legacy, "mixed precision", id=policy
            )
            for policy, legacy in (
                ('keras.config.set_dtype_policy("mixed_float16")', "0"),
                ('keras.mixed_precision.set_global_policy("mixed_bfloat16")', "1"),
                ("keras.mixed_precision.set_dtype_policy("
                 'keras.mixed_precision.DTypePolicy("mixed_float16"))', "0"),
            )
        ),
    ],
)  # fmt: skip
def test_what_no_target_computes_alike(
    tmp_path: Path, before: str, after: str, legacy: str, remark: str
) -> None:
    source, target = tmp_path / "net_keras.py", tmp_path / "net_torch.py"
    source.write_text(before)
    target.write_text(f"from torch import nn\n\nmodel = nn.Sequential({after})\n")
    environment = {"TF_USE_LEGACY_KERAS": legacy}
    found = verify(source, target, ["float32[8,3]"], build="model", source_env=environment)
    assert found.status == "equal", found
    assert any(remark in finding for finding in found.findings)


def test_what_keras_2_has_frozen_takes_no_gradient(tmp_path: Path) -> None:
    source, target = tmp_path / "net_keras.py", tmp_path / "net_torch.py"
    source.write_text(
        "import keras\n\nmodel = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])\n"
        "model.trainable = False\n"
    )
    target.write_text(
        "from torch import nn\n\nmodel = nn.Sequential(nn.Linear(3, 4))\n"
        "model.requires_grad_(False)\n"
    )
    environment = {"TF_USE_LEGACY_KERAS": "1"}
    found = verify(source, target, ["float32[4,3]"], build="model", source_env=environment)
    assert found.status == "equal", found
