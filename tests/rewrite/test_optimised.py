"""An optimiser is for the parameters of the model that is compiled with it, or that it changes."""

import pytest

from tests.rewrite.migrating import left, migrated

MODEL = """\
import keras
import tensorflow as tf
from keras import layers

model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
"""
ADAM = "torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-07)"


@pytest.mark.parametrize(
    "text",
    [
        'model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.01))\n',
        "opt = keras.optimizers.Adam(0.01)\nmodel.compile(opt)\n",
        "opt = keras.optimizers.Adam(0.01)\n\n\ndef step(tape, loss):\n"
        "    grads = tape.gradient(loss, model.trainable_weights)\n"
        "    opt.apply_gradients(zip(grads, model.trainable_weights))\n",
    ],
)
def test_changes(text: str) -> None:
    assert ADAM in migrated(MODEL + text, "torch").code


@pytest.mark.parametrize(
    "text",
    [
        # Two models share it; it comes before its model; nobody says whose it is.
        "other = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n"
        "opt = keras.optimizers.Adam(0.01)\nmodel.compile(opt)\nother.compile(opt)\n",
        "opt = keras.optimizers.Adam(0.01)\nnet = keras.Sequential([layers.Dense(3)])\n"
        "net.compile(opt)\n",
        "opt = keras.optimizers.Adam(0.01)\n",
    ],
)
def test_noop(text: str) -> None:
    result = migrated(MODEL + text, "torch")
    assert "opt = keras.optimizers.Adam(0.01)" in result.code
    assert any("params is not known" in finding.message for finding in result.findings)


def test_groups_of_parameters_are_left_to_people() -> None:
    result = migrated(
        "import torch\nfrom torch import nn\n\nmodel = nn.Linear(3, 2)\n"
        'optimizer = torch.optim.Adam([{"params": model.parameters(), "lr": 1e-4}], lr=1e-3)\n',
        "keras",
    )
    assert "torch.optim.Adam([{" in result.code
    assert "torch.optim.Adam" in left(result)
