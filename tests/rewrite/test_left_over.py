"""What nothing reads in a module that porter made: names of layers, empty branches, wrappers."""

import pytest

from tests.rewrite.migrating import migrated, torch_of

NAMED = """
import keras
from keras import layers


def block(x, filters, name=None):
    x = layers.Conv2D(filters, 3, name=name + "_conv")(x)
    return layers.ReLU()(x)


def build(filters, depth):
    inputs = x = keras.Input((32, 32, 3))
    base = "block" + str(filters)
    for i in range(depth):
        x = block(x, filters, {name})
    return keras.Model(inputs, x)
"""


@pytest.mark.parametrize("name", ['name=f"{base}_{i}"', '"%s_%d" % (base, i)'])
def test_names_of_layers_are_not_handed_on(name: str) -> None:
    code = torch_of(NAMED.format(name=name))
    assert "    def __init__(self, in_channels, filters):\n" in code
    assert "        for _ in range(depth):\n" in code
    assert "            self.blocks.append(Block(channels, filters))\n" in code
    assert "base" not in code
    assert "name" not in code


def test_an_argument_that_does_something_noop() -> None:
    code = migrated(NAMED.format(name="next(names)"), "torch").code
    assert "    def __init__(self, in_channels, filters, name=None):\n" in code
    assert "            self.blocks.append(Block(channels, filters, next(names)))\n" in code


def test_a_class_of_the_author_noop() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        class Block(layers.Layer):
            def __init__(self, filters, unread):
                super().__init__()
                self.conv = layers.Conv2D(filters, 3)

            def call(self, x):
                return self.conv(x)


        model = keras.Sequential([keras.Input((8, 8, 3)), Block(4, 5)])
        """
    )
    assert "filters, unread):\n" in code
    assert "4, 5)" in code


HEAD = """
import keras
from keras import layers


def build(filters, pooling, top):
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(filters, 3)(inputs)
    if {test}:
        x = layers.GlobalAveragePooling2D()(x)
    {other}
    return keras.Model(inputs, x)
"""


def test_a_branch_that_makes_nothing_goes() -> None:
    other = 'elif pooling == "max":\n        x = layers.GlobalMaxPooling2D()(x)'
    code = torch_of(HEAD.format(test='pooling == "avg"', other=other))
    assert (
        "        self.pooling = pooling\n        self.conv = nn.Conv2d(3, filters, 3)\n\n    def"
    ) in code
    assert '        if self.pooling == "avg":\n            x = torch.mean(' in code
    assert '        elif self.pooling == "max":\n            x = torch.amax(' in code


@pytest.mark.parametrize(
    ("test", "opposite"),
    [
        ("top", "not top"),
        ("not top", "top"),
        ("pooling == 'avg'", "pooling != 'avg'"),
        ("pooling is None", "pooling is not None"),
        ("top and pooling", "not (top and pooling)"),
    ],
)
def test_the_other_branch_is_all_there_is(test: str, opposite: str) -> None:
    other = (
        "else:\n        x = layers.GlobalMaxPooling2D()(x)\n        x = layers.Dense(filters)(x)"
    )
    code = torch_of(HEAD.format(test=test, other=other))
    assert f"        if {opposite}:\n            self.fc = nn.Linear(filters, filters)\n" in code, (
        code
    )


def test_comments_of_what_goes_stay() -> None:
    other = "else:  # the largest\n        # of all\n        x = layers.GlobalMaxPooling2D()(x)"
    text = HEAD.format(test="top", other=other).replace("top:\n", "top:  # the mean\n")
    code = torch_of(text)
    assert code.count("# the mean") == code.count("# the largest") == code.count("# of all") == 1


def test_a_branch_whose_test_does_something_noop() -> None:
    code = torch_of(
        """
        import keras
        from keras import backend as K


        def prepare(flags):
            if flags.pop():
                K.clear_session()
            return flags
        """
    )
    assert "    if flags.pop():\n        pass\n    return flags\n" in code


def test_comments_above_an_elif_that_goes_stay() -> None:
    other = (
        '# else the largest\n    elif pooling == "max":\n        x = layers.GlobalMaxPooling2D()(x)'
        "\n    # else a layer\n    else:\n        x = layers.Dense(filters)(x)"
    )
    code = torch_of(HEAD.format(test='pooling == "avg"', other=other))
    assert code.count("# else the largest") == code.count("# else a layer") == 1


def test_comments_around_a_value_that_nothing_reads_stay() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def build(filters):
            inputs = keras.Input((32, 32, 3))
            # where the channels are
            axis = 3  # TensorFlow's order
            x = layers.Conv2D(filters, 3)(inputs)
            x = layers.BatchNormalization(axis=axis)(x)
            return keras.Model(inputs, x)

        """
    )
    assert code.count("# where the channels are") == code.count("# TensorFlow's order") == 1, code
    assert "axis" not in code


def test_comments_among_arguments_and_at_the_end_of_branches_stay() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def build(filters, deep):
            inputs = keras.Input((32, 32, 3))
            x = layers.Conv2D(
                filters,  # how many
                # square
                3,
                strides=2,
            )(inputs)
            if deep:
                x = layers.BatchNormalization()(x)
                # the last of it
            else:
                x = layers.ReLU()(x)
                # nothing else
            return keras.Model(inputs, keras.ops.sum(
                x,  # all of them
                axis=-1,
            ))
        """
    )
    assert "        # how many\n        # square\n        self.conv = nn.Conv2d(" in code
    assert "momentum=0.01)\n            # the last of it\n        else:\n" in code
