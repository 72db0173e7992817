"""What stays in the source's framework stays whole: as it is made, and as it is applied."""

import pytest

from tests.rewrite.migrating import migrated

NET = """\
import keras
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.layer = {made}
        self.conv = layers.Conv2D(3, 3)

    def call(self, x, mask=None):
        y = self.layer({given})
        return self.conv(y)
"""

GIVEN = "{} is given where the layer is applied"
CASES = {
    "a mask": ("layers.Dropout(0.5)", "x, mask=mask", GIVEN.format("mask")),
    "a mode": ("layers.ReLU()", "x, training=True", "training is fixed where the layer is applied"),
    "masks": ("layers.Attention()", "[x, x], mask=[mask, mask]", GIVEN.format("mask")),
    "unknown": ("layers.Conv2D(2, 3)", "x, foo=1", GIVEN.format("foo")),
    "activation": ("layers.Conv2D(2, 3, activation='own')", "x", "this activation is not known"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_layer_stays_where_its_call_does(case: str) -> None:
    made, given, why = CASES[case]
    result = migrated(NET.format(made=made, given=given), "torch")
    assert f"        self.layer = {made}\n" in result.code
    assert f"        y = self.layer({given})\n" in result.code
    assert "from keras import layers" in result.code
    assert "self.conv(y.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)" in result.code
    assert [f.message for f in result.findings if f.kind == "todo"] == [why]


def test_one_call_that_stays_keeps_the_layer_for_all() -> None:
    text = """
        from keras import layers

        conv = layers.Conv2D(2, 3)


        def f(x, m):
            return conv(x) + conv(x, mask=m)
    """
    result = migrated(text, "torch")
    assert "conv = layers.Conv2D(2, 3)" in result.code
    assert "    return conv(x) + conv(x, mask=m)" in result.code


def test_a_functional_model_stays_with_its_layer() -> None:
    text = """
        import keras
        from keras import layers

        a = keras.Input((5, 4))
        m = keras.Input((5,), dtype="bool")
        y = layers.GlobalAveragePooling1D()(a, mask=m)
        model = keras.Model([a, m], layers.Dense(3)(y))
    """
    result = migrated(text, "torch")
    assert "layers.GlobalAveragePooling1D()" in result.code
    assert "(a, mask=m)" in result.code
    assert GIVEN.format("mask") in [f.message for f in result.findings]


@pytest.mark.parametrize("given", ["x", "x, training=training", "x, mask=None"])
def test_what_only_says_the_mode_keeps_nothing(given: str) -> None:
    text = NET.format(made="layers.Dropout(0.5)", given=given).replace(
        "mask=None):", "training=None):"
    )
    result = migrated(text, "torch")
    assert "self.layer = nn.Dropout(0.5)" in result.code
    assert not [f for f in result.findings if f.kind == "todo"]


def test_a_model_that_stays_says_which_layer_keeps_it() -> None:
    text = """
        import keras
        from keras import layers

        a = keras.Input((5, 4))
        m = keras.Input((5,), dtype="bool")
        y = layers.Attention()([a, a], mask=[m, m])
        if True:
            model = keras.Model([a, m], layers.Dense(3)(y))
    """
    result = migrated(text, "torch")
    assert "y = layers.Attention()([a, a], mask=[m, m])" in result.code
    assert [f.message for f in result.findings if f.line == 6] == [GIVEN.format("mask")]
