"""Slices that go backwards: PyTorch's tensors take none."""

import pytest

from tests.rewrite.migrating import left, migrated, torch_of

X = "from keras import ops\n\nx = ops.ones((4, 3, 5))\nn = 2\n"
TURNED = {
    "x[::-1]": "torch.flip(x, dims=(0,))",
    "x[:, ::-1]": "torch.flip(x, dims=(1,))",
    "x[:, ::-1, :]": "torch.flip(x, dims=(1,))",
    "x[..., ::-1]": "torch.flip(x, dims=(-1,))",
    "x[..., ::-1, 1:3]": "torch.flip(x, dims=(-2,))[..., :, 1:3]",
    "x[:, ::-2]": "torch.flip(x, dims=(1,))[:, ::2]",
    "x[::-1, ::-1]": "torch.flip(x, dims=(0, 1))",
    "x[0, ::-1]": "torch.flip(x, dims=(1,))[0]",
    "x[None, ::-1]": "torch.flip(x, dims=(0,))[None]",
}
STAYS = ("x[::2]", "x[:, -1]", "x[:, :-1]", "[1, 2, 3][::-1]", "(1, 2)[::-1]")


@pytest.mark.parametrize("source", TURNED)
def test_a_tensor_is_turned_round(source: str) -> None:
    assert f"y = {TURNED[source]}\n" in torch_of(X + f"y = {source}")


@pytest.mark.parametrize("source", STAYS)
def test_nothing_to_turn_round(source: str) -> None:
    assert f"y = {source}\n" in torch_of(X + f"y = {source}")


@pytest.mark.parametrize("source", ["x[:, 3:0:-1]", "x[::-1, 2:0:-1]"])
def test_bounds_are_left_to_people(source: str) -> None:
    result = migrated(X + f"y = {source}", "torch")
    assert left(result) == ["indexing"]
    assert f"y = {source}\n" in result.code


def test_what_may_be_a_tensor_is_said() -> None:
    result = migrated("from keras import ops\n\ndef f(x):\n    return ops.abs(x[:, ::-1])", "torch")
    assert "receiver-unknown" in {f.kind for f in result.findings}
