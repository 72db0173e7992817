"""A template that names one of the elements of a list that the source wrote down."""

from tests.rewrite.migrating import assert_changes, keras_of, left, migrated, torch_of


def test_an_element_of_a_written_list_is_written_itself() -> None:
    assert_changes(
        "import keras\ndef f(a, b):\n    return keras.ops.irfft((a, b + 1))",
        "import torch\ndef f(a, b):\n    return torch.fft.irfft(torch.complex(a, b + 1))",
        "torch",
    )


def test_an_element_of_a_list_that_is_not_seen_is_left() -> None:
    result = migrated("import keras\ndef f(pair):\n    return keras.ops.irfft(pair)", "torch")
    assert left(result)


def test_a_helper_comes_where_real_and_complex_may_go_in() -> None:
    code = keras_of("import torch\ndef f(x):\n    return torch.fft.fft(x)")
    assert "tf.signal.fft(as_complex(x))" in code
    assert "def as_complex(x):" in code


def test_a_merge_of_one_tensor_is_given_that_tensor() -> None:
    text = """
    from keras import layers


    class Net(layers.Layer):
        def call(self, x):
            return layers.Concatenate()([x]) + layers.Maximum()([x])
    """
    code = torch_of(text)
    assert "torch.cat([x], dim=-1)" in code
    assert "torch.broadcast_tensors(x)" in code


def test_a_star_in_a_list_of_tensors_is_kept_or_said() -> None:
    text = """
    from keras import layers


    class Net(layers.Layer):
        def call(self, x, more):
            return layers.{}()([*more, x])
    """
    assert "torch.cat([*more, x], dim=-1)" in torch_of(text.format("Concatenate"))
    result = migrated(text.format("Add"), "torch")
    assert left(result)
    assert "what it joins is not known here" in result.findings[0].message
