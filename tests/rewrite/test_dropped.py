"""What means nothing in the other framework falls away, and is said."""

import pytest

from porter.rewrite import Migration, migrate_source
from tests.rewrite.migrating import assert_changes, left, migrated

KERAS = "import tensorflow as tf\nimport keras\nfrom keras import layers, backend as K\n\n\n"
TORCH = "import torch\nfrom torch import nn\n\n\n"


def notes(result: Migration) -> list[str]:
    return [f.message for f in result.findings if f.kind == "note"]


def test_a_line_goes_and_its_comments_stay() -> None:
    result = migrated(
        KERAS + "# Anew.\nK.clear_session()  # all of it\n\n"
        "def f(x):\n    if x:\n        # Here too.\n        K.clear_session()\n    return x\n",
        "torch",
    )
    assert "clear_session" not in result.code
    assert "# Anew.\n# all of it\n\ndef f(x):\n" in result.code
    assert "def f(x):\n    # Here too.\n    return x\n" in result.code
    assert notes(result) == [
        "keras.backend.clear_session is left out: "
        "PyTorch keeps no graph that would have to be cleared"
    ]
    safe = [f.line for f in result.findings if f.kind == "safe"]
    assert safe == [7, 12]


def test_a_with_gives_way_to_its_body() -> None:
    assert_changes(
        """
        import tensorflow as tf


        def f(x):
            # One.
            with tf.name_scope("a"):  # two
                # Three.
                y = tf.abs(x)
                # Four.
            with open("log") as log, tf.name_scope("b"):
                return y
        """,
        """
        import torch


        def f(x):
            # One.
            # two
            # Three.
            y = torch.abs(x)
            # Four.
            with open("log") as log:
                return y
        """,
        "torch",
    )


def test_a_decorator_goes_and_the_others_stay() -> None:
    code = migrated(
        "import functools\n"
        + KERAS
        + "# Why.\n@functools.cache\n# Fast.\n@tf.function(jit_compile=True)\n"
        "def f(x):\n    return tf.abs(x)\n",
        "torch",
    ).code
    assert "# Why.\n# Fast.\n@functools.cache\ndef f(x):\n    return torch.abs(x)\n" in code


def test_a_switch_of_the_framework_goes() -> None:
    result = migrated(
        TORCH + "torch.backends.cudnn.benchmark = True\nif True: torch.cuda.empty_cache()\n",
        "keras",
    )
    assert result.code == "if True: pass\n"


KEPT = {
    "its value is used": ("torch", KERAS + "fast = tf.function(lambda x: x)\n"),
    "another argument": ("torch", KERAS + "K.set_image_data_format('channels_first')\n"),
    "its name is kept": (
        "torch",
        KERAS + "def f(x):\n    with tf.name_scope('a') as s:\n        return s\n",
    ),
    "on one line": ("keras", TORCH + "if True: torch.cuda.set_device(1)\n"),
    "otherwise": ("keras", TORCH + "if f():\n    pass\nelse: torch.cuda.set_device(1)\n"),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_is_used_stays_and_is_said(case: str) -> None:
    to, text = KEPT[case]
    result = migrate_source(text, to=to)  # type: ignore[arg-type]
    assert len(left(result)) == 1
    assert "# porter: todo[" in result.code
