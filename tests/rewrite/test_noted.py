"""What a rule of a function says of its differences is said where it is used, once a file."""

import pytest

from tests.rewrite.migrating import migrated

OUTSIDE = "a label outside the classes is a row of zeros in TensorFlow and an error in PyTorch"
CASES = [
    ("import tensorflow as tf", "tf.one_hot(x, 5) + tf.one_hot(x - 1, 5)", "torch"),
    ("import keras", "keras.ops.one_hot(x, 5)", "torch"),
    ("import torch.nn.functional as F", "F.one_hot(x, 5) + F.one_hot(x, 5)", "keras"),
]


@pytest.mark.parametrize(("head", "text", "to"), CASES)
def test_a_label_outside_the_classes(head: str, text: str, to: str) -> None:
    result = migrated(f"{head}\n\n\ndef f(x):\n    return {text}\n", to)
    assert [f.message for f in result.findings if f.kind == "note"] == [OUTSIDE]


def test_a_function_without_differences_has_no_note() -> None:
    result = migrated("import keras\n\n\ndef f(x):\n    return keras.ops.exp(x)\n", "torch")
    assert [f for f in result.findings if f.kind == "note"] == []
