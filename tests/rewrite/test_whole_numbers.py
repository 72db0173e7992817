"""What is computed of whole numbers, of truth values and of shapes."""

import pytest

from tests.rewrite.migrating import left, migrated, torch_of

HEAD = "from keras import ops\n\ndef f(x):\n    return "
WRITTEN = {
    "ops.mean(x > 0)": "(x > 0).float().mean()",
    "ops.mean((x > 0) & (x < 1))": "((x > 0) & (x < 1)).float().mean()",
    "ops.mean(ops.arange(4))": "torch.arange(4).float().mean()",
    "ops.mean(ops.arange(0.5, 4))": "torch.mean(torch.arange(0.5, end=4))",
    "ops.var(ops.arange(4))": "torch.var(torch.arange(4).float(), correction=0)",
    "ops.std(ops.argmax(x, -1), axis=0)": (
        "torch.std(torch.argmax(x, dim=-1).float(), dim=0, correction=0)"
    ),
    "ops.std(x)": "torch.std(x, correction=0)",
    "ops.sort(x, axis=None)": "torch.sort(x.flatten()).values",
    "ops.argsort(x, axis=None)": "torch.argsort(x.flatten())",
    "ops.argsort(x, axis=0)": "torch.argsort(x, dim=0)",
    "ops.prod(ops.shape(x))": "torch.prod(torch.tensor(x.shape))",
    "ops.subtract(1, x > 0)": "1 - (x > 0).int()",
    "ops.subtract(1, x)": "torch.sub(torch.tensor(1), x)",
}


@pytest.mark.parametrize("source", WRITTEN)
def test_a_call_is_written_so_that_it_runs(source: str) -> None:
    assert f"return {WRITTEN[source]}\n" in torch_of(HEAD + source) + "\n"


def test_a_mean_that_tensorflow_rounds_is_left_to_people() -> None:
    text = "import tensorflow as tf\n\ny = tf.reduce_mean(tf.range(4))"
    assert left(migrated(text, "torch")) == ["tensorflow.reduce_mean"]
