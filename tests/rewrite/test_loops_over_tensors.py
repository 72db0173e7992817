"""Loops that go through tensors of before: the way up of a U-Net, and joins of all of them."""

import pytest

from tests.rewrite.migrating import torch_of

DOWN = """
import keras
from keras import layers


def build(widths=(8, 16)):
    inputs = keras.Input((32, 32, 3))
    skips = []
    x = inputs
    for w in widths:
        x = layers.Conv2D(w, 3, padding="same")(x)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    for {target} in {source}:
        x = layers.Conv2DTranspose(w, 2, strides=2)(x)
        x = layers.Concatenate()([x, skip])
        x = layers.Conv2D(w, 3, padding="same")(x)
    return keras.Model(inputs, x)
"""


@pytest.mark.parametrize(
    ("target", "source", "made", "applied"),
    [
        (
            "w, skip",
            "zip(reversed(widths), reversed(skips))",
            "for w in reversed(widths):",
            "for block, skip in zip(self.blocks2, reversed(skips)):",
        ),
        (
            "i, (skip, w)",
            "enumerate(zip(skips[::-1], widths[::-1]))",
            "for i, w in enumerate(widths[::-1]):",
            "for block, skip in zip(self.blocks2, skips[::-1]):",
        ),
        (
            "w, n, skip",
            "zip(widths[::-1], range(9), skips[::-1])",
            "for w, n in zip(widths[::-1], range(9)):",
            "for block, skip in zip(self.blocks2, skips[::-1]):",
        ),
    ],
)
def test_a_module_a_turn_beside_tensors(target: str, source: str, made: str, applied: str) -> None:
    code = torch_of(DOWN.format(target=target, source=source))
    assert f"        {made}\n            self.blocks2.append(" in code
    assert f"        {applied}\n            x = block(x" in code


def test_only_tensors_say_how_often() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def build():
            inputs = keras.Input((32, 32, 3))
            x = inputs
            taps = []
            for n in [8, 16]:
                x = layers.Conv2D(n, 3, padding="same")(x)
                taps.append(x)
            for tap in taps:
                x = layers.Concatenate()([x, tap])
            return keras.Model(inputs, layers.Conv2D(2, 1)(x))
        """
    )
    assert "        for tap in taps:\n            x = torch.cat([x, tap], dim=1)\n" in code
    assert "nn.Conv2d(40, 2, 1)" in code
