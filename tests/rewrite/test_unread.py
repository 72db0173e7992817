"""Constants that nothing reads any more go; what the author has never read stays."""

import pytest

from tests.rewrite.migrating import torch_of

LAYER = """
import keras
from keras import backend as K
from keras import layers


def build(x, filters):
    {before}
    x = layers.Conv2D(filters, 3)(x)
    return layers.BatchNormalization(axis=axis)(x)


inputs = keras.Input((8, 8, 3))
model = keras.Model(inputs, build(inputs, 4))
"""


@pytest.mark.parametrize(
    "before", ["axis = 3", "axis = -1", "axis = 3 if K.image_data_format() != 'x' else 1"]
)
def test_an_axis_that_is_pytorchs_own_changes(before: str) -> None:
    code = torch_of(LAYER.format(before=before))
    assert "axis" not in code
    assert "self.bn = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)" in code


@pytest.mark.parametrize(
    "before",
    [
        "axis = 3\n    unread = 5",
        "axis = 3\n    steps = 2\n    print(steps)",
        "axis = 3\n    print(axis)",
    ],
)
def test_what_is_read_or_never_was_noop(before: str) -> None:
    code = torch_of(LAYER.format(before=before))
    kept = before.splitlines()[0 if "print(axis)" in before else 1].strip()
    assert f"        {kept}\n" in code
