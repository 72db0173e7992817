"""Functional builders with helpers, loops and branches become classes."""

import runpy
from pathlib import Path

import pytest

from tests.rewrite.migrating import left, migrated, torch_of

HEAD = "import keras\nfrom keras import layers\n\n\n"
UNIT = """def unit(x, filters, norm=True):
    x = layers.Conv2D(filters, 3, padding="same")(x)
    if norm:
        x = layers.BatchNormalization()(x)
    return layers.Activation("relu")(x)


"""


def test_a_helper_that_makes_layers_is_a_module() -> None:
    code = torch_of(
        HEAD
        + UNIT
        + """def build(width):
    inputs = keras.Input((8, 8, 3))
    x = unit(inputs, width, norm=False)
    x = unit(x, 2 * width)
    return keras.Model(inputs, x)
"""
    )
    assert (
        "class Unit(nn.Module):\n    def __init__(self, in_channels, filters, norm=True):" in code
    )
    assert "        if norm:\n            self.bn = nn.BatchNorm2d(filters" in code
    assert "        if self.norm:\n            x = self.bn(x)\n" in code
    assert "self.conv = nn.Conv2d(in_channels, filters, 3, padding=1)" in code
    assert "self.unit2 = Unit(width, 2 * width)" in code
    assert "def unit(" not in code
    assert "    return Net(width)" in code or "    return Build(width)" in code


def test_a_turn_of_a_loop_is_a_module_and_the_loop_goes_over_them() -> None:
    code = torch_of(
        HEAD
        + """def build(depth):
    # How wide.
    filters = 16
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(filters, 3, padding="same")(inputs)
    for stack in range(3):
        for i in range(depth):
            # Halved at first.
            strides = 2 if stack and not i else 1
            y = layers.Conv2D(filters, 3, strides=strides, padding="same")(x)
            if strides > 1:
                x = layers.Conv2D(filters, 1, strides=strides)(x)
            x = layers.add([x, y])
        filters *= 2
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
"""
    )
    assert "        self.blocks = nn.ModuleList()\n        for stack in range(3):\n" in code
    assert "                strides = 2 if stack and not i else 1\n" in code
    assert "            filters *= 2\n" in code
    assert "        for block in self.blocks:\n            x = block(x)\n" in code
    assert "        if self.strides > 1:\n            x = self.conv2(x)\n" in code


def test_what_changes_between_the_layers_of_a_turn_is_refused() -> None:
    result = migrated(
        HEAD
        + """def build(filters):
    inputs = keras.Input((8,))
    x = inputs
    for _ in range(3):
        x = layers.Dense(filters)(x)
        filters *= 2
        x = layers.Dense(filters)(x)
    return keras.Model(inputs, x)
""",
        "torch",
    )
    assert "class " not in result.code
    assert any(f.kind == "todo" for f in result.findings)


def test_a_tensor_that_a_caller_may_bring_is_refused_aloud() -> None:
    code = migrated(
        HEAD
        + """def build(include_top=True, input_tensor=None, input_shape=None, classes=10):
    if input_tensor is None:
        image = keras.Input(shape=input_shape)
    else:
        image = input_tensor
    x = layers.Conv2D(4, 3)(image)
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes)(x)
    return keras.Model(image, x)
""",
        "torch",
    ).code
    assert "    if input_tensor is not None:\n        raise ValueError(" in code
    assert "self.conv(image.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)" in code
    assert "torch.mean(x.permute(0, 3, 1, 2), dim=(-2, -1))" in code


def test_branches_for_a_tensor_that_nobody_brings_go() -> None:
    code = torch_of(
        HEAD
        + """
def build(shape=None, image=None):
    if image is None:
        inputs = keras.Input((8, 8, 3))
    else:
        inputs = image
    x = layers.Conv2D(4, 3)(inputs)

    # What is known of the image.
    if shape is not None and image is not None:
        size = image.shape[1]
    # Nobody said.
    elif shape is None:
        size = 8
    else:
        size = shape[0]
    if image is not None and keras.backend.is_keras_tensor(image):
        size = size + 1
    if size > 4:
        x = layers.Conv2D(size, 3)(x)
    return keras.Model(inputs, x)
"""
    )
    assert (
        """
        # What is known of the image.
        # Nobody said.
        if shape is None:
            size = 8
        else:
            size = shape[0]
        self.size = size
"""
        in code
    )
    assert "size + 1" not in code


