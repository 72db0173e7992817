"""What holds whole numbers is known where an operation minds."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import keras_of, migrated, torch_of

LAYER = """import keras
import tensorflow as tf
from keras import ops


class Net(keras.layers.Layer):
    def call(self, x):
        return {}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ops.mean(x > 0)", "(x > 0).float().mean()"),
        ("ops.mean(ops.argmax(x, axis=1), axis=0)", "torch.argmax(x, dim=1).float().mean(dim=0"),
        ("ops.mean(ops.cast(x, 'int32'))", "x.to(torch.int32).float().mean()"),
    ],
)
def test_a_mean_of_whole_numbers_changes(before: str, after: str) -> None:
    assert f"        return {after}" in torch_of(LAYER.format(before))


@pytest.mark.parametrize("before", ["ops.mean(x)", "ops.mean(ops.cast(x > 0, 'float32'))"])
def test_a_mean_of_floats_noop(before: str) -> None:
    assert "return torch.mean(" in torch_of(LAYER.format(before))


def test_a_mean_that_tensorflow_rounds_is_left() -> None:
    code = LAYER.format("tf.reduce_mean(tf.cast(x, tf.int32))")
    migration = migrate_source(code, to="torch")
    assert [f.line for f in migration.findings if "rounds the mean" in f.message] == [8]
    assert migration.code.count("tf.reduce_mean(") == 1


MODULE = """import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x, t):
        h = self.fc(x)
        mask = torch.arange(4)[None] < 3
        pos = torch.arange(4)
        return {}
"""
APART = [
    ("h * (h > 0)", "ops.multiply(h, h > 0)"),
    ("(h > 0) * h", "ops.multiply(h > 0, h)"),
    ("h * mask.unsqueeze(-1)", "ops.multiply(h, ops.expand_dims(mask, -1))"),
    ("pos * 0.5", "ops.multiply(pos, 0.5)"),
    ("(x > 0).sum() * 0.25", "ops.multiply(ops.sum(x > 0), 0.25)"),
    ("x.mean() + (x > 0).sum()", "ops.add(ops.mean(x), ops.sum(x > 0))"),
    ("h.argmax(1) == t", "ops.equal(ops.argmax(h, axis=1), t)"),
    ("h.argmax(1) == t.long()", 'ops.equal(ops.argmax(h, axis=1), ops.cast(t, "int64"))'),
    ("x.max(dim=1)[1] == t", "ops.equal(ops.argmax(x, axis=1), t)"),
    ("1.0 - (x > 0).long()", 'ops.subtract(1.0, ops.cast(x > 0, "int64"))'),
    ("x.double() + x", 'ops.add(ops.cast(x, "float64"), x)'),
    ("(x > 0) + (x < -1)", "ops.logical_or(x > 0, x < -1)"),
    (
        "torch.tensor([True]) + torch.tensor([False])",
        "ops.logical_or(ops.convert_to_tensor([True]), ops.convert_to_tensor([False]))",
    ),
    ("torch.bitwise_not(x > 0)", "ops.logical_not(x > 0)"),
    ("torch.bitwise_and(x > 0, x < 1)", "ops.logical_and(x > 0, x < 1)"),
    ("torch.bitwise_xor(pos, pos)", "ops.bitwise_xor(pos, pos)"),
    ("torch.tensor([1, 2, 3]) * 1.5", "ops.multiply(ops.convert_to_tensor([1, 2, 3]), 1.5)"),
    ("pos / 2", "ops.divide(pos, 2)"),
    ("pos / pos", "ops.divide(pos, pos)"),
    ("pos ** 0.5", "ops.power(pos, 0.5)"),
    ("10000 ** (pos / 4)", "10000 ** ops.divide(pos, 4)"),
    ("mask * 2", "ops.multiply(mask, 2)"),
    ("pos > 0.5", "ops.greater(pos, 0.5)"),
]
ALIKE = [
    ("x * 2 + h / 3 - h * x", "x * 2 + h / 3 - h * x"),
    ("(x > 0) * (x < 1)", "(x > 0) * (x < 1)"),
    ("(x > 0) & mask", "(x > 0) & mask"),
    ("mask == True", "mask == True"),
    ("pos + 1", "pos + 1"),
    ("pos[None] - pos[:, None]", "pos[None] - pos[:, None]"),
    ("pos % 2 == 0", "pos % 2 == 0"),
    ("pos // 2 * x.shape[1]", "pos // 2 * ops.shape(x)[1]"),
    ("x.float() * h", 'ops.cast(x, "float32") * h'),
    ("x * t", "x * t"),
    ("x > 0.5", "x > 0.5"),
]


@pytest.mark.parametrize(("before", "after"), APART)
def test_an_operator_between_dtypes_changes(before: str, after: str) -> None:
    assert f"        return {after}\n" in keras_of(MODULE.format(before))


@pytest.mark.parametrize(("before", "after"), ALIKE)
def test_an_operator_of_one_dtype_noop(before: str, after: str) -> None:
    assert f"        return {after}\n" in keras_of(MODULE.format(before))


def test_an_operator_that_assigns_changes() -> None:
    code = keras_of(
        MODULE.format("h").replace("        return", "        h += mask\n        return")
    )
    assert "        h = ops.add(h, mask)\n" in code


def test_a_comment_in_an_operator_stays() -> None:
    code = migrated(MODULE.format("(h  # all\n            * mask)  # some"), "keras").code
    assert "# all" in code
    assert "ops.multiply(" in code


def test_the_way_back_noop() -> None:
    assert "return x * (x > 0)\n" in torch_of(LAYER.format("x * (x > 0)"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uniform((2, 3)", "torch.rand(2, 3, dtype=torch.float64)"),
        ("uniform((2, 3), maxval=1.0", "torch.rand(2, 3, dtype=torch.float64)"),
        ("normal((2, 3)", "torch.randn(2, 3, dtype=torch.float64)"),
        ("normal((2, 3), 1.0", "torch.randn((2, 3), dtype=torch.float64) * 1.0 + 1.0"),
    ],
)
def test_a_dtype_is_pytorchs_own_wherever_a_rule_hands_it_on(before: str, after: str) -> None:
    assert after in torch_of(LAYER.format(f"x + keras.random.{before}, dtype='float64')"))
