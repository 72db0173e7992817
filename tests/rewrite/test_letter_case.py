"""Words that Keras takes in any case: `padding="SAME"`."""

import pytest

from tests.rewrite.migrating import migrated, torch_of

LAYERS = """import keras
from keras import layers

PAD = "Same"


class Net(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.layer = {}

    def call(self, x):
        return self.layer(keras.ops.ones((2, 9, 9, 3)))
"""
CHANGES = {
    'layers.Conv2D(4, 3, padding="SAME")': "nn.Conv2d(3, 4, 3, padding=1)",
    "layers.Conv2D(4, 2, padding='SAME')": 'nn.Conv2d(3, 4, 2, padding="same")',
    "layers.Conv2D(4, 2, padding=PAD)": 'nn.Conv2d(3, 4, 2, padding="same")',
    'layers.Conv2D(4, 3, padding="Valid")': "nn.Conv2d(3, 4, 3)",
    'layers.MaxPool2D(3, padding="SAME")': "nn.MaxPool2d(3)",
    'layers.ZeroPadding2D(1, data_format="Channels_Last")': "nn.ZeroPad2d(1)",
    'layers.UpSampling2D(interpolation="BILINEAR")': (
        'nn.Upsample(scale_factor=2, mode="bilinear")'
    ),
}


@pytest.mark.parametrize("before", CHANGES)
def test_they_are_read_as_keras_does_changes(before: str) -> None:
    assert f"self.layer = {CHANGES[before]}\n" in torch_of(LAYERS.format(before))


def test_words_that_keras_takes_as_they_are_noop() -> None:
    result = migrated(LAYERS.format('layers.Resizing(4, 4, interpolation="BILINEAR")'), "torch")
    assert 'interpolation="BILINEAR"' in result.code


GIVEN = """import keras
from keras import layers


class Net(keras.layers.Layer):
    def __init__(self, padding={!r}):
        super().__init__()
        self.layer = layers.Conv2D(4, 2, padding=padding)

    def call(self, x):
        return self.layer(x)


net = Net({})
"""


@pytest.mark.parametrize("given", ["", "'SAME'"])
def test_what_a_caller_may_say_in_any_case_changes(given: str) -> None:
    assert "padding=padding.lower())" in torch_of(GIVEN.format("SAME", given))


@pytest.mark.parametrize("given", ["", "'same'"])
def test_what_callers_say_in_small_letters_noop(given: str) -> None:
    assert "padding=padding)" in torch_of(GIVEN.format("same", given))
