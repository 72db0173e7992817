"""Why a call is left: the reason names what stands in the way, and nothing that does not."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import keras_of, migrated

KERAS = "from keras import layers\n\n"
TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n"
REASONS = {
    "layers.Conv1DTranspose(4, 3, strides=2, output_padding=1)": "output_padding=1",
    'layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode="sum")': (
        'merge_mode="sum"'
    ),
}


@pytest.mark.parametrize("source", REASONS)
def test_arguments_that_no_case_takes_are_named(source: str) -> None:
    result = migrated(KERAS + f"y = {source}", "torch")
    assert f"no equivalent is known for {REASONS[source]}" in {f.message for f in result.findings}


def test_a_tensor_is_not_none() -> None:
    source = "y = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))"
    messages = {f.message for f in migrated(TORCH + source, "keras").findings}
    assert "no equivalent is known for pos_weight" in messages
    source = """
def loss(x, y):
    return F.cross_entropy(x, y, weight=torch.tensor([1.0, 2.0]))
"""
    messages = {f.message for f in migrate_source(TORCH + source, to="keras").findings}
    assert "whether input.rank == 2 and target.rank == 1 is not known here" in messages


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("torch.where(x > 0, x, -x)", "ops.where(x > 0, x, -x)"),
        ("torch.arange(0, n)", "ops.arange(0, stop=n)"),
        ("torch.arange(n)", "ops.arange(n)"),
    ],
)  # fmt: skip
def test_an_argument_that_must_be_there_is(source: str, written: str) -> None:
    assert f"return {written}" in keras_of(TORCH + f"def f(x, n):\n    return {source}")


def test_what_is_dropped_out_is_computed_once() -> None:
    code = keras_of(
        TORCH + "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(4, 3)\n\n    def forward(self, x):\n"
        "        return F.dropout(self.fc(x), p=0.3, training=self.training)\n"
    )
    assert "keras.random.dropout(self.fc(x), 0.3 if training else 0.0)" in code
