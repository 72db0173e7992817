"""Pairs written by hand, and a small writer of the manifest that `migrate` would leave."""

from __future__ import annotations

import ast
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAIRS = Path(__file__).parent / "pairs"
CONV = {"kernel": "weight.permute(2, 3, 1, 0)", "bias": "bias"}
DENSE = {"kernel": "weight.T", "bias": "bias"}
NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
LSTM = {
    "cell.kernel": "weight_ih_l0.T",
    "cell.recurrent_kernel": "weight_hh_l0.T",
    "cell.bias": "bias_ih_l0 + bias_hh_l0",
}


@dataclass(frozen=True)
class Row:
    """One related construction: the text of both expressions, and where they are stored."""

    source: str
    target: str
    weights: dict[str, str]
    source_place: tuple[str | None, str | None] = (None, None)
    target_place: tuple[str | None, str | None] = (None, None)
    constant: tuple[str, ...] = ()


def span(text: str, expression: str) -> dict[str, int]:
    """Where an expression stands in a text (its first call that reads so)."""
    wanted = ast.dump(ast.parse(expression, mode="eval").body)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.dump(node) == wanted:
            assert node.end_lineno
            assert node.end_col_offset
            return {
                "line": node.lineno,
                "column": node.col_offset + 1,
                "end_line": node.end_lineno,
                "end_column": node.end_col_offset + 1,
            }
    raise LookupError(expression)


def write(
    folder: Path,
    source: str,
    target: str,
    direction: tuple[str, str],
    rows: list[Row],
    calls: list[tuple[str, str, list[int] | None]],
) -> tuple[Path, Path]:
    """Copy a pair into a folder with its `porter.json`; returns both files."""
    first = folder / "before" / source
    second = folder / "after" / source
    first.parent.mkdir()
    second.parent.mkdir()
    shutil.copy(PAIRS / source, first)
    shutil.copy(PAIRS / target, second)
    one, two = first.read_text(), second.read_text()

    def place(text: str, expression: str, where: tuple[str | None, str | None]) -> dict[str, Any]:
        return {"class": where[0], "attribute": where[1], **span(text, expression)}

    manifest = {
        "schema": 1,
        "porter": "0.1.0",
        "from": direction[0],
        "to": direction[1],
        "files": [{"source": source, "source_path": str(first), "target": source, "sha256": ""}],
        "models": [],
        "parameters": [
            {
                "file": source,
                "source": place(one, row.source, row.source_place),
                "target": place(two, row.target, row.target_place),
                "rule": "",
                "weights": row.weights,
                "constant": list(row.constant),
            }
            for row in rows
        ],
        "calls": [
            {
                "file": source,
                "source": span(one, a),
                "target": span(two, b),
                "rule": "",
                "permutation": order,
            }
            for a, b, order in calls
        ],
        "findings": [],
    }
    (second.parent / "porter.json").write_text(json.dumps(manifest))
    return first, second


def functional(folder: Path) -> tuple[Path, Path]:
    """Keras functional → torch, channels moved inside."""
    rows = [
        Row(
            'layers.Conv2D(filters, 3, padding="same", use_bias=False)',
            "nn.Conv2d(in_channels, filters, 3, padding=1, bias=False)",
            CONV, target_place=("Block", "conv"),
        ),
        Row(
            "layers.BatchNormalization()",
            "nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)",
            NORM, target_place=("Block", "bn"), constant=("num_batches_tracked",),
        ),
        Row(
            'layers.Dense(num_classes, activation="softmax")', "nn.Linear(8, 10)",
            DENSE, target_place=("Model", "head"),
        ),
    ]  # fmt: skip
    # Both read the same, so the manifest's second entry is moved to the second line below.
    twins = [
        Row('layers.Dense(8, activation="tanh")', "nn.Linear(294, 8)", DENSE, (None, None), (
            "Model", name)) for name in ("left", "right")
    ]  # fmt: skip
    calls: list[tuple[str, str, list[int] | None]] = [
        (
            'layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)',
            "self.conv(x)",
            [0, 3, 1, 2],
        ),
        ("layers.BatchNormalization()(x)", "self.bn(self.conv(x))", [0, 3, 1, 2]),
        ("layers.MaxPooling2D(2)(x)", "self.pool(block(x))", [0, 3, 1, 2]),
        ("layers.Dropout(0.25)(x)", "self.dropout(x)", [0, 3, 1, 2]),
    ]  # fmt: skip
    pair = write(
        folder,
        "functional_keras.py",
        "functional_torch.py",
        ("keras", "torch"),
        rows + twins,
        calls,
    )
    _move_last(pair[1].parent / "porter.json")
    return pair


def _move_last(path: Path) -> None:
    """From `left = …` to `right = …`: one line down, one column on."""
    manifest = json.loads(path.read_text())
    for side in ("source", "target"):
        for key in ("line", "end_line", "column", "end_column"):
            manifest["parameters"][-1][side][key] += 1
    path.write_text(json.dumps(manifest))


