"""What a run was seen to be given fills what the code does not say, and nothing else."""

from dataclasses import replace

from porter.source import SeenCall, SeenShapes
from tests.rewrite.migrating import keras_of, migrated, torch_of

NET = """import keras
from keras import layers


def net(load, classes):
    image = keras.Input(load())
    x = layers.Conv2D(4, 3)(image)
    x = layers.Flatten()(x)
    return keras.Model(image, layers.Dense(classes)(x))
"""
SEEN = SeenShapes(
    "net(load, 5)",
    (
        SeenCall(7, 9, ((2, 8, 8, 3),)),
        SeenCall(8, 9, ((2, 6, 6, 4),)),
        SeenCall(9, 31, ((2, 144),)),
    ),
)


def test_sizes_that_were_seen_are_written() -> None:
    code = torch_of(NET, seen=SEEN)
    assert "        self.conv = nn.Conv2d(3, 4, 3)\n" in code
    assert "        self.fc = nn.Linear(144, classes)\n" in code


def test_where_they_come_from_is_said_once() -> None:
    found = [f for f in migrated(NET, "torch", seen=SEEN).findings if f.rule == "observe"]
    (note,) = found
    assert (note.line, note.column, note.kind) == (7, 9, "note")
    assert "when net(load, 5) ran" in note.message


def test_what_was_seen_of_another_version_is_not_used() -> None:
    result = migrated(NET, "torch", seen=replace(SEEN, is_stale=True))
    assert "nn.LazyConv2d(" in result.code
    assert [f.message for f in result.findings if f.rule == "observe"] == [
        "the shapes that porter observe saw are of another version of this file, and are not used"
    ]


def test_what_the_code_says_is_kept() -> None:
    text = NET.replace("net(load, classes)", "net(n, classes)").replace("load()", "(n, n, 1)")
    code = torch_of(text, seen=SEEN)
    assert "        self.conv = nn.Conv2d(1, 4, 3)\n" in code


def test_a_size_that_was_not_always_the_same_is_not_written() -> None:
    seen = SeenShapes("net(load, 5)", (SeenCall(7, 9, ((2, None, None, None),)),))
    assert "nn.LazyConv2d(out_channels=4, kernel_size=3)" in torch_of(NET, seen=seen)


def test_a_module_that_nothing_here_applies_knows_how_long_its_input_is() -> None:
    text = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        return self.pool(torch.flip(x, [-1])).reshape(x.size(0), -1)
"""
    seen = SeenShapes("Net()", (), {"Net": ((2, 3, 8, 8),)})
    assert "ops.flip(" in keras_of(text, seen=seen)
