"""Where mistakes are planted: in what the build reads, and nowhere else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from mistakes import mistakes, weight_mistakes
from plant_mistakes import Equivalent
from unread import unread

OPTIONS = """\
parser = argparse.ArgumentParser()
parser.add_argument("--rate", default=0.1)
parser.add_argument("-w", "--hidden-width", default=8)
opt = parser.parse_args()
model = layers.Dense(opt.hidden_width)
"""
HANDED_ON = """\
def conv(width, out, stride=1):
    return layers.Conv2D(out, 3)

def block(width, out=4):
    return conv(width, out, stride=2)

model = block(5, out=6)
"""


def numbers(text: str, *, silent: bool) -> list[object]:
    tree = ast.parse(text)
    skipped = unread(tree)
    constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    values = [n.value for n in constants if (n in skipped) == silent]
    return sorted(v for v in values if isinstance(v, int | float))


@pytest.mark.parametrize(
    ("text", "silent", "read"),
    [
        (OPTIONS, [0.1], [8]),
        (OPTIONS + "print(vars(opt))\n", [], [0.1, 8]),
        (OPTIONS + 'rate = getattr(opt, "rate")\n', [], [0.1, 8]),
        (HANDED_ON, [1, 2, 5], [3, 4, 6]),
        (HANDED_ON.replace("(out, 3)", "(out, 3 + width)"), [1, 2], [3, 4, 5, 6]),
        (HANDED_ON + "more = block(*sizes)\n", [1, 2, 5], [3, 4, 6]),
    ],
)
def test_what_nothing_reads(text: str, silent: list[object], read: list[object]) -> None:
    assert numbers(text, silent=True) == silent
    assert numbers(text, silent=False) == read


def test_nothing_is_planted_there() -> None:
    found = mistakes(OPTIONS, "model", "keras")
    assert {m.lines[0] for m in found} == {3, 5}


def test_a_reason_may_ask_for_every_use() -> None:
    reason = Equivalent("", kind="^number$", uses=r" // \d$")
    text = "size = 9\nmodel = Net(size // 4)\n"
    (first, *_) = [m for m in mistakes(text, "model", "keras") if m.lines == (1,)]
    assert reason.matches(first, "size = 9", "model")
    text += "model.size = size\n"
    (first, *_) = [m for m in mistakes(text, "model", "keras") if m.lines == (1,)]
    assert not reason.matches(first, "size = 9", "model")


def test_weight_maps_with_one_mistake() -> None:
    norm = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
            "moving_variance": "running_var"}  # fmt: skip
    found = {m.kind: m.weights for m in weight_mistakes(0, norm, "batchnorm-2d", 7)}
    assert set(found) == {"swapped statistics", "swapped scales"}
    assert found["swapped statistics"] == (
        0,
        {**norm, "moving_mean": "running_var", "moving_variance": "running_mean"},
    )
    lstm = {"cell.kernel": "weight_ih_l0.T"}
    (mistake,) = weight_mistakes(0, lstm, "lstm", 7)
    assert mistake.weights == (0, {"cell.kernel": "weight_ih_l0.reorder(4, [1, 0, 2, 3]).T"})
