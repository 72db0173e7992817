"""Pairs that are equal, and the same pairs with one mistake each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from porter.verify import Verification, verify

from .twins import functional, layered, looped, parts, stacked, subclass

Pair = Callable[[Path], tuple[Path, Path]]
FUNCTIONAL: tuple[Pair, str, list[str]] = (functional, "model", ["float32[4,28,28,1]"])
SUBCLASS: tuple[Pair, str, list[str]] = (
    subclass,
    "Net()",
    ["int64[3,5] in 0..11", "weight=float32[3,5,1]"],
)
STACKED: tuple[Pair, str, list[str]] = (stacked, "Stack()", ["float32[3,6]"])
LOOPED: tuple[Pair, str, list[str]] = (looped, "Tower()", ["float32[3,4]"])
PARTS: tuple[Pair, str, list[str]] = (parts, "model", ["float32[2,6,6,4]"])
LAYERED: tuple[Pair, str, list[str]] = (layered, "Layered()", ["float32[2,5,3]"])


def run(
    folder: Path, pair: tuple[Pair, str, list[str]], change: tuple[str, str] | None = None
) -> Verification:
    write, build, inputs = pair
    source, target = write(folder)
    if change:
        text = target.read_text()
        assert text.count(change[0]) == 1
        target.write_text(text.replace(*change))
    return verify(source, target.parent, inputs, build=build)


@pytest.mark.parametrize(
    "pair",
    [FUNCTIONAL, SUBCLASS, STACKED, LOOPED, PARTS, LAYERED],
    ids=["functional", "subclass", "stacked", "looped", "parts", "layered"],
)
def test_equal(tmp_path: Path, pair: tuple[Pair, str, list[str]]) -> None:
    result = run(tmp_path, pair)
    assert (result.status, result.error) == ("equal", None)
    inexact = {stacked: ["LeakyReLU"], parts: ["number of the program"]}
    remarks = inexact.get(pair[0], [])
    assert len(result.findings) == len(remarks)
    assert all(f.startswith("float64: TensorFlow") for f in result.findings)
    assert all(r in f for r, f in zip(remarks, result.findings, strict=True))
    for part in (result.forward, result.gradient, result.training):
        assert part is not None
        assert part.equal
        assert part.float64 is not None
        assert part.float64 < 1e-12
    assert result.parameters is not None
    assert result.parameters.unmatched == ()


# The phase that differs; none where not even the arrays fit.
MISTAKES = {
    "epsilon": (FUNCTIONAL, ("eps=0.001", "eps=0.00001"), "forward"),
    "momentum": (FUNCTIONAL, ("momentum=0.01", "momentum=0.99"), "training"),
    "activation": (FUNCTIONAL, ("tanh(self.left(x))", "relu(self.left(x))"), "forward"),
    "flattening": (FUNCTIONAL, ("x.permute(0, 2, 3, 1).flatten(1)", "x.flatten(1)"), "forward"),
    "equal-layers-swapped": (FUNCTIONAL, ("head(left - right)", "head(right - left)"), "forward"),
    "equal-layers-swapped-in-calls": (
        FUNCTIONAL,
        ("left = torch.tanh(self.left(x))\n        right = torch.tanh(self.right(x))",
         "left = torch.tanh(self.right(x))\n        right = torch.tanh(self.left(x))"),
        "forward",
    ),
    "dropout-rate": (FUNCTIONAL, ("nn.Dropout(0.25)", "nn.Dropout(0.5)"), "training"),
    "dropout-forgotten": (FUNCTIONAL, ("x = self.dropout(x)", "x = (x)"), "training"),
    "mask": (SUBCLASS, ("ops.tril(", "ops.triu("), "forward"),
    "structure": (SUBCLASS, ('(hidden[:, -1], None)', "hidden[:, -1]"), "forward"),
    "detached": (SUBCLASS, ("self.rnn(x)", "self.rnn(ops.stop_gradient(x))"), "gradient"),
    "size-of-an-attribute": (STACKED, ("width // 4", "width // 2"), ""),
    "power": (STACKED, ("self.size**2", "self.size**3"), ""),
    "axes-in": (STACKED, ("(0, 2, 3, 1)", "(0, 3, 2, 1)"), "forward"),
    "axes-out": (STACKED, ("(0, 3, 1, 2)", "(0, 3, 2, 1)"), "forward"),
    "norm-left-out": (
        STACKED,
        ("layers.BatchNormalization(momentum=0.9, epsilon=1e-05)", "layers.Identity()"),
        "forward",
    ),
    "not-a-number": (STACKED, ("epsilon=1e-05", "epsilon=-9.0"), "forward"),
    "repeated": (STACKED, ("layers.UpSampling2D()", "layers.UpSampling2D(4)"), "forward"),
    "repeating-left-out": (STACKED, ("layers.UpSampling2D()", "layers.Identity()"), "forward"),
    "slope": (STACKED, ("negative_slope=0.2", "negative_slope=0.3"), "forward"),
    "blocks-left-out": (
        STACKED,
        ("self.blocks(ops.transpose(out, (0, 2, 3, 1)))", "(0 + out)"),
        "forward",
    ),
    "last-activation": (STACKED, ('"tanh"', '"sigmoid"'), "forward"),
    "looped-less": (LOOPED, ("range(1, depth", "range(2, depth"), "forward"),
    "looped-more": (LOOPED, ("range(1, depth", "range(0, depth"), "forward"),
    "condition": (LOOPED, ("self.width != 4", "self.width != 5"), "forward"),
    "condition-by-name": (LOOPED, ("self.width = 4", "self.width = 5"), "forward"),
    "argument": (LOOPED, ("dense(self.width, 4)", "dense(self.width, 5)"), ""),
    "default": (LOOPED, ("depth=2", "depth=3"), "forward"),
}  # fmt: skip
# A constant's first use is named, not its making; two swapped calls need the manifest's `calls`.
UNLOCATED = {MISTAKES["mask"][1][0], MISTAKES["equal-layers-swapped-in-calls"][1][0]}


@pytest.mark.parametrize(("pair", "change", "phase"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_seen(
    tmp_path: Path, pair: tuple[Pair, str, list[str]], change: tuple[str, str], phase: str
) -> None:
    result = run(tmp_path, pair, change)
    assert result.status == "different" or not phase, result
    if phase:
        part = getattr(result, phase)
        assert part is not None
        assert not part.equal
    found = result.first_divergence
    assert found is not None
    if change[0] not in UNLOCATED:
        text = (tmp_path / "after" / f"{result.name}.py").read_text()
        line = text[: text.index(change[1])].count("\n") + 1
        assert found.target == f"{result.name}.py:{line}"


def test_a_parameter_without_partner_is_never_equal(tmp_path: Path) -> None:
    change = (
        "self.head = nn.Linear(8, 10)",
        "self.head = nn.Linear(8, 10); self.spare = nn.Linear(2, 2)",
    )
    result = run(tmp_path, FUNCTIONAL, change)
    assert result.status == "different"
    assert result.parameters is not None
    assert result.parameters.unmatched == (
        "target spare.weight [2, 2]",
        "target spare.bias [2]",
    )


def test_an_output_without_signal_is_inconclusive(tmp_path: Path) -> None:
    source, target = functional(tmp_path)
    for file, end in ((source, ", outputs * 0.0)"), (target, " * 0.0")):
        text = file.read_text()
        if file is source:
            text = text.replace(", outputs)", end)
        else:
            text = text.replace("dim=-1)", "dim=-1)" + end)
        file.write_text(text)
    result = verify(source, target.parent, ["float32[4,28,28,1]"])
    assert result.status == "inconclusive"


@pytest.mark.parametrize(
    ("side", "text", "message"),
    [
        ("source", "model = undefined\n", "source: "),
        ("source", "import absent\nmodel = absent.Net()\n", "source: "),
        (
            "target",
            "import os\nmodel = os._exit(3)\n",
            "target: the torch side ended with status 3",
        ),
        ("target", "model = undefined\n", "target: "),
    ],
)
def test_a_side_that_cannot_run_is_an_error(
    tmp_path: Path, side: str, text: str, message: str
) -> None:
    source, target = functional(tmp_path)
    (source if side == "source" else target).write_text(text)
    result = verify(source, target.parent, ["float32[4,28,28,1]"])
    assert result.status == "error"
    assert result.error is not None
    assert result.error.startswith(message)


@pytest.mark.parametrize("pair", [FUNCTIONAL, LAYERED], ids=["random", "merged-biases"])
def test_steps_of_training(tmp_path: Path, pair: tuple[Pair, str, list[str]]) -> None:
    source, target = pair[0](tmp_path)
    result = verify(source, target.parent, pair[2], build=pair[1], steps=3)
    assert result.status == "equal", result
    assert result.steps is not None
    assert result.steps.equal
    assert result.steps.float64 is not None
    assert 0 < result.steps.float64 < 1e-12
    assert verify(source, target.parent, pair[2], build=pair[1]).steps is None


def test_steps_that_go_another_way(tmp_path: Path) -> None:
    """What changes from call to call may show only after a while."""
    source, target = layered(tmp_path)
    text = target.read_text()
    later = "y * (1.0 if self.seen < 12 else 1.01)"
    lines = f"y = self.rnn(x)\n        self.seen += 1\n        return {later}"
    text = text.replace("return self.rnn(x)", lines)
    text = text.replace("        self.rnn =", "        self.seen = 0\n        self.rnn =")
    target.write_text(text)
    result = verify(source, target.parent, LAYERED[2], build=LAYERED[1], steps=12)
    assert result.status == "different"
    assert result.training is not None
    assert result.training.equal
    assert result.steps is not None
    assert not result.steps.equal


LAZY = """\
from torch import nn
class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.LazyLinear(3)
    def forward(self, x):
        return self.last(x.first())
model = Lazy()
"""


def test_a_failure_is_not_hidden_by_what_it_leaves_unbuilt(tmp_path: Path) -> None:
    source, target = functional(tmp_path)
    target.write_text(LAZY)
    result = verify(source, target.parent, ["float32[4,28,28,1]"])
    assert result.status == "error"
    assert "'Tensor' object has no attribute 'first'" in (result.error or "")


def test_statistics_swapped_in_the_manifest(tmp_path: Path) -> None:
    """A negative variance gives no numbers, which is a difference of the layer that has it."""
    source, target = stacked(tmp_path)
    manifest = target.parent / "porter.json"
    text = manifest.read_text().replace('"running_mean"', '"other"')
    text = text.replace('"running_var"', '"running_mean"').replace('"other"', '"running_var"')
    manifest.write_text(text)
    result = verify(source, target.parent, STACKED[2], build=STACKED[1])
    assert result.status == "different"
    assert result.first_divergence is not None
    before, _, _ = target.read_text().partition("layers.BatchNormalization")
    line = before.count("\n") + 1
    assert result.first_divergence.target == f"stacked_torch.py:{line}"