def test_a_method_builds_with_what_it_reads_of_its_object() -> None:
    code = torch_of(
        HEAD
        + """class GAN:
    def __init__(self):
        self.width = 8
        self.generator = self.build()

    def build(self):
        def up(x, filters, bn=True):
            x = layers.Conv2D(filters, 3, padding="same")(x)
            if bn:
                x = layers.BatchNormalization()(x)
            return x

        noise = keras.Input((8, 8, 3))
        x = up(noise, self.width, bn=False)
        return keras.Model(noise, up(x, 2 * self.width))
"""
    )
    assert "(self.width)" in code.split("class GAN")[1]
    assert "self.bn = bn\n" in code
    assert "self.bn1 = nn.BatchNorm2d(filters" in code


def test_a_script_builds_with_its_own_names() -> None:
    code = torch_of(
        HEAD
        + UNIT
        + """width = 8
inputs = keras.Input((8, 8, 3))
x = inputs
for filters in (width, 2 * width):
    x = unit(x, filters)
rate = 0.3
x = layers.Dropout(rate)(x)
model = keras.Model(inputs, x)
"""
    )
    assert "        for filters in (width, 2 * width):\n" in code
    assert "rate = 0.3\n" in code
    assert code.rstrip().endswith("model = Net()")


def test_branches_with_other_layouts_meet_in_one() -> None:
    code = torch_of(
        HEAD
        + """class Net(keras.Model):
    def __init__(self, deep):
        super().__init__()
        self.deep = deep
        self.one = layers.Conv2D(3, 1)
        self.two = layers.Conv2D(4, 1)

    def call(self, x):
        if self.deep:
            x = self.one(x)
        return self.two(x)
"""
    )
    assert "x = self.one(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)" in code
    assert "return self.two(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)" in code


def test_a_branch_on_what_keras_fixes_is_folded() -> None:
    code = torch_of(
        HEAD
        + """from keras import backend as K

axis = 1 if K.image_data_format() == "channels_first" else 3
if K.image_data_format() == "channels_first":
    shape = (3, 8, 8)
else:
    # Last.
    shape = (8, 8, 3)
"""
    )
    assert code.endswith("axis = 3\n# Last.\nshape = (8, 8, 3)\n")


def test_a_helper_that_cannot_become_a_module_takes_its_callers_along() -> None:
    """Its layers would be made anew at each call."""
    result = migrated(
        HEAD
        + """def unit(x, **given):
    return layers.Conv2D(4, 3, **given)(x)


def build(width):
    inputs = keras.Input((8, 8, 3))
    x = unit(inputs, use_bias=False) if width else inputs
    for i in range(width):
        x = unit(x)
    return keras.Model(inputs, x)
""",
        "torch",
    )
    assert "nn.Module" not in result.code
    assert any(f.kind == "todo" and "keras.Model" in f.rule for f in result.findings)


def test_what_checks_a_builders_arguments_stays_with_it() -> None:
    code = torch_of(
        HEAD
        + UNIT
        + """def build(depth, width=4):
    if depth < 1:
        raise ValueError("too shallow")
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for _ in range(depth):
        x = unit(x, width)
    return keras.Model(inputs, x)
"""
    )
    builder = code[code.index("def build(") :]
    assert "        raise ValueError" in builder
    assert "        raise ValueError" not in code[: code.index("def build(")]


def test_a_size_that_a_loop_changes_is_reckoned_from_turn_to_turn() -> None:
    code = torch_of(
        HEAD
        + """def grow(x, growth):
    y = layers.Conv2D(growth, 3, padding="same")(x)
    return layers.Concatenate()([x, y])


def build(depth, growth):
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for _ in range(depth):
        x = grow(x, growth)
    half = int(x.shape[-1] * 0.5)
    x = layers.Conv2D(half, 1)(x)
    return keras.Model(inputs, x)
"""
    )
    assert "        channels = 3\n        for _ in range(depth):\n" in code
    assert "            channels = channels + growth\n" in code
    assert "half = int(channels * 0.5)" in code
    assert "nn.Conv2d(channels, half, 1)" in code
    assert "Lazy" not in code


def test_a_layer_without_weights_may_be_made_with_what_is_known_where_it_is_applied() -> None:
    result = migrated(
        HEAD
        + """def margin(x):
    return x.shape[1] % 2


def unit(x, filters):
    x = layers.ZeroPadding2D(padding=margin(x))(x)
    return layers.Conv2D(filters, 3)(x)


def build(width):
    inputs = keras.Input((None, None, 3))
    x = unit(inputs, width)
    x = unit(x, width)
    return keras.Model(inputs, x)
""",
        "torch",
    )
    assert "self.conv = nn.Conv2d(in_channels, filters, 3)" in result.code
    assert "self.unit2 = Unit(width, width)" in result.code
    assert "        x = ZeroPadding2d(margin(x))(x)\n" in result.code


