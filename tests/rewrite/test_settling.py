"""Tensors that come to a loop along two ways: one order for both, or a finding."""

import importlib

import pytest

from tests.rewrite.migrating import migrated, torch_of

analysing = importlib.import_module("porter.facts.analyse")

NET = """
import keras
from keras import layers


def stem(name=None):
    def apply(x):
        x = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0])(x)
        return x

    return apply


def net(depths, sizes, colours=3, image=None):
    if image is None:
        inputs = keras.Input((32, 32, 3))
    else:
        inputs = image
    x = inputs
    if colours == 3:
        x = stem()(x)
    downs = [
        keras.Sequential([layers.Conv2D(n, 2, strides=2), layers.LayerNormalization()])
        for n in sizes
    ]
    for i in range(2):
        x = downs[i](x)
        for _ in range(depths[i]):
            x = layers.Conv2D(sizes[i], 3, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, x)


def other(colours):
    return net([1, 2], [4, 8], colours)
"""
FORWARD = """
    def forward(self, inputs):
        x = inputs.permute(0, 3, 1, 2)
        if self.colours == 3:
            x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = torch.mean(x, dim=(-2, -1))
        return x
"""


def test_a_branch_before_a_loop_gives_what_the_loop_takes() -> None:
    assert FORWARD in torch_of(NET)


@pytest.mark.parametrize("rounds", range(1, 8))
def test_what_does_not_settle_is_said(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysing, "MAX_ROUNDS", rounds)
    result = migrated(NET, "torch")
    said = [f for f in result.findings if f.rule == "layout" and f.kind == "todo"]
    assert said or FORWARD in result.code
