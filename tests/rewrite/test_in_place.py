"""What PyTorch changes in place is changed under all of its names."""

from tests.rewrite.migrating import keras_of, left, migrated

MODULE = """import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.block = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(4, 4, 1))

    def forward(self, x):
        y = self.conv(x)
"""


def _module(*lines: str) -> str:
    return MODULE + "".join(f"        {line}\n" for line in lines)


def test_a_layer_alone_on_a_line_binds_the_name_anew() -> None:
    assert "        y = self.relu(y)\n" in keras_of(_module("self.relu(y)", "return y"))


def test_so_does_a_function() -> None:
    code = keras_of(_module("F.elu(y, 1.0, True)", "return y"))
    assert "        y = keras.activations.elu(y)\n" in code


def test_a_name_that_is_bound_to_the_result_is_no_other_name() -> None:
    keras_of(_module("y = self.relu(y)", "y = self.conv(self.relu(y))", "return self.block(y)"))


def test_another_name_of_what_is_changed_is_marked() -> None:
    result = migrated(_module("z = y", "y = self.conv(self.relu(y))", "return y + z"), "keras")
    assert left(result) == ["self.relu"]


def test_a_name_that_is_read_beside_the_call_is_marked() -> None:
    assert left(migrated(_module("return y + self.block(y)"), "keras")) == ["self.block"]


def test_a_name_that_is_read_afterwards_is_marked() -> None:
    result = migrated(_module("z = F.relu(y, inplace=True)", "return y + z"), "keras")
    assert left(result) == ["torch.nn.functional.relu"]


def test_what_a_list_holds_is_another_name() -> None:
    lines = ["kept = [y]", "y = self.relu(y)", "return kept[0] + y"]
    assert left(migrated(_module(*lines), "keras")) == ["self.relu"]


def test_a_part_of_a_tensor_is_changed_with_it() -> None:
    for line in ("v = x[0]", "v = x[:, 0]", "v, w = x.chunk(2, 1)"):
        text = f"""import torch


def change(x: torch.Tensor):
    x = x.reshape(4, 4)
    {line}
    v.add_(1)
    return x
"""
        assert left(migrated(text, "keras")) == ["torch.Tensor.add_"], line


def test_what_is_picked_by_a_list_is_a_copy() -> None:
    keras_of(
        """import torch


def change(x: torch.Tensor):
    v = x[[0, 1]]
    v += 1
    return v
"""
    )


def test_a_flag_is_no_axis() -> None:
    text = "import torch\n\n\ndef spread(x: torch.Tensor):\n    return torch.var(x, False)\n"
    result = migrated(text, "keras")
    assert left(result) == ["torch.var"]
    assert "flag" in result.findings[0].message


def test_a_product_with_what_may_hold_bools_is_noted() -> None:
    text = """import torch


def masked(x: torch.Tensor, mask: torch.Tensor):
    return (x * mask).sum() / mask.sum()
"""
    found = migrated(text, "keras").findings
    assert any(
        f.line == 5 and f.kind == "note" and "keras.ops.multiply" in f.message for f in found
    )


def test_what_only_tensors_do_is_told_of_what_is_not_known() -> None:
    for line, api in (
        ("x[[0, 2]]", "[…]"),
        ("x.trunc()", ".trunc()"),
        ("x.new_tensor([1])", ".new_tensor()"),
        ("x.cos_()", ".cos_()"),
    ):
        text = f"import torch\n\n\ndef f(x):\n    y = {line}\n    return torch.abs(y)\n"
        found = [f.api for f in migrated(text, "keras").findings if f.kind == "receiver-unknown"]
        assert api in found, line
