"""Inputs whose shape is known by a name alone have as many dimensions as what they go to takes."""

from tests.rewrite.migrating import left, migrated, torch_of

HEAD = "import keras\nfrom keras import layers\n\n\n"


def test_the_channels_are_read_of_the_shape_that_the_builder_is_told() -> None:
    code = torch_of(
        HEAD
        + """def net(shape, classes):
    image = keras.Input(shape=shape)
    x = layers.Conv2D(4, 3)(image)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(classes)(x))
"""
    )
    assert "    def __init__(self, shape, classes):\n" in code
    assert "        self.conv = nn.Conv2d(shape[-1], 4, 3)\n" in code
    assert "        x = self.conv(image.permute(0, 3, 1, 2))\n" in code
    assert "    return Net(shape, classes)\n" in code


def test_a_helper_is_told_the_channels() -> None:
    code = torch_of(
        HEAD
        + """def block(x, width):
    y = layers.Conv2D(width, 3, padding="same")(x)
    return layers.concatenate([x, y])


def net(shape, classes):
    image = keras.Input(shape)
    x = block(image, 4)
    x = block(x, 8)
    return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))
"""
    )
    assert "        self.conv = nn.Conv2d(in_channels, width, 3, padding=1)\n" in code
    assert "        self.fc = nn.Linear(shape[-1] + 4 + 8, classes)\n" in code


def test_a_loop_begins_with_the_channels() -> None:
    code = torch_of(
        HEAD
        + """def net(shape):
    image = keras.Input(shape)
    x = image
    for width in (8, 16):
        x = layers.Conv2D(width, 3, padding="same")(x)
    return keras.Model(image, x)
"""
    )
    assert "        channels = shape[-1]\n" in code
    assert "            self.blocks.append(NetBlock(channels, width))\n" in code


def test_sequentials_read_it_too() -> None:
    code = torch_of(
        HEAD
        + """def listed(shape):
    return keras.Sequential([keras.Input(shape=shape), layers.Conv2D(4, 3)])


def added(shape):
    model = keras.Sequential()
    model.add(layers.Conv2D(4, 3, input_shape=shape))
    return model
"""
    )
    assert code.count("nn.Conv2d(shape[-1], 4, 3)") == 2


def test_one_size_is_a_shape() -> None:
    code = torch_of(
        """from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Model

x = Input(shape=(784))
model = Model(x, Dense(10)(x))
"""
    )
    assert "        self.fc = nn.Linear(784, 10)\n" in code


def test_what_a_call_gives_is_not_called_again_for_its_sizes() -> None:
    code = torch_of(
        HEAD
        + """def net(path, load):
    image = keras.Input(load(path))
    return keras.Model(image, layers.Conv2D(4, 3)(image))
"""
    )
    assert "        self.conv = nn.LazyConv2d(out_channels=4, kernel_size=3)\n" in code
    assert "load(path)" not in code


def test_items_of_a_list_that_stands_elsewhere_are_read_by_their_places() -> None:
    result = migrated(
        HEAD
        + """def net(sizes):
    height, width, depth = sizes
    image = keras.Input(sizes)
    return keras.Model(image, layers.Conv2D(4, 3)(image))


model = net(("a".find("b") + 9, 8, len("abc")))
""",
        "torch",
    )
    assert not left(result)
    assert "nn.Conv2d(sizes, " not in result.code
