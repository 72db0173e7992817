"""A name that stands for one layer or another: what comes out is known all the same."""

from tests.rewrite.migrating import torch_of

BUILDER = """
import keras
from keras import layers


class Drop(layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, x):
        return x * (1 - self.rate)


def build(rate, image=(8, 8, 3)):
    inputs = keras.Input(image)
    x = layers.Conv2D(4, 3)(inputs)
    if RATE:
        layer = Drop(RATE)
    else:
        layer = layers.Activation("linear")
    x = layer(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(3)(x)
    return keras.Model(inputs, x)


model = build(0.5)
"""


def test_what_either_layer_gives_is_known() -> None:
    code = torch_of(BUILDER.replace("RATE", "rate"))
    assert "layer = nn.Identity()" in code
    assert "x = self.layer(x)" in code
    assert "nn.Linear(4, 3)" in code


def test_a_branch_that_nobody_takes_gives_another_layer() -> None:
    """What goes in there and comes out is held alike, whichever is made."""
    code = torch_of(
        BUILDER.replace("RATE", "rate").replace(
            'layers.Activation("linear")', "layers.Conv2D(5, 1)"
        )
    )
    assert "layer = nn.Conv2d(4, 5, 1)" in code
    assert (
        """
        x = self.conv(inputs.permute(0, 3, 1, 2))
        x = self.layer(x)
        x = torch.mean(x, dim=(-2, -1))
"""
        in code
    )


def test_a_branch_that_changes_a_layer_for_another() -> None:
    text = BUILDER.replace("RATE", "rate")
    start, end = text.index("    if rate"), text.index("    x = layer(x)")
    code = torch_of(
        text[:start]
        + "    layer = layers.Conv2D(5, 1)\n    if rate:\n        layer = Drop(rate)\n"
        + text[end:]
    )
    assert "x = self.layer(x)\n        x = torch.mean(x, dim=(-2, -1))" in code
    assert "nn.LazyLinear(out_features=3)" in code
