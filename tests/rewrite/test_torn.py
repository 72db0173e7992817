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
