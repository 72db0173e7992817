"""Arguments that an API takes beside those that both frameworks have."""

import pytest

from tests.rewrite.migrating import keras_of, migrated, torch_of

TO_TORCH = {
    "keras.activations.relu(x, negative_slope=0.1)": "F.leaky_relu(x, negative_slope=0.1)",
    "keras.activations.relu(x, max_value=6)": "F.relu6(x)",
    "keras.activations.relu(x, max_value=3.0)": "F.hardtanh(x, 0.0, 3.0)",
    "keras.activations.relu(x, 0.0)": "F.relu(x)",
    "keras.backend.relu(x, alpha=0.1)": "F.leaky_relu(x, negative_slope=0.1)",
    "keras.backend.hard_sigmoid(x)": "torch.clamp(0.2 * x + 0.5, 0.0, 1.0)",
    "keras.backend.repeat(x, 3)": "x.unsqueeze(1).repeat(1, 3, 1)",
    "keras.backend.one_hot(x, 3)": "F.one_hot(x.long(), 3).float()",
    "keras.backend.reverse(x, 1)": "torch.flip(x, dims=[1])",
    "keras.ops.cumsum(x, axis=1, dtype='float64')": "torch.cumsum(x, dim=1, dtype=torch.float64)",
}
TO_KERAS = {
    "F.softplus(x, beta=2)": "ops.softplus(2 * x) / 2",
    "F.softplus(x, 1, 20)": "ops.softplus(x)",
    "torch.histc(x, 4, 0, 1)": (
        "ops.cast(ops.histogram(ops.ravel(x), bins=4, range=(0, 1))[0], x.dtype)"
    ),
    "torch.histc(x[0], 4, 0, 1)": (
        "ops.cast(ops.histogram(x[0], bins=4, range=(0, 1))[0], x[0].dtype)"
    ),
    "torch.sub(x, x, alpha=3)": "ops.subtract(x, 3 * x)",
    "torch.add(x, x, alpha=3)": "ops.add(x, 3 * x)",
    "x.add(x, alpha=0.5)": "ops.add(x, 0.5 * x)",
    "torch.sum(x, 1, dtype=torch.float32)": 'ops.sum(ops.cast(x, "float32"), axis=1)',
    "x.mean(dtype=torch.float64)": 'ops.mean(ops.cast(x, "float64"))',
    "torch.cumsum(x, 1, dtype=torch.float32)": 'ops.cumsum(x, axis=1, dtype="float32")',
    "F.softmax(x, dim=1, dtype=torch.float32)": (
        'keras.activations.softmax(ops.cast(x, "float32"), axis=1)'
    ),
}
LEFT = {
    "keras.ops.relu(x, beta=1)": "no rule for the argument 'beta' of keras.ops.relu",
    "keras.ops.relu(x, 1, 2)": "no rule for so many arguments of keras.ops.relu by position",
    "keras.activations.relu(x, threshold=1.0)": "no equivalent is known for threshold=1.0",
    "keras.backend.foldl(x, x)": "a loop over the elements",
    "keras.backend.pool2d(x, (2, 2))": (
        "torch.nn.functional.max_pool2d or avg_pool2d, with channels first; "
        "the stride is 1 unless it is given"
    ),
    "keras.backend.new(x)": (
        "torch or torch.nn.functional may have it under another name: write what it computes"
    ),
    "keras.utils.normalize(x)": (
        "x / numpy.linalg.norm(x, ord=order, axis=axis, keepdims=True), by 1 where that is 0"
    ),
}


@pytest.mark.parametrize("call", TO_TORCH)
def test_they_are_translated_to_torch(call: str) -> None:
    head = "import keras\n\n\ndef f(x: keras.KerasTensor):\n    return "
    assert f"    return {TO_TORCH[call]}\n" in torch_of(head + call)


@pytest.mark.parametrize("call", TO_KERAS)
def test_they_are_translated_to_keras(call: str) -> None:
    head = "import torch\nimport torch.nn.functional as F\n\nx = torch.ones(2, 3)\ny = "
    assert f"y = {TO_KERAS[call]}\n" in keras_of(head + call)


@pytest.mark.parametrize("call", LEFT)
def test_what_has_no_rule_is_not_said_not_to_exist(call: str) -> None:
    head = "import keras\n\n\ndef f(x: keras.KerasTensor):\n    return "
    result = migrated(head + call, "torch")
    assert LEFT[call] in [f.message for f in result.findings]


def test_a_layer_is_bounded() -> None:
    text = "from keras import layers\n\nlayer = layers.ReLU(max_value=3.0)\n"
    assert "layer = nn.Hardtanh(0.0, 3.0)" in torch_of(text)


def test_a_switch_by_elements_is_a_choice() -> None:
    text = """
        import keras

        x = keras.ops.ones((2, 3))
        y = keras.backend.switch(x > 0, x, -x)
    """
    assert "y = torch.where((x > 0).bool(), x, -x)" in torch_of(text)
