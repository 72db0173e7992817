"""Imports: every form is understood, what is needed comes, what nothing reads goes."""

import pytest

from tests.rewrite.migrating import assert_changes, assert_noop, keras_of, left, migrated, torch_of

KERAS_FORMS = {
    "tf": ("import tensorflow as tf", "tf.keras.Sequential", "tf.keras.layers.Dense"),
    "keras": ("import keras", "keras.models.Sequential", "keras.layers.Dense"),
    "from-tf": ("from tensorflow import keras", "keras.Sequential", "keras.layers.Dense"),
    "modules": (
        "from tensorflow.keras import layers, models", "models.Sequential", "layers.Dense"
    ),
    "names": (
        "from keras.layers import Dense\nfrom keras.models import Sequential", "Sequential", "Dense"
    ),
    "renamed": (
        "from keras.layers import Dense as D\nfrom keras import Sequential as S", "S", "D"
    ),
    "module-as": (
        "import keras.layers as L\nfrom keras import Sequential", "Sequential", "L.Dense"
    ),
    "dotted": (
        "import tensorflow.keras", "tensorflow.keras.Sequential", "tensorflow.keras.layers.Dense"
    ),
    "old-path": (
        "from keras.layers.core import Dense\nfrom keras.models import Sequential",
        "Sequential",
        "Dense",
    ),
    "star": (
        "from keras.layers import *\nfrom keras.models import Sequential", "Sequential", "Dense"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("imports", "model", "dense"), KERAS_FORMS.values(), ids=KERAS_FORMS)
def test_keras_import_changes(imports: str, model: str, dense: str) -> None:
    text = f"{imports}\nm = {model}([{dense}(3, input_dim=4)])"
    assert_changes(text, "from torch import nn\nm = nn.Sequential(nn.Linear(4, 3))", "torch")


TORCH_FORMS = {
    "torch": "import torch\nm = torch.nn.Sequential(torch.nn.Linear(4, 3))",
    "nn": "from torch import nn\nm = nn.Sequential(nn.Linear(4, 3))",
    "nn-as": "import torch.nn as nn\nm = nn.Sequential(nn.Linear(4, 3))",
    "names": "from torch.nn import Linear, Sequential\nm = Sequential(Linear(4, 3))",
    "renamed": "from torch.nn import Linear as L, Sequential as S\nm = S(L(4, 3))",
    "dotted": "import torch.nn\nm = torch.nn.Sequential(torch.nn.Linear(4, 3))",
    "star": "from torch.nn import *\nm = Sequential(Linear(4, 3))",
}


@pytest.mark.parametrize("text", TORCH_FORMS.values(), ids=TORCH_FORMS)
def test_torch_import_changes(text: str) -> None:
    expected = "import keras\nfrom keras import layers\nm = keras.Sequential([layers.Dense(3)])"
    assert_changes(text, expected, "keras")


MERGED = {
    "beside": (
        "import tensorflow as tf, os\nx = tf.zeros((2, 3))\nprint(os.sep)",
        "import torch\nimport os\nx = torch.zeros(2, 3)\nprint(os.sep)",
    ),
    "between": (
        "import os\nimport tensorflow as tf\nfrom .data import load\nload(os, tf.zeros((2, 3)))",
        "import os\nimport torch\nfrom .data import load\nload(os, torch.zeros(2, 3))",
    ),
    "commented": (
        "# Licence\n'''Doc.'''\nfrom __future__ import annotations\n\n# frameworks\n"
        "import tensorflow as tf\n# mine\nimport os\n\nx = tf.zeros((2,))\nos",
        "# Licence\n'''Doc.'''\nfrom __future__ import annotations\n\n# frameworks\n"
        "import torch\n# mine\nimport os\n\nx = torch.zeros(2)\nos",
    ),
    "in-a-function": (
        "def f():\n    import tensorflow as tf\n    return tf.zeros((2, 3))",
        "import torch\ndef f():\n    return torch.zeros(2, 3)",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MERGED.values(), ids=MERGED)
def test_imports_changes(text: str, expected: str) -> None:
    assert_changes(text, expected, "torch")


OTHERS = {
    "reassigned": "from tensorflow.keras import layers\nlayers = [1, 2]\nprint(layers)",
    "rebound": "import tensorflow as tf\nimport numpy as np\ntf = np\nx = tf.zeros((2, 3))",
    "parameter": "import tensorflow as tf\ndef f(tf):\n    return tf.zeros((2, 3))",
    "own-class": "from keras.layers import Dense\nclass Dense:\n    pass\nd = Dense(3)",
    "own-function": "from keras.layers import Dense\ndef Dense(n):\n    return n\nd = Dense(3)",
    "loop-variable": "import keras\nfor keras in range(3):\n    print(keras.ops)",
    "another-package": "import tensorflow_probability as tf\nx = tf.zeros((2, 3))",
    "not-imported": "x = tf.zeros((2, 3))",
    "only-named": "'''Not keras.'''\nkeras = object()\nprint(keras.layers)",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_meanings_of_a_name_noop(text: str) -> None:
    assert_noop(text, "torch")


def test_an_import_that_is_still_used_is_kept() -> None:
    result = migrated("import tensorflow as tf\nx = tf.nn.relu(tf.no_such(3))\n", "torch")
    assert left(result) == ["tensorflow.no_such"]
    assert result.code == (
        "import tensorflow as tf\nimport torch.nn.functional as F\n"
        "# porter: todo[tensorflow.no_such] no rule for this API\n"
        "x = F.relu(tf.no_such(3))\n"
    )


def test_a_star_import_that_may_be_used_is_kept_and_flagged() -> None:
    text = "from tensorflow.keras.layers import *\nx = Dense(3)\ny = SomethingElse(4)\n"
    result = migrated(text, "torch")
    assert "from tensorflow.keras.layers import *" in result.code
    star = [f for f in result.findings if (f.line, f.column) == (1, 1)]
    assert [f.kind for f in star] == ["todo"]


@pytest.mark.parametrize("other", ["raise", "from tensorflow.keras.layers import Dense"])
def test_guarded_imports_that_nothing_reads_go(other: str) -> None:
    text = f"""
    try:
        from keras.layers import Dense
    except ImportError:
        {other}

    d = Dense(3)
    """
    assert_changes(text, "from torch import nn\n\nd = nn.LazyLinear(out_features=3)", "torch")


def test_a_guarded_import_is_left_alone() -> None:
    text = """
    try:
        import tensorflow as tf
    except ImportError:
        tf = None
    x = tf.zeros((2,))
    """
    result = migrated(text, "torch")
    assert "    import tensorflow as tf\n" in result.code
    assert left(result) == ["tensorflow.zeros"]


TAKEN = {
    "nn": ("nn = 3", "torch.nn.Linear(4, 3)"),
    "F": ("F = 3", "nn.Linear(4, 3)"),
    "torch": ("torch = 3", "nn.Linear(4, 3)"),
}


@pytest.mark.parametrize(("own", "written"), TAKEN.values(), ids=TAKEN)
def test_names_of_the_user_are_not_taken(own: str, written: str) -> None:
    text = f"import keras\n{own}\nm = keras.Sequential([keras.layers.Dense(3, input_dim=4)])\n"
    code = torch_of(text)
    assert own in code
    assert written in code


def test_an_api_with_a_shorter_name_in_rules_is_written_as_it_is_called() -> None:
    """Rules know tf.math.lgamma as tensorflow.lgamma, which does not exist."""
    assert_changes(
        "import torch\ndef f(x):\n    return torch.lgamma(x)",
        "import tensorflow as tf\ndef f(x):\n    return tf.math.lgamma(x)",
        "keras",
    )


def test_an_older_name_of_an_api_is_never_written() -> None:
    """keras.backend.stack stands for keras.ops.stack, which is what the rule writes."""
    assert_changes(
        "import torch\ndef f(x):\n    return torch.stack([x, x])",
        "from keras import ops\ndef f(x):\n    return ops.stack([x, x])",
        "keras",
    )


def test_an_import_of_the_library_goes_where_only_the_translated_read_it() -> None:
    code = keras_of("""
        from collections import OrderedDict, deque
        from math import *
        from torch import nn
        model = nn.Linear(3, 4)
        body = nn.ModuleDict(OrderedDict([("a", model)]))
    """)
    assert "from collections import OrderedDict, deque" in code
    code = keras_of("""
        from collections import OrderedDict, deque
        from torch import nn
        body = nn.Sequential(OrderedDict([("a", nn.Linear(3, 4))]))
    """)
    assert "from collections import deque\n" in code
