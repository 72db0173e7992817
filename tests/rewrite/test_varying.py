"""What is written for a layer holds for every value of a parameter, or says for which."""

from tests.rewrite.migrating import migrated as migrated_to
from tests.rewrite.migrating import torch_of

CLASS = """
import keras
from keras import layers


class Unit(layers.Layer):
    def __init__(self, filters, stride=1, pad="same"):
        super().__init__()
        self.conv = layers.Conv2D(filters, 3, strides=stride, padding="same")
        self.out = layers.MaxPooling2D(2, padding=pad)

    def call(self, x):
        return self.out(self.conv(x))


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.unit = Unit(16)

    def call(self, x):
        return self.unit(x)
"""


def test_a_parameter_is_not_what_one_call_gives_it() -> None:
    assert "SamePad(3, stride, 1)" in torch_of(CLASS)


def test_what_only_holds_for_the_calls_of_the_file_is_said() -> None:
    findings = migrated_to(CLASS, "torch").findings
    said = [f for f in findings if f.rule == "argument"]
    assert [f.message for f in said] == [
        "written for pad = 'same', which all calls in this file give"
    ]


def test_an_axis_that_other_code_decides_is_said() -> None:
    text = """
    import keras
    from keras import layers, ops


    class Net(keras.Model):
        def __init__(self, axis=-1):
            super().__init__()
            self.conv = layers.Conv2D(4, 3)
            self.axis = axis

        def call(self, x):
            return ops.sum(self.conv(x), axis=self.axis)


    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.net = Net(-1)

        def call(self, x):
            return self.net(x)
    """
    result = migrated_to(text, "torch")
    assert any(f.rule == "argument" for f in result.findings), result.code


def test_what_a_branch_chooses_by_a_parameter_is_said() -> None:
    text = """
    import keras
    from keras import layers


    def build(classes):
        i = keras.Input((4, 4, 3))
        if classes == 2:
            padding = "same"
        else:
            padding = "valid"
        return keras.Model(i, layers.MaxPooling2D(2, padding=padding)(i))


    model = build(2)
    """
    said = [f.message for f in migrated_to(text, "torch").findings if f.rule == "argument"]
    assert said == ["written for padding = 'same', which all calls in this file give"]


def test_a_parameter_that_every_call_gives_the_default_stays_one() -> None:
    text = """
    import keras
    from keras import layers


    def build(use_bias, strides=(1, 1), rate=1):
        i = keras.Input((8, 8, 3))
        x = layers.Conv2D(4, 3, strides=strides, use_bias=use_bias, dilation_rate=rate)(i)
        return keras.Model(i, x)


    model = build(True)
    """
    code = torch_of(text)
    assert "nn.Conv2d(3, 4, 3, stride=strides, dilation=rate, bias=use_bias)" in code
