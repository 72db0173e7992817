"""A template that names one of the elements of a list that the source wrote down."""

from tests.rewrite.migrating import assert_changes, keras_of, left, migrated


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