def subclass(folder: Path) -> tuple[Path, Path]:
    """Torch subclass → Keras subclass."""
    rows = [
        Row("nn.Embedding(11, width)", "layers.Embedding(11, width)", {"embeddings": "weight"},
            ("Net", "embed"), ("Net", "embed")),
        Row("nn.LayerNorm(width)", "layers.LayerNormalization(epsilon=1e-5)",
            {"gamma": "weight", "beta": "bias"}),
        Row("nn.LSTM(width, 4, batch_first=True)", "layers.LSTM(4, return_sequences=True)", LSTM,
            ("Net", "rnn"), ("Net", "rnn")),
        Row("nn.Linear(4, 3)", "layers.Dense(3)", DENSE, ("Net", "head"), ("Net", "head")),
        Row("nn.Linear(width, width)", "layers.Dense(width)", DENSE,
            ("Attend", "query"), ("Attend", "query")),
        Row("nn.Parameter(torch.ones(width))",
            'self.add_weight(shape=(width,), initializer="ones", name="scale")', {"": "scale"},
            ("Attend", "scale"), ("Attend", "scale")),
    ]  # fmt: skip
    return write(folder, "subclass_torch.py", "subclass_keras.py", ("torch", "keras"), rows, [])


def stacked(folder: Path) -> tuple[Path, Path]:
    """Torch subclass of sequences → Keras subclass, channels moved outside."""
    rows = [
        Row("nn.Linear(6, 3 * self.size**2)", "layers.Dense(3 * self.size**2)", DENSE),
        Row("nn.BatchNorm2d(3)", "layers.BatchNormalization(momentum=0.9, epsilon=1e-05)", NORM,
            constant=("num_batches_tracked",)),
        Row("nn.Conv2d(3, 4, 3, padding=1)", 'layers.Conv2D(4, 3, padding="same")', CONV),
        Row("nn.Conv2d(4, 2, 3, padding=1)", 'layers.Conv2D(2, 3, padding="same")', CONV),
    ]  # fmt: skip
    calls: list[tuple[str, str, list[int] | None]] = [
        ("self.start(z)", "self.start(z)", None),
        ("out.view(out.shape[0], 3, self.size, self.size)",
         "ops.reshape(out, (ops.shape(out)[0], 3, self.size, self.size))", None),
        ("self.blocks(out)", "self.blocks(ops.transpose(out, (0, 2, 3, 1)))", [0, 2, 3, 1]),
        ("nn.BatchNorm2d(3)", "layers.BatchNormalization(momentum=0.9, epsilon=1e-05)",
         [0, 2, 3, 1]),
        ("nn.Upsample(scale_factor=2)", "layers.UpSampling2D()", [0, 2, 3, 1]),
        ("nn.Conv2d(3, 4, 3, padding=1)", 'layers.Conv2D(4, 3, padding="same")', [0, 2, 3, 1]),
        ("nn.LeakyReLU(0.2)", "layers.LeakyReLU(negative_slope=0.2)", [0, 2, 3, 1]),
        ("nn.Conv2d(4, 2, 3, padding=1)", 'layers.Conv2D(2, 3, padding="same")', [0, 2, 3, 1]),
        ("nn.Tanh()", 'layers.Activation("tanh")', [0, 2, 3, 1]),
    ]  # fmt: skip
    pair = "stacked_torch.py", "stacked_keras.py"
    return write(folder, *pair, ("torch", "keras"), rows, calls)


def looped(folder: Path) -> tuple[Path, Path]:
    """Torch → Keras, where a loop, a condition and a function make the layers."""
    rows = [Row("nn.Linear(width, out)", "keras.layers.Dense(out)", DENSE)]
    calls: list[tuple[str, str, list[int] | None]] = [
        ("nn.Linear(width, out)", "keras.layers.Dense(out)", None),
        ("nn.Tanh()", 'keras.layers.Activation("tanh")', None),
        ("self.steps(x)", "self.steps(x)", None),
    ]
    pair = "looped_torch.py", "looped_keras.py"
    return write(folder, *pair, ("torch", "keras"), rows, calls)


def parts(folder: Path) -> tuple[Path, Path]:
    """Keras → torch, where one layer becomes a container, and another a class of the output."""
    separable = (
        "nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False), nn.Conv2d(4, 8, 1))"
    )
    attention = {
        f"{name}_dense.{array}": f"{name}.{expression}.reshape()"
        for name in ("query", "key", "value", "output")
        for array, expression in (("kernel", "weight.T"), ("bias", "bias"))
    }
    rows = [
        Row(
            'layers.SeparableConv2D(8, 3, padding="same")', separable,
            {
                "depthwise_kernel": "'0.weight'.permute(2, 3, 1, 0).reshape()",
                "pointwise_kernel": "'1.weight'.permute(2, 3, 1, 0)",
                "bias": "'1.bias'",
            },
            target_place=("Model", "separable"),
        ),
        Row("layers.MultiHeadAttention(2, 3)", "MultiHeadAttention(8, 2, 3)", attention,
            target_place=("Model", "attention")),
    ]  # fmt: skip
    pair = "parts_keras.py", "parts_torch.py"
    return write(folder, *pair, ("keras", "torch"), rows, [])


def layered(folder: Path) -> tuple[Path, Path]:
    """Torch → Keras, where one layer becomes a sequence of as many as it has."""
    weights = {
        f"{{k}}.{name}": expression.replace("_l0", "_l{k}") for name, expression in LSTM.items()
    }
    target = "keras.Sequential([keras.layers.LSTM(4, return_sequences=True) for _ in range(2)])"
    rows = [
        Row("nn.LSTM(3, 4, num_layers=2, batch_first=True)", target, weights,
            ("Layered", "rnn"), ("Layered", "rnn")),
    ]  # fmt: skip
    pair = "layered_torch.py", "layered_keras.py"
    return write(folder, *pair, ("torch", "keras"), rows, [])
