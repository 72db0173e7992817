"""What `porter migrate` writes with its `porter.json`, verified as a user would."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from porter.cli.app import app
from porter.verify import Verification, verify

SEPARABLE = """\
from keras import Model, layers

x = layers.Input((9, 10, 4))
made = layers.SeparableConv2D(5, 3, strides=2, padding="same", depth_multiplier=2)
net = Model(x, made(x))
"""
NESTED = """\
from keras import Model, Sequential, layers

x = layers.Input((9, 10, 4))
made = Sequential([
    layers.SeparableConv2D(4, 3, strides=2, padding="same"),
    layers.SeparableConv2D(4, 3, padding="same"),
    layers.SeparableConv2D(4, 3, strides=3, padding="same"),
])
net = Model(x, made(x))
"""
HELD = """\
from keras import Model, layers


class Net(Model):
    def __init__(self):
        super().__init__()
        self.steps = [
            layers.SeparableConv2D(4, 3, strides=2, padding="same") for _ in range(2)
        ]
        self.last = layers.SeparableConv2D(4, 3, strides=2, padding="same")

    def call(self, x):
        for step in self.steps:
            x = step(x)
        return self.last(x)


net = Net()
"""
FUNCTION = """\
from keras import Model, layers


def halved(x, width):
    return layers.SeparableConv2D(width, 3, strides=2, padding="same")(x)


x = layers.Input((9, 10, 4))
net = Model(x, halved(halved(x, 5), 5))
"""


def migrated(folder: Path, source: str, to: str, case: str) -> Verification:
    """The verdict on a snippet's translation."""
    path, out = folder / "net.py", folder / "out"
    path.write_text(source)
    CliRunner().invoke(app, ["migrate", str(path), "--to", to, "-o", str(out)])
    return verify(path, out, [case], build="net")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(SEPARABLE, id="graph"),
        pytest.param(NESTED, id="nested"),
        pytest.param(HELD, id="held"),
        pytest.param(FUNCTION, id="function"),
    ],
)
def test_a_container_that_a_helper_class_begins(tmp_path: Path, source: str) -> None:
    result = migrated(tmp_path, source, "torch", "float32[3,9,10,4]")
    assert result.status == "equal", result
    assert result.parameters is not None
    assert result.parameters.unmatched == ()
