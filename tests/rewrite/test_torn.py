"""What several ways leave in different layouts is marked where it is read, wherever it was held."""

import pytest

from tests.rewrite.migrating import migrated, torch_of

NET = """
import keras
from keras import layers


class Net(keras.Model):
    def __init__(self, deep):
        super().__init__()
        self.conv = layers.Conv2D(3, 3, padding="same")
        self.pool = layers.MaxPooling2D()
        self.deep = deep

    def call(self, x):
{lines}
"""
MARK = "tensors arrive here in different layouts"
HELD = {
    "attribute": """
        if self.deep:
            self.h = self.conv(x)
        else:
            self.h = x
        return self.pool(self.h)
    """,
    "dict": """
        maps = {"a": x}
        if self.deep:
            maps["a"] = self.conv(x)
        return self.pool(maps["a"])
    """,
    "list": """
        maps = [x]
        if self.deep:
            maps.append(self.conv(x))
        else:
            maps.append(x)
        return self.pool(maps[1])
    """,
    "try": """
        try:
            y = self.conv(x)
        except ValueError:
            y = x
        return self.pool(y)
    """,
}


@pytest.mark.parametrize("held", HELD)
def test_it_is_marked_where_it_is_read(held: str) -> None:
    found = migrated(NET.replace("{lines}", HELD[held].strip("\n")), "torch").findings
    assert [f.message for f in found if f.kind == "todo"] == [MARK]


ALIKE = {
    "attribute": HELD["attribute"].replace("self.h = x", "self.h = self.pool(x)"),
    "dict": HELD["dict"].replace('{"a": x}', '{"a": self.pool(x)}'),
    "list": HELD["list"]
    .replace("[x]", "[self.pool(x)]")
    .replace("append(x)", "append(self.pool(x))"),
    "try": HELD["try"].replace("y = x", "y = self.pool(x)"),
}


@pytest.mark.parametrize("held", ALIKE)
def test_what_all_ways_hold_alike_noop(held: str) -> None:
    code = torch_of(NET.replace("{lines}", ALIKE[held].strip("\n")))
    assert code.count(".permute(0, 2, 3, 1)") == 1


LEFT = """
from tensorflow.keras import layers as L
from tensorflow.keras.models import Model


def conv(x, filters):
    return L.Conv2D(filters, 3, padding="same")(x)


def residual(x, filters):
    short = x
    x = {applied}
    if short.shape[-1] != filters:
        short = L.Conv2D(filters, 1)(short)
    return L.Add()([x, short])


def build(widths=(8, 8)):
    inputs = L.Input((16, 16, 3))
    skips = []
    x = {first}
    for w in widths:
        x = residual(x, w)
        skips.append(x)
    for skip in skips:
        x = L.Conv2D(4, 1)(L.Concatenate()([x, skip]))
    return Model(inputs, x)
"""


@pytest.mark.parametrize(
    ("first", "applied"),
    [
        ("conv(inputs, 8)", "conv(x, filters)"),
        ("inputs", 'L.Conv2D(filters, 3, padding="same")(x)'),
    ],
)
def test_what_a_builder_that_stays_reads_noop(first: str, applied: str) -> None:
    code = migrated(LEFT.format(first=first, applied=applied), "torch").code
    assert "    if short.shape[-1] != filters:\n" in code
    assert "    short = x\n" in code
    assert "permute" not in code


def test_what_no_call_of_the_file_gives_is_not_none_where_it_is_used() -> None:
    result = migrated(
        """
        import torch
        from torch import nn


        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(8, 16)

            def forward(self, x, mask=None, scale=None):
                x = self.fc(x)
                if mask is not None:
                    x = x * mask.unsqueeze(-1)
                if scale is None:
                    return x
                else:
                    return scale.sqrt() * x


        out = Net()(torch.randn(4, 8))
        """,
        "keras",
    )
    told = [f.line for f in result.findings if f.kind == "receiver-unknown"]
    assert len(told) == 2, result.findings
