"""Names that Keras is asked for and only layers are given go; names that are read stay."""

import pytest

from tests.rewrite.migrating import left, migrated, torch_of

BLOCK = """
import keras
from keras import backend, layers


class Scale(layers.Layer):
    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(self.size,), initializer="ones")

    def call(self, x):
        return x * self.gamma


def block(size, name=None):
    # A block is told apart by its number.
    if name is None:
        name = f"block{str(backend.get_uid('block'))}"
    MORE

    def apply(x):
        x = layers.Dense(size, name=name + "_dense")(x)
        return Scale(
            size,
            name=f"{name}_scale",
        )(x)

    return apply


inputs = keras.Input((8,))
model = keras.Model(inputs, block(8)(inputs))
"""


def test_a_name_for_layers_changes() -> None:
    text = BLOCK.replace("MORE", "")
    code = torch_of(text)
    assert "name" not in code.replace("named", "")
    assert "Scale(size)" in code
    assert "# A block is told apart by its number." in code
    assert not [f for f in migrated(text, "torch").findings if "first values" in f.message]


@pytest.mark.parametrize("more", ["print(name)", "name = name or input()", "kept = [name]"])
def test_a_name_that_is_read_noop(more: str) -> None:
    result = migrated(BLOCK.replace("MORE", more), "torch")
    assert "get_uid('block')" in result.code
    assert left(result) == ["keras.backend.get_uid"]


def test_a_name_for_a_model_alone_changes() -> None:
    code = torch_of(
        """
import keras
from keras import layers


def unit(x, size):
    return layers.Dense(size)(x)


def build(size, deep=True, name=None):
    inputs = keras.Input((8,))
    x = inputs
    if deep:
        x = unit(x, size)
    # A net is told apart by its size.
    if name is None:
        name = f"net{size}"
    return keras.Model(inputs, x, name=name)
"""
    )
    assert 'f"net' not in code
    assert "# A net is told apart by its size." in code
    assert "return Net(size, deep)" in code
