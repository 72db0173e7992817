"""Shapes behind a layer that is left to people: right, or unknown."""

import pytest

from tests.facts.interpreting import shape_of

STEPS = "x = keras.Input((9, 6))\n"
IMAGE = "x = keras.Input((9, 6, 3))\n"
LEFT = {
    "merged-by-sum": (STEPS + "y = layers.Bidirectional(layers.LSTM(4, return_sequences=True), "
                      "merge_mode='sum')(x)", None),
    "channels-first": (IMAGE + "y = layers.Conv2D(4, 3, data_format='channels_first')(x)", None),
    "one-of-two-formulas": (STEPS + "y = layers.LSTM(4, go_backwards=True)(x)", None),
    "output-padding": (IMAGE + "y = layers.Conv2DTranspose(4, 3, strides=2, output_padding=1)(x)",
                       "? 20 14 4"),
    "output-padding-same": (IMAGE + "y = layers.Conv2DTranspose(4, 3, strides=2, padding='same', "
                            "output_padding=0)(x)", "? 17 11 4"),
    "output-padding-one-dimension": (STEPS + "y = layers.Conv1DTranspose(4, 3, strides=2, "
                                     "output_padding=1)(x)", "? 20 4"),
    "read-by-the-formula": (IMAGE + "y = layers.Conv2D(4, 3, groups=3, dilation_rate=2)(x)",
                            "? 5 2 4"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT)
def test_a_shape_behind_what_is_left(case: str) -> None:
    text, expected = LEFT[case]
    assert shape_of(text) == (None if expected is None else expected.split())
