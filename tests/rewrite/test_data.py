"""`.data` of a tensor: read without a gradient; changed, it is left and said."""

import pytest

from tests.rewrite.migrating import keras_of, left, migrated

HEAD = "import torch\ndef f(a, b):\n    x = torch.relu(a)\n"


def test_what_is_read_has_no_gradient() -> None:
    assert "return ops.stop_gradient(x)[:3]" in keras_of(HEAD + "    return x.data[:3]\n")


@pytest.mark.parametrize("change", ["x.data -= b", "x.data = b", "x.data.clamp_(0, 1)",
                                    "x.data.add_(b)", "x.grad = None"])  # fmt: skip
def test_what_is_changed_is_left(change: str) -> None:
    result = migrated(f"{HEAD}    {change}\n    return x\n", "keras")
    assert left(result)
    assert "# porter: todo[" in result.code
