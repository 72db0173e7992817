"""What holds whole numbers is known where an operation minds."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import torch_of

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
