"""A line that porter wrote is broken where it passes the margin; the author's stay."""

from tests.rewrite.migrating import torch_of

BUILD = """
import keras
from keras import layers


def block(x, {parameters}):
    x = layers.Conv2D(filters, kernel_size, strides=strides, use_bias=use_bias)(x)
    return layers.ReLU()(x)


inputs = keras.Input((32, 32, 3))
outputs = block(inputs, {arguments})
model = keras.Model(inputs, outputs)
"""
LONG = (
    "filters, kernel_size=(3, 3), strides=(1, 1), use_bias=False, rate_that_is_said_at_length=0.5"
)


def test_a_line_that_fits_noop() -> None:
    code = torch_of(
        BUILD.format(
            parameters="filters, kernel_size, strides, use_bias", arguments="4, 3, 1, True"
        )
    )
    assert "    def __init__(self, in_channels, filters, kernel_size, strides, use_bias):\n" in code
    assert "        self.block = Block(3, 4, 3, 1, True)\n" in code


def test_parameters_go_on_the_next_line_or_on_one_each() -> None:
    text = BUILD.format(parameters=LONG, arguments="4")
    text = text.replace("layers.ReLU()", "layers.Dropout(rate_that_is_said_at_length)")
    code = torch_of(text)
    assert (
        "    def __init__(\n"
        "        self,\n"
        "        in_channels,\n"
        "        filters,\n"
        "        kernel_size=(3, 3),\n"
        "        strides=(1, 1),\n"
        "        use_bias=False,\n"
        "        rate_that_is_said_at_length=0.5,\n"
        "    ):\n"
    ) in code


def test_a_call_goes_over_several_lines() -> None:
    kernel = "kernel_size_of_the_first_of_all_layers"
    code = torch_of(
        f"""
        import keras
        from keras import layers


        def build(filters_of_the_first_of_all_layers, {kernel}):
            inputs = keras.Input((32, 32, 3))
            x = layers.Conv2D(filters_of_the_first_of_all_layers, {kernel})(inputs)
            return keras.Model(inputs, layers.MaxPooling2D(2)(x))
        """
    )
    assert (
        "        self.conv = nn.Conv2d(\n"
        f"            3, filters_of_the_first_of_all_layers, {kernel}\n"
        "        )\n"
    ) in code
