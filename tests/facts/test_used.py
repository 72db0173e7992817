"""What a call's result is used for, what arguments are called, and in which order tensors stand."""

import pytest

from porter.facts import Tensor
from tests.facts.interpreting import argument, facts_of, value_of

USED = {
    "whole": ("y = torch.max(x, 1)", "all"),
    "item": ("y = torch.max(x, 1)[0]", (0,)),
    "unpacked": ("a, b = torch.max(x, 1)\nprint(a, b)", "all"),
    "one-read": ("_, b = torch.max(x, 1)\nprint(b)", (1,)),
    "nothing-read": ("a, b = torch.max(x, 1)", ()),
}


@pytest.mark.parametrize(("text", "used"), USED.values(), ids=USED)
def test_used_parts(text: str, used: object) -> None:
    facts = facts_of("x = torch.zeros(2, 3)\n" + text, "torch")
    assert [f.used for f in facts.calls.values() if f.api == "torch.max"] == [used]


NAMES = {
    "module-constant": ("WIDTH = 16\nlayers.Dense(WIDTH)", "WIDTH"),
    "arithmetic": ("def f(width):\n    return layers.Dense(4 * width)", "4 * width"),
    "folded": ("layers.Dense(2 * 3)", "6"),
    "attribute": (
        "class A(keras.Model):\n    def __init__(self, n):\n        self.n = n\n"
        "        self.d = layers.Dense(self.n)\n",
        "self.n",
    ),
    "item-of-a-dict": ("c = {'n': 5}\nlayers.Dense(c['n'])", "c['n']"),
    "default": ("def f(n=3):\n    return layers.Dense(n)\nf()", "n"),
    "joined": ("def f(n):\n    return layers.Dense(n)\nf(3)\nf(4)", "n"),
    "shape": ("x = tf.zeros((2, 7))\nlayers.Dense(x.shape[-1])", "7"),
    "length": ("layers.Dense(len([1, 2, 3]))", "3"),
    "sum": ("layers.Dense(sum([1, 2, 3]))", "6"),
    "extreme": ("layers.Dense(max(3, 8) + min(1, 2))", "9"),
}


@pytest.mark.parametrize(("text", "written"), NAMES.values(), ids=NAMES)
def test_arguments_are_called_as_the_author_calls_them(text: str, written: str) -> None:
    assert argument(facts_of(text), "keras.layers.Dense", "units") == written


IMAGE = "x = keras.Input((8, 8, 3))\ny = layers.Conv2D(4, 3)(x)\n"
ORDERS = {
    "input": ("y = x", None),
    "convolved": ("", (0, 3, 1, 2)),
    "elementwise": ("y = tf.nn.relu(y + 1)", (0, 3, 1, 2)),
    "concatenated": ("y = tf.concat([y, y], axis=-1)", (0, 3, 1, 2)),
    "flattened": ("y = layers.Flatten()(y)", None),
    "reduced": ("y = tf.reduce_mean(y, axis=[1, 2])", None),
    "with-what-is-not-known": ("y = y + z", None),
}


@pytest.mark.parametrize(("text", "order"), ORDERS.values(), ids=ORDERS)
def test_the_order_in_which_the_target_holds_a_tensor(text: str, order: object) -> None:
    value = value_of(IMAGE + text, "y")
    assert isinstance(value, Tensor)
    assert value.order == order


def test_only_the_boundary_is_permuted() -> None:
    facts = facts_of(IMAGE + "y = tf.nn.relu(y)\ny = layers.Conv2D(4, 3)(y)\n")
    orders = [p.order for p in facts.permutes.values() if p is not None]
    assert orders == [(0, 3, 1, 2)]


def test_tensors_of_two_layouts_at_one_place_are_a_conflict() -> None:
    text = "def f(a):\n    return layers.Conv2D(4, 3)(a)\nf(x)\nf(y)\n"
    assert set(facts_of(IMAGE + text).conflicts.values()) == {
        "tensors arrive here in different layouts"
    }


PERMUTES = {
    "there": "y = x.permute(0, 2, 3, 1)",
    "and-back": "y = x.permute(0, 2, 3, 1)\ny = y.permute(0, 3, 1, 2)",
}


@pytest.mark.parametrize("text", PERMUTES.values(), ids=PERMUTES)
def test_a_permute_to_the_targets_own_order_falls_away(text: str) -> None:
    head = "x = nn.Conv2d(3, 4, 3)(torch.zeros(2, 3, 8, 8))\n"
    facts = facts_of(head + text, "torch")
    assert len(facts.dropped - facts.kept) == text.count("permute")
