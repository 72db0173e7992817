"""Functional models of several inputs: one list in Keras, one argument each in PyTorch."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import torch_of

BUILDERS = """
import keras
from keras import layers


def pair():
    a = keras.Input((3,))
    b = keras.Input((4,))
    return keras.Model([a, b], layers.Dense(2)(layers.concatenate([a, b])))


def single():
    a = keras.Input((3,))
    return keras.Model(a, layers.Dense(2)(a))


model, one = pair(), single()


def step(x, y, both):
    {before}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return model([x, y])", "return model(x, y)"),
        ("return model((x, y))", "return model(x, y)"),
        ("return model(both)", "return model(*both)"),
        ("return one([x])", "return one(x)"),
        ("z = [x, y]\n    return model(z)", "z = [x, y]\n    return model(*z)"),
    ],
)
def test_what_a_model_is_given_as_a_list_changes(before: str, after: str) -> None:
    assert f"    {after}\n" in torch_of(BUILDERS.format(before=before))


@pytest.mark.parametrize("before", ["return one(x)", "return one(both)"])
def test_one_tensor_noop(before: str) -> None:
    assert f"    {before}\n" in torch_of(BUILDERS.format(before=before))


def test_a_model_of_a_model_of_several_inputs_changes() -> None:
    before = "a, b = keras.Input((3,)), keras.Input((4,))"
    code = torch_of(
        BUILDERS.format(before="pass")
        + "\n\nclass GAN:\n    def __init__(self):\n        self.inner = pair()\n"
        + "        a = keras.Input((3,))\n        b = keras.Input((4,))\n"
        + "        self.outer = keras.Model([a, b], layers.Dense(1)(self.inner([a, b])))\n"
    )
    assert before not in code
    assert "        return self.fc(self.inner(a, b))\n" in code


def test_a_model_that_stays_noop() -> None:
    code = """
import keras
from keras import layers

def build(deep):
    a = keras.Input((3,))
    b = keras.Input((4,))
    if deep:
        return keras.Model([a, b], layers.Dense(2)(layers.concatenate([a, b])))
    return keras.Model([a, b], layers.Dense(1)(layers.concatenate([a, b])))


print(build(True)([1, 2]))
"""
    after = migrate_source(code, to="torch").code
    assert "return keras.Model([a, b]" in after
    assert "print(build(True)([1, 2]))" in after


def test_a_class_of_the_users_own_takes_its_list_noop() -> None:
    code = torch_of("""
import keras
from keras import layers


class Pair(keras.Model):
    def __init__(self):
        super().__init__()
        self.fc = layers.Dense(2)

    def call(self, both):
        a, b = both
        return self.fc(a) + self.fc(b)


model = Pair()


def step(x, y):
    return model([x, y])
""")
    assert "return model([x, y])" in code
