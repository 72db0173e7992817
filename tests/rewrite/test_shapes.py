"""Shapes of TensorFlow, which have methods, as the tuples that PyTorch has."""

import pytest

from tests.rewrite.migrating import migrated, torch_of

LAYER = """
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Net(layers.Layer):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3)

    def call(self, x, mask=None):
        y = self.conv(x)
        {line}
        return y
"""


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("n = x.shape.as_list()", "n = list(x.shape)"),
        ("n = x.get_shape().as_list()", "n = list(x.shape)"),
        ("n = x.get_shape()", "n = x.shape"),
        ("_, h, w, c = x.shape.as_list()", "_, h, w, c = x.shape"),
        ("c = x.get_shape().as_list()[-1]", "c = x.shape[-1]"),
        ("n = x.shape.as_list()[1:]", "n = list(x.shape)[1:]"),
        ("n = x.shape.rank", "n = len(x.shape)"),
        ("n = x.get_shape().ndims", "n = len(x.shape)"),
        ("n = mask.shape.as_list()", "n = list(mask.shape)"),
        ("n = len(mask.shape.as_list())", "n = len(list(mask.shape))"),
        # Held with its channels first.
        ("c = y.shape.as_list()[-1]", "c = y.shape[1]"),
        ("c = y.get_shape()[-1]", "c = y.shape[1]"),
        ("n = y.shape.rank", "n = len(y.shape)"),
    ],
)
def test_a_shape_is_a_tuple(line: str, becomes: str) -> None:
    assert f"        {becomes}\n" in torch_of(LAYER.format(line=line))


@pytest.mark.parametrize("line", ["n = y.shape.as_list()", "_, h, w, c = y.get_shape().as_list()"])
def test_sizes_in_another_order_are_said(line: str) -> None:
    result = migrated(LAYER.format(line=line), "torch")
    assert "layout" in {f.rule for f in result.findings if f.kind == "todo"}


def test_a_shape_of_what_is_not_known_is_said() -> None:
    result = migrated(LAYER.format(line="n = mask.get_shape()"), "torch")
    assert ".get_shape()" in {f.api for f in result.findings if f.kind == "receiver-unknown"}


@pytest.mark.parametrize(
    ("size", "becomes"),
    [
        ("tf.shape(x)[1]", "torch.tensor(x.shape[1], dtype=torch.float32)"),
        ("tf.shape(x)[1] * (tf.shape(x)[2] - 1)",
         "torch.tensor(x.shape[1] * (x.shape[2] - 1), dtype=torch.float32)"),
        ("x", "x.to(torch.float32)"),
    ],
)  # fmt: skip
def test_a_size_has_no_dtype_to_be_cast_to(size: str, becomes: str) -> None:
    code = torch_of(
        "import tensorflow as tf\n\n\ndef f(x):\n"
        f"    return tf.reduce_sum(x) / tf.cast({size}, tf.float32)\n"
    )
    assert f"return torch.sum(x) / {becomes}\n" in code
