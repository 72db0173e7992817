"""What TensorFlow's functions take beside those of the same name in keras.ops."""

import pytest

from tests.rewrite.migrating import keras_of, migrated, on_one_line, torch_of

TO_TORCH = {
    "tf.cumsum(x, axis=1)": "torch.cumsum(x, dim=1)",
    "tf.cumsum(x, 1, exclusive=True)": "torch.cumsum(x, dim=1) - x",
    "tf.cumsum(x, 1, reverse=True)": "torch.flip(torch.cumsum(torch.flip(x, [1]), dim=1), [1])",
    "ops.cumsum(x)": "torch.cumsum(x.flatten(), dim=0)",
    "tf.argsort(x, 1)": "torch.argsort(x, dim=1)",
    "tf.argsort(x, direction='DESCENDING')": "torch.argsort(x, dim=-1, descending=True)",
    "tf.sort(x, direction='DESCENDING')": "torch.sort(x, dim=-1, descending=True).values",
    "tf.gather(x, [0, 2])": "x[torch.tensor([0, 2])]",
    "tf.gather(x, ops.zeros((2, 1), 'int32'), axis=1, batch_dims=1)": (
        "x[torch.arange(x.shape[0], device=x.device)[:, None], "
        "torch.zeros(2, 1, dtype=torch.int32)]"
    ),
    "ops.flip(ops.ones((2, 3)))": "torch.flip(torch.ones(2, 3), dims=(0, 1))",
    "ops.slice_update(x, [0, 1], ops.ones((2, 1)))": "slice_updated(x, [0, 1], torch.ones(2, 1))",
    "tf.nn.weighted_cross_entropy_with_logits(x, x, 2.0)": (
        "F.binary_cross_entropy_with_logits("
        "x, x, reduction='none', pos_weight=torch.as_tensor(2.0))"
    ),
}
TO_KERAS = {
    "torch.argsort(x, descending=True)": "ops.argsort(-x)",
    "torch.bucketize(x, torch.ones(3))": (
        "ops.reshape(ops.searchsorted(ops.ones((3,)), ops.ravel(x)), ops.shape(x))"
    ),
    "torch.cov(torch.ones(2, 3))": "covariance(ops.ones((2, 3)))",
    "F.group_norm(x, 2)": "group_norm(x, 2)",
    "F.cosine_embedding_loss(x, x, x)": "ops.mean(cosine_embedding_losses(x, x, x, 0))",
}


@pytest.mark.parametrize("call", TO_TORCH)
def test_they_are_translated_to_torch(call: str) -> None:
    head = "import tensorflow as tf\nfrom keras import ops\n\n\ndef f(x: tf.Tensor):\n    return "
    assert f"return {TO_TORCH[call]}\n" in on_one_line(torch_of(head + call))


@pytest.mark.parametrize("call", TO_KERAS)
def test_they_are_translated_to_keras(call: str) -> None:
    head = "import torch\nimport torch.nn.functional as F\n\n\ndef f(x: torch.Tensor):\n    return "
    assert f"return {TO_KERAS[call]}\n" in keras_of(head + call)


@pytest.mark.parametrize(
    ("call", "to"),
    [("torch.topk(x, 2, sorted=False)", "keras"), ("tf.math.top_k(x, 2, False)", "torch")],
)
def test_the_order_that_nobody_asked_for_is_left_to_people(call: str, to: str) -> None:
    head = "import torch\nimport tensorflow as tf\n\n\ndef f(x):\n    return "
    said = [f.message for f in migrated(head + call, to).findings]
    assert any("an order of its own" in message for message in said)


def test_patches_reach_over_the_border() -> None:
    code = torch_of(
        "import tensorflow as tf\n\n\n"
        "def patches(x: tf.Tensor, size, step):\n"
        "    return tf.image.extract_patches(\n"
        "        x, [1, size, size, 1], [1, step, step, 1], [1, 1, 1, 1], 'SAME'\n"
        "    )\n"
    )
    assert (
        "SamePad((size, size), (step, step))(x.permute(0, 3, 1, 2)).unfold(2, size, step)" in code
    )
