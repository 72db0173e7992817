"""`model.trainable = False`: its parameters take no gradients."""

import pytest

from tests.rewrite.migrating import left, migrated, torch_of

HEAD = """\
import keras
from keras import layers


class Pair(keras.Model):
    def __init__(self, {norm}):
        super().__init__()
        self.size = 3
        self.fc = layers.Dense(3)
        self.parts = [layers.Dense(3), {norm}]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return self.fc(x)


"""
PAIR = HEAD.replace("self, {norm}", "self").replace("{norm}", "layers.Dense(3)")
SEQUENTIAL = "model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n"
FUNCTIONAL = "a = keras.Input((4,))\nb = layers.{}(a)\nmodel = keras.Model(a, b)\n"


@pytest.mark.parametrize(
    "text",
    [
        PAIR + "model = Pair()\n",
        PAIR + SEQUENTIAL,
        PAIR + SEQUENTIAL.replace("Dense(3)", "Dense(width())"),
        PAIR + FUNCTIONAL.format("Dense(3)"),
        PAIR + FUNCTIONAL.format("Dense(3)").replace("(a, b)", "(a, layers.multiply([b, b]) + b)"),
    ],
)
def test_changes(text: str) -> None:
    code = torch_of(text + "model.trainable = False\n")
    assert code.endswith("model.requires_grad_(False)\n")


@pytest.mark.parametrize(
    "text",
    [
        PAIR.replace("[layers.Dense(3), ", "[layers.BatchNormalization(), ") + "model = Pair()\n",
        PAIR + FUNCTIONAL.format("BatchNormalization()"),
        PAIR + SEQUENTIAL.replace(", layers", ", layers.BatchNormalization(), layers"),
        PAIR + "model = keras.Sequential(make())\n",
    ],
)
def test_noop(text: str) -> None:
    result = migrated(text + "model.trainable = False\n", "torch")
    assert "model.trainable = False\n" in result.code
    assert ".trainable" in left(result)


def test_another_value_is_left() -> None:
    assert ".trainable" in left(
        migrated(PAIR + SEQUENTIAL + "model.trainable = len('a')\n", "torch")
    )
