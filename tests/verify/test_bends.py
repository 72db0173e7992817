"""What clips or saturates far from zero is seen, although plain draws never get there."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.verify import Verification, verify

KERAS = """\
import keras
from keras import layers, ops
{keras}
"""
TORCH = """\
import torch
import torch.nn.functional as F
from torch import nn
{torch}
"""


def run(folder: Path, keras: str, torch: str, inputs: str = "float32[4,3]") -> Verification:
    source, target = folder / "net_keras.py", folder / "net_torch.py"
    source.write_text(KERAS.format(keras=keras))
    target.write_text(TORCH.format(torch=torch))
    return verify(source, target, [inputs])


def dense(inside: str) -> str:
    return (
        f"model = keras.Sequential([layers.Input((3,)), layers.Dense(4), {inside}layers.Dense(2)])"
    )


def linear(inside: str) -> str:
    return f"model = nn.Sequential(nn.Linear(3, 4), {inside}nn.Linear(4, 2))"


NORMALISED = """\
model = keras.Sequential([
    layers.Input((3,)), layers.LayerNormalization(epsilon=1e-5), layers.ReLU({}), layers.Dense(2),
])"""
EMBEDDED = "model = keras.Sequential([layers.Embedding(9, 4), {}layers.Dense(2)])"
PAIRS = {
    "clipped-relu": (dense("layers.ReLU(6.0), "), linear("nn.ReLU6(), "), linear("nn.ReLU(), ")),
    "hardtanh": (dense(""), linear(""), linear("nn.Hardtanh(-6, 6), ")),
    "function": (
        "model = lambda x: ops.clip(x, -50.0, 50.0)",
        "model = lambda x: torch.clamp(x, -50.0, 50.0)",
        "model = lambda x: x",
    ),
    "normalised": (
        NORMALISED.format("6.0"),
        "model = nn.Sequential(nn.LayerNorm(3), nn.ReLU6(), nn.Linear(3, 2))",
        "model = nn.Sequential(nn.LayerNorm(3), nn.ReLU(), nn.Linear(3, 2))",
    ),
    "embedded": (
        EMBEDDED.format("layers.ReLU(6.0), "),
        "model = nn.Sequential(nn.Embedding(9, 4), nn.ReLU6(), nn.Linear(4, 2))",
        "model = nn.Sequential(nn.Embedding(9, 4), nn.ReLU(), nn.Linear(4, 2))",
    ),
}


@pytest.mark.parametrize(("keras", "right", "wrong"), PAIRS.values(), ids=PAIRS.keys())
def test_a_limit_that_is_forgotten(tmp_path: Path, keras: str, right: str, wrong: str) -> None:
    inputs = "int64[4,5] in 0..9" if "Embedding" in keras else "float32[4,3]"
    result = run(tmp_path, keras, right, inputs)
    assert (result.status, result.findings) == ("equal", ())
    result = run(tmp_path, keras, wrong, inputs)
    assert result.status == "different"
    assert result.forward is not None
    assert not result.forward.equal
    assert any("times as large" in text for text in result.findings)


def test_bounds_of_the_user_hold(tmp_path: Path) -> None:
    """Numbers that are said to lie between 0 and 1 are not made larger."""
    wrong = "model = lambda x: x"
    keras = "model = lambda x: ops.clip(x, 0.0, 1.0)"
    assert run(tmp_path, keras, wrong, "float32[4,3] in 0..1").status == "equal"


def test_rounding_that_grows_is_no_difference(tmp_path: Path) -> None:
    keras = "model = lambda x: ops.sin(x * x * x * x)"
    torch = "model = lambda x: torch.sin((x / 3) * x * x * (x * 3))"
    assert run(tmp_path, keras, torch).status == "equal"


def test_a_gradient_with_a_constant_in_float32(tmp_path: Path) -> None:
    """PyTorch's own: it is told, and is no difference."""
    keras = dense("layers.Activation('hard_sigmoid'), ")
    result = run(tmp_path, keras, linear("nn.Hardsigmoid(), "))
    assert result.status == "equal"
    assert [text.partition(" keeps")[0] for text in result.findings] == [
        "float64: PyTorch's gradient of hardsigmoid"
    ]
