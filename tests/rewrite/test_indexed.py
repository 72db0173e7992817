"""Indexing by lists and tensors: TensorFlow's tensors take numbers and slices only."""

import pytest

from tests.rewrite.migrating import keras_of, migrated, on_one_line

X = "import torch\n\nx = torch.ones(4, 3, 5)\n"
TAKEN = {
    "x[[0, 2]]": "ops.take(x, [0, 2], axis=0)",
    "x[:, [1, -1], :]": "ops.take(x, [1, -1], axis=1)",
    "x[..., [0, 1]]": "ops.take(x, [0, 1], axis=-1)",
    "x[..., [0, 1], :]": "ops.take(x, [0, 1], axis=-2)",
    "x[1:, [0, 1]]": "ops.take(x[1:], [0, 1], axis=1)",
    "x[:, [0, 1], 1:]": "ops.take(x[:, :, 1:], [0, 1], axis=1)",
    "x[0, [0, 1]]": "ops.take(x[0], [0, 1], axis=0)",
    "x[:, 0, [0, 1]]": "ops.take(x[:, 0], [0, 1], axis=1)",
    "x[torch.tensor([[0], [1]])]": "ops.take(x, ops.convert_to_tensor([[0], [1]]), axis=0)",
    "x[:, torch.arange(2)]": "ops.take(x, ops.arange(2), axis=1)",
    "x[x.long()[0, 0]]": 'ops.take(x, ops.cast(x, "int64")[0, 0], axis=0)',
    "x[x.argmax(dim=-1)]": "ops.take(x, ops.argmax(x, axis=-1), axis=0)",
}
STAYS = ("x[0]", "x[-1, 1:]", "x[:, None]", "x[..., 0]", "x[(0, 1)]", "x[x.shape[0] - 1]")
LEFT = {
    "x[x > 0]": "masks",
    "x[[True, False, True, True]]": "masks",
    "x[:, x.bool()[0, :, 0]]": "masks",
    "x[[0, 1], [1, 2]]": "several",
    "x[torch.arange(2), torch.arange(2)]": "several",
    "x[0, :, [0, 1]]": "along one axis",
    "x[None, [0, 1]]": "along one axis",
    "x[[0, 1], ..., 0]": "along one axis",
    "x[torch.zeros(2)]": "not known",
}


@pytest.mark.parametrize("source", TAKEN)
def test_places_are_taken(source: str) -> None:
    assert f"y = {TAKEN[source]}\n" in keras_of(X + f"y = {source}")


@pytest.mark.parametrize("source", STAYS)
def test_numbers_and_slices_stay(source: str) -> None:
    code = keras_of(X + f"y = {source}")
    assert f"y = {source}\n" in code or "ops.shape(x)[0]" in code


@pytest.mark.parametrize("source", LEFT)
def test_what_cannot_be_taken_is_said(source: str) -> None:
    result = migrated(X + f"y = {source}", "keras")
    assert [LEFT[source] in f.message for f in result.findings if f.kind == "todo"] == [True]


def test_an_index_of_which_nothing_is_known_is_said() -> None:
    text = """
        from torch import nn


        class Net(nn.Module):
            def forward(self, x, picked):
                return x[picked]
    """
    result = migrated(text, "keras")
    assert "        return x[picked]\n" in result.code
    assert [f.api for f in result.findings if f.kind == "todo"] == ["indexing"]


def test_a_comment_between_the_brackets_stays() -> None:
    result = migrated(X + "y = x[  # the outer ones\n    [0, 2]\n]", "keras")
    assert ["comment" in f.message for f in result.findings if f.kind == "todo"] == [True]


def test_images_are_indexed_in_the_order_of_the_source() -> None:
    text = """
        from torch import nn


        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 6, 3)

            def forward(self, x):
                return self.conv(x)[:, [2, 0]]
    """
    code = keras_of(text)
    assert "ops.take(ops.transpose(" in on_one_line(code)
    assert "(0, 3, 1, 2)), [2, 0], axis=1)" in on_one_line(code)