def test_a_function_that_a_builder_is_given_is_not_taken_for_one_it_names() -> None:
    """A function may be another one each time: the builder and all that it needs stay."""
    result = migrated(
        HEAD
        + UNIT
        + """def net(stack):
    inputs = keras.Input((8, 8, 3))
    x = stack(unit(inputs, 4))
    return keras.Model(inputs, x)


def small():
    def stack(x):
        return unit(x, 8)

    return net([stack][0])
""",
        "torch",
    )
    assert "nn.Module" not in result.code
    assert "return unit(x, 8)" in result.code
    assert "def unit(" in result.code


def test_what_a_helper_gives_back_is_said_whichever_way_out_it_takes() -> None:
    code = torch_of(
        HEAD
        + """def unit(x, filters):
    given = x.shape[-1]
    wide = int(filters * 1.5)
    y = layers.Conv2D(wide, 1)(x)
    if given == filters:
        return y
    return layers.Conv2D(wide, 1)(y)


def build(width):
    inputs = keras.Input((8, 8, 3))
    x = unit(inputs, width)
    x = unit(x, width)
    return keras.Model(inputs, x)
"""
    )
    assert "\n        self.out_channels = wide\n" in code


UNITS = """import keras
from keras import layers


def unit(inputs, filters=16, first=True):
    x = inputs
    if first:
        x = layers.Conv2D(filters, 3)(x)
        x = layers.BatchNormalization()(x)
    else:
        x = layers.BatchNormalization()(x)
        x = layers.Conv2D(filters, 3)(x)
    return x


def build(shape, turns):
    inputs = keras.Input(%s)
    x = unit(inputs)
    for i in range(turns):
        width = 32
        x = unit(x, width)
    x = unit(x, 2 * width, False)
    return keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))
"""


def test_a_size_that_a_modules_own_argument_says_is_written_with_it() -> None:
    code = torch_of(UNITS % "(32, 32, 3)")
    assert "def __init__(self, in_channels, filters=16, first=True):" in code
    assert "self.bn1 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)" in code
    assert "self.bn2 = nn.BatchNorm2d(in_channels, eps=0.001, momentum=0.01)" in code
    assert "self.bn1 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)" in torch_of(
        UNITS % "shape"
    )


def test_what_a_loop_of_no_turns_leaves_unbound_is_no_argument() -> None:
    code = torch_of(UNITS % "(32, 32, 3)")
    assert "def __init__(self, turns):" in code
    assert "    return Build(turns)" in code or "    return Net(turns)" in code


def test_a_helper_may_be_given_the_rest_by_name() -> None:
    code = torch_of(
        """import keras
from keras import layers


def unit(x, activation="relu", filters=4, strides=1):
    x = layers.Conv2D(filters, 3, strides=strides)(x)
    return layers.Activation(activation)(x)


def build(config, activation="relu"):
    inputs = keras.Input((32, 32, 3))
    x = inputs
    for args in config:
        x = unit(x, activation, **args)
    return keras.Model(inputs, x)
"""
    )
    assert "self.blocks.append(Unit(activation, **args))" in code


def test_a_helper_that_may_be_given_its_tensors_by_name_is_left() -> None:
    result = migrated(
        """import keras
from keras import layers


def unit(x, filters=4):
    return layers.Dense(filters)(x)


def build(width):
    inputs = keras.Input((3,))
    args = {"x": inputs, "filters": width}
    return keras.Model(inputs, unit(**args))
""",
        "torch",
    )
    assert "keras.layers.Dense" in left(result)


def test_a_loop_alone_hands_its_channels_from_turn_to_turn() -> None:
    code = torch_of(
        HEAD
        + """def build(shape):
    inputs = keras.Input(shape)
    x = layers.Conv2D(64, 3)(inputs)
    for size in [128, 256]:
        x = layers.SeparableConv2D(size, 3)(x)
        x = layers.BatchNormalization()(x)
    return keras.Model(inputs, x)


model = build((32, 32, 3))
"""
    )
    assert "        channels = 64\n        for size in [128, 256]:\n" in code
    assert "self.blocks.append(NetBlock(channels, size))\n            channels = size\n" in code
    assert "nn.Conv2d(in_channels, in_channels, 3," in code
    assert "Lazy" not in code


