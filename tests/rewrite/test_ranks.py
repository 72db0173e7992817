"""What Keras has for tensors of some ranks and amounts only."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.rewrite.migrating import keras_of, left, migrated, on_one_line, torch_of

TENSORS = """
import torch
import torch.nn.functional as F

m = torch.ones(3, 4)
v = torch.ones(4)
w = torch.ones(3)
y = """
PRODUCTS = {
    "m @ v": "ops.matmul(m, v)",
    "w @ m": "ops.matmul(w, m)",
    "v @ v": "ops.matmul(v, v)",
    "w @ m @ v": "ops.matmul(ops.matmul(w, m), v)",
    "2 * (m @ v)": "2 * ops.matmul(m, v)",
    "torch.matmul(m, v)": "ops.matmul(m, v)",
    "m @ m": "m @ m",
}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_with_a_vector_is_a_function(product: str) -> None:
    text = "import torch.nn.functional as F\n"
    code = keras_of(TENSORS.replace(text, "") + product)
    assert f"y = {PRODUCTS[product]}\n" in code


def test_a_product_keeps_its_comments() -> None:
    text = TENSORS.replace("import torch.nn.functional as F\n", "")
    code = keras_of(text + "(\n    m  # weights\n    @ v  # bias\n)")
    assert code.endswith("y = (\n    ops.matmul(m  # weights\n    , v)  # bias\n)\n")


@pytest.mark.parametrize("pads", ["(-1, -1)", "(1, -1)", "(0, -2, 1, 1)"])
def test_a_pad_that_cuts_goes_to_the_helper(pads: str) -> None:
    assert f"y = zero_padded(m, {pads})\n" in keras_of(TENSORS + f"F.pad(m, {pads})")


@pytest.mark.parametrize("pads", ["(1, 1), value=1.5", "(1, 1)"])
def test_a_pad_that_adds_is_one_of_keras(pads: str) -> None:
    assert "y = ops.pad(m, ((0, 0), (1, 1))" in keras_of(TENSORS + f"F.pad(m, {pads})")


@pytest.mark.parametrize("kind", ["Avg", "Max"])
@pytest.mark.parametrize("size", ["None", "(None, 3)"])
def test_adaptive_pooling_that_keeps_a_size_is_left(kind: str, size: str) -> None:
    text = f"""
        from torch import nn


        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.pool = nn.Adaptive{kind}Pool2d({size})

            def forward(self, x):
                return self.pool(x)
    """
    result = migrated(text, "keras")
    assert f"self.pool = nn.Adaptive{kind}Pool2d({size})" in result.code
    assert ["None keeps" in f.message for f in result.findings if f.kind == "todo"] == [True]


RESIZED = """
    import keras
    import tensorflow as tf
    from keras import layers


    class Net(keras.Model):
        def __init__(self, size):
            super().__init__()
            self.size = size
            self.pool = layers.MaxPooling2D(2)

        def call(self, x):
            return tf.image.resize(self.pool(x), self.size)
"""


def test_pixels_of_a_size_that_nothing_says_come_back_in_their_order() -> None:
    code = torch_of(RESIZED)
    assert "interpolate(self.pool(x.permute(0, 3, 1, 2)), size=self.size" in on_one_line(code)
    assert code.rstrip().endswith(".permute(0, 2, 3, 1)")


def test_a_result_of_which_nothing_tells_the_rank_is_left(tmp_path: Path) -> None:
    rule = """
        [[rule]]
        id = "own-resize"
        keras = "tensorflow.image.resize(images: tensor, size)"
        torch = "torch.nn.functional.interpolate(input, size=None)"
        from = "keras"
        layout = "channels"
        rank = "4"
        write.torch = "torch.nn.functional.interpolate(images, size=size)"
        shape.keras = "[images.shape[0], *size, images.shape[-1]]"
    """
    (tmp_path / "own.toml").write_text(dedent(rule))
    result = migrated(RESIZED, "torch", rule_dirs=(tmp_path,))
    assert left(result) == ["tensorflow.image.resize"]
    assert "how many dimensions its result has is not known here" in result.code


PADDED = """
    from torch import nn


    class Net(nn.Module):
        def __init__(self, pad):
            super().__init__()
            self.pad = nn.ZeroPad2d({})

        def forward(self, x):
            return self.pad(x)
"""


@pytest.mark.parametrize(
    ("pads", "expected"),
    [
        ("pad", "pad"),
        ("pad + 1", "pad + 1"),
        ("(pad, pad, pad, pad)", "pad"),
        ("(0, 0, pad, pad)", "(pad, 0)"),
        ("(0, pad, 1, 2)", "((1, 2), (0, pad))"),
    ],
)
def test_pads_that_only_a_caller_knows(pads: str, expected: str) -> None:
    assert f"layers.ZeroPadding2D(padding={expected})" in keras_of(PADDED.format(pads))
