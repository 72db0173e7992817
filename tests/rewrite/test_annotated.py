"""A parameter annotated as a tensor is one, and one annotated as a number is not."""

import pytest

from tests.rewrite.migrating import keras_of, migrated, torch_of

TORCH = """
{imports}


def f(x: {kind}, y: {kind}):
    return x.add(y).permute(1, 0)
"""


@pytest.mark.parametrize(
    ("imports", "kind"),
    [("import torch", "torch.Tensor"), ("from torch import Tensor", "Tensor")],
)
def test_its_methods_are_known_from_torch(imports: str, kind: str) -> None:
    code = keras_of(TORCH.format(imports=imports, kind=kind))
    assert "    return ops.transpose(ops.add(x, y), axes=(1, 0))\n" in code


@pytest.mark.parametrize(
    ("imports", "kind"),
    [("import tensorflow as tf", "tf.Tensor"), ("import keras", "keras.KerasTensor")],
)
def test_its_attributes_are_known_from_keras(imports: str, kind: str) -> None:
    code = torch_of(f"{imports}\n\n\ndef f(x: {kind}):\n    return x.dtype == 'float32'\n")
    assert "def f(x: torch.Tensor):\n    return x.dtype == torch.float32\n" in code


def test_one_that_may_be_none_is_not_taken_for_a_tensor() -> None:
    text = """
        import torch


        def f(x: torch.Tensor, y: torch.Tensor = None):
            return x.exp() if y is None else x.exp() + y
    """
    code = keras_of(text)
    assert "return ops.exp(x) if y is None else ops.exp(x) + y\n" in code


def test_a_number_is_an_index() -> None:
    text = """
        from torch import nn


        class Net(nn.Module):
            def forward(self, x, place: int):
                return x[:, place]
    """
    result = migrated(text, "keras")
    assert [f for f in result.findings if f.kind == "todo"] == []
