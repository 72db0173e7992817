"""Sizes that a formula needs and nobody knows."""

import pytest

from tests.rewrite.migrating import left, migrated

HEAD = "import keras\nfrom keras import layers\n\n"


@pytest.mark.parametrize(
    ("shape", "axis"), [("(None, 6)", "[1, 2]"), ("(None, None, 4)", "(1, 2, 3)")]
)
def test_a_size_that_is_not_known_is_not_written(shape: str, axis: str) -> None:
    result = migrated(
        HEAD + f"i = layers.Input({shape})\n"
        f"m = keras.Model(i, layers.LayerNormalization(axis={axis})(i))\n",
        "torch",
    )
    assert "keras.layers.LayerNormalization" in left(result)
    assert "None" not in result.code.replace(shape, "")
    reasons = {f.message for f in result.findings if f.api == "keras.layers.LayerNormalization"}
    assert reasons == {"normalized_shape is not known here"}


def test_a_known_size_is_written() -> None:
    code = migrated(
        HEAD + "i = layers.Input((5, 6))\n"
        "m = keras.Model(i, layers.LayerNormalization(axis=[1, 2])(i))\n",
        "torch",
    ).code
    assert "nn.LayerNorm((5, 6), eps=0.001)" in code
