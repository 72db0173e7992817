"""Comparing dtypes: a string equals Keras's, none equals PyTorch's."""

import pytest

from tests.rewrite.migrating import keras_of, migrated, torch_of

KERAS = "import keras\nimport tensorflow as tf\n\nx = keras.ops.ones((2, 3))\ny = "
TORCH = "import torch\n\nx = torch.ones(2, 3)\ny = "
CHANGES = {
    'x.dtype == "float32"': "x.dtype == torch.float32",
    '"float32" != x.dtype': "torch.float32 != x.dtype",
    'x.dtype in ("int32", "int64")': "x.dtype in (torch.int32, torch.int64)",
    "x.dtype == tf.float16": "x.dtype == torch.float16",
}


@pytest.mark.parametrize("asked", CHANGES)
def test_from_keras(asked: str) -> None:
    assert f"y = {CHANGES[asked]}\n" in torch_of(KERAS + asked)


@pytest.mark.parametrize("asked", [a for a in CHANGES if "tf." not in a])
def test_from_torch(asked: str) -> None:
    assert f"y = {asked}\n" in keras_of(TORCH + CHANGES[asked])


@pytest.mark.parametrize("asked", ['x.dtype == "string"', 'x.shape == "float32"'])
def test_what_asks_for_something_else_stays(asked: str) -> None:
    assert f"y = {asked}\n" in migrated(KERAS + asked, "torch").code


def test_what_may_be_a_tensor_is_said() -> None:
    text = "import keras\n\n\ndef f(x):\n    return x.dtype == 'float32'\n"
    (finding,) = migrated(text, "torch").findings
    assert finding.kind == "receiver-unknown"
    assert finding.message.startswith("what .dtype is read from is not known")
