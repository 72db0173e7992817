"""Pairs that people wrote, with no manifest: arrays are related as the rules say, or not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.verify import Verification, verify

KERAS = """\
import keras
from keras import layers
model = keras.Sequential([layers.Input((5, 3)), {layers}])
"""
TORCH = """\
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = {layer}
    def forward(self, x):
        return self.rnn(x)[0]
model = Net()
"""


def run(folder: Path, keras: str, torch: str) -> Verification:
    source, target = folder / "net_keras.py", folder / "net_torch.py"
    source.write_text(keras)
    target.write_text(torch)
    return verify(source, target, ["float32[2,5,3]"])


@pytest.mark.parametrize("kind", ["GRU", "LSTM", "SimpleRNN"])
def test_recurrent_layers(tmp_path: Path, kind: str) -> None:
    keras = KERAS.format(layers=f"layers.{kind}(4, return_sequences=True)")
    layer = f"nn.{kind.replace('Simple', '')}(3, 4, batch_first=True)"
    result = run(tmp_path, keras, TORCH.format(layer=layer))
    assert (result.status, result.findings) == ("equal", ())


def test_both_directions(tmp_path: Path) -> None:
    layer = "nn.LSTM(3, 4, batch_first=True, bidirectional=True)"
    inner = "layers.LSTM(4, return_sequences=True)"
    keras = KERAS.format(layers=f"layers.Bidirectional({inner})")
    result = run(tmp_path, keras, TORCH.format(layer=layer))
    assert (result.status, result.findings) == ("equal", ())


def test_arrays_without_a_rule_blame_no_one(tmp_path: Path) -> None:
    """Where it is not known what belongs together, nothing was compared."""
    keras = KERAS.format(layers="layers.GRU(4, return_sequences=True, reset_after=False)")
    torch = TORCH.format(layer="nn.GRU(3, 4, batch_first=True)")
    result = run(tmp_path, keras, torch)
    assert (result.status, result.forward) == ("inconclusive", None)
    assert any("no manifest says" in text for text in result.findings)


FUNCTIONAL = """\
import keras
from keras import layers
x = layers.Input((5, 3))
second = layers.Dense(3)
model = keras.Model(x, second(layers.ReLU()(layers.Dense(3)(x))))
"""
MODULE = """\
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
    def forward(self, x):
        return self.second(self.first(x).relu())
model = Net()
"""


def test_equal_shapes_in_another_order_blame_no_one(tmp_path: Path) -> None:
    result = run(tmp_path, FUNCTIONAL, MODULE)
    assert result.status == "inconclusive"
    assert any("order alone" in text for text in result.findings)


def test_one_layer_a_side_leaves_no_doubt(tmp_path: Path) -> None:
    keras = KERAS.format(layers="layers.GRU(4, return_sequences=True)")
    wrong = TORCH.format(layer="nn.GRU(3, 4, batch_first=True)").replace("[0]", "[0] * 1.01")
    assert run(tmp_path, keras, wrong).status == "different"


def test_outputs_of_another_shape_are_different(tmp_path: Path) -> None:
    keras = KERAS.format(layers="layers.GRU(4, return_sequences=True)")
    wrong = TORCH.format(layer="nn.GRU(3, 6, batch_first=True)")
    assert run(tmp_path, keras, wrong).status == "different"