def test_a_model_of_the_file_that_is_applied_is_a_part() -> None:
    code = torch_of(
        HEAD
        + """augment = keras.Sequential([layers.Dense(3), layers.Dropout(0.4)])


def build(shape):
    inputs = keras.Input(shape)
    x = augment(inputs)
    for size in [8, 4]:
        x = layers.Dense(size)(x)
    return keras.Model(inputs, x)


model = build((3,))
"""
    )
    assert "        self.augment = augment\n" in code
    assert "        x = self.augment(inputs)\n" in code


FACTORY = """import keras
from keras import layers


def conv_bn(filters, rate=0.0):
    \"\"\"A convolution and its norm.\"\"\"

    def apply(x):
        x = layers.Conv2D(filters, 1)(x)
        if rate:
            x = layers.Dropout(rate)(x)
        return layers.BatchNormalization()(x)

    return apply


def build(width, rates=(0.0, 0.1)):
    inputs = keras.Input((8, 8, 3))
    x = inputs
    for rate in rates:
        x = conv_bn(width, rate)(x)
    return keras.Model(inputs, x)
"""


def test_a_function_that_gives_back_one_that_makes_layers_is_a_module() -> None:
    code = torch_of(FACTORY)
    assert 'class ConvBn(nn.Module):\n    """A convolution and its norm."""' in code
    assert "def __init__(self, in_channels, filters, rate=0.0):" in code
    assert "self.conv_bn = ConvBn(in_channels, width, rate)" in code
    assert "def conv_bn" not in code


def test_what_such_a_function_gives_back_makes_layers_anew_each_time() -> None:
    text = FACTORY.replace(
        "        x = conv_bn(width, rate)(x)\n",
        "        unit = conv_bn(width, rate)\n        x = unit(unit(x))\n",
    )
    result = migrated(text, "torch")
    assert "self.unit" not in result.code
    assert "keras.layers.Conv2D" in left(result)


def test_a_module_keeps_apart_from_the_function_that_others_still_call() -> None:
    text = FACTORY.replace("conv_bn", "ConvBn") + "\n\ndef other(f, x):\n    return ConvBn(3)(x)\n"
    code = migrated(text, "torch").code
    assert "def ConvBn(filters, rate=0.0):" in code
    assert "class ConvBn2(" in code


def test_sizes_that_only_the_framework_says_are_not_read_in_the_class() -> None:
    code = torch_of(
        """import keras
from keras import layers
from keras.applications import imagenet_utils


def net(width, input_shape=None, image=None):
    input_shape = imagenet_utils.obtain_input_shape(
        input_shape, default_size=8, min_size=4, data_format="channels_last", require_flatten=False
    )
    if image is None:
        inputs = keras.Input(shape=input_shape)
    else:
        inputs = image
    return keras.Model(inputs, layers.Conv2D(width, 3)(inputs))


def small(input_shape=None, image=None):
    return net(4, input_shape, image)
"""
    )
    assert "        self.conv = nn.LazyConv2d(out_channels=width, kernel_size=3)\n" in code
    assert "input_shape[" not in code


def test_what_only_a_branch_binds_is_kept_in_that_branch(tmp_path: Path) -> None:
    code = torch_of(
        HEAD
        + """
def build(sizes, first=True):
    inputs = keras.Input((8,))
    x = inputs
    if first:
        count = sizes[0]
        if count == 8:
            x = layers.Dense(8)(x)
    x = layers.Dense(4)(x)
    return keras.Model(inputs, x)


model = build([8], first=False)
"""
    )
    (tmp_path / "model.py").write_text(code)
    space = runpy.run_path(str(tmp_path / "model.py"))
    assert not hasattr(space["model"], "count")
    assert space["build"]([8]).count == 8


DOUBLED = (
    HEAD
    + UNIT
    + """

def build(n, deep=True):
    n = n * 2
    inputs = keras.Input((8, 8, 3))
    x = inputs
    if deep:
        x = unit(x, n)
    x = layers.Conv2D(n, 1)(x)
    {ends}


made = build(4)
"""
)


@pytest.mark.parametrize(
    "ends",
    [
        "return keras.Model(inputs, x)",
        "model = keras.Model(inputs, x)\n    assert n == 8\n    return model",
    ],
)
def test_an_argument_that_is_changed_is_changed_once(ends: str, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(torch_of(DOUBLED.format(ends=ends)))
    model = runpy.run_path(str(tmp_path / "model.py"))["made"]
    assert model.conv.out_channels == 8


def test_an_argument_that_is_changed_and_given_back_is_refused() -> None:
    result = migrated(DOUBLED.format(ends="return keras.Model(inputs, x), n"), "torch")
    assert "keras.Model" in left(result)
