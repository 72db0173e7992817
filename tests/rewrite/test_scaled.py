"""Rescaling and Normalization: by a number, by one for each channel, by what was adapted."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import torch_of

MODEL = """
import math

import keras
from keras import layers

SPREAD = [0.2, 0.3, 0.4]


def build(factor):
    inputs = keras.Input((8, 8, 3))
    x = {before}(inputs)
    x = layers.Conv2D(4, 3)(x)
    return keras.Model(inputs, x)
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("layers.Rescaling(1.0 / 255)", "inputs * (1.0 / 255)"),
        ("layers.Rescaling(1 / 127.5, offset=-1)", "inputs * (1 / 127.5) - 1"),
        ("layers.Rescaling(scale=2.0, offset=0.5)", "inputs * 2.0 + 0.5"),
        ("layers.Rescaling([1.0, 2.0, 3.0])", "= Rescaling([1.0, 2.0, 3.0])"),
        ("layers.Rescaling([1 / s for s in SPREAD])", "= Rescaling([1 / s for s in SPREAD])"),
        ("layers.Rescaling(factor, 1.0)", "= Rescaling(factor, 1.0)"),
        ("layers.Normalization()", "= Normalization(torch.zeros(3), torch.ones(3))"),
        ("layers.Normalization(3)", "= Normalization(torch.zeros(3), torch.ones(3))"),
        (
            "layers.Normalization(mean=[0.5, 0.4, 0.3], variance=[1.0, 2.0, 3.0])",
            "= Normalization([0.5, 0.4, 0.3], [1.0, 2.0, 3.0])",
        ),
    ],
)
def test_scaling_changes(before: str, after: str) -> None:
    code = torch_of(MODEL.format(before=before))
    assert f"{after}\n" in code
    assert "todo" not in code


@pytest.mark.parametrize("before", ["layers.Normalization(1)", "layers.Normalization(invert=True)"])
def test_another_axis_or_way_noop(before: str) -> None:
    migration = migrate_source(MODEL.format(before=before), to="torch")
    assert [f.line for f in migration.findings if f.kind == "todo"] == [12]
    assert before in migration.code
