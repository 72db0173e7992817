"""Functions that a framework's call is given, and layers that nothing is known to be given to."""

from porter.rewrite import migrate_source


def body(text: str) -> str:
    code = migrate_source(text, to="torch").code
    compile(code, "x", "exec")
    return code


def test_branches_of_a_condition_are_translated_and_written_out() -> None:
    code = body(
        "import tensorflow as tf\n\n\n"
        "def f(x, flag):\n"
        "    def other():\n"
        "        return tf.exp(x)\n\n"
        "    return tf.cond(flag, lambda: tf.square(x), other)\n"
    )
    assert "return torch.square(x) if flag else other()" in code
    assert "return torch.exp(x)" in code


def test_what_a_branch_returns_is_in_the_order_of_the_source() -> None:
    code = body(
        "import keras\nimport tensorflow as tf\n\n\n"
        "class Net(keras.Model):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv = keras.layers.Conv2D(4, 3)\n\n"
        "    def call(self, x):\n"
        "        x = self.conv(x)\n"
        "        return tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x)\n"
    )
    assert "x.permute(0, 2, 3, 1) if" in code
    assert "else (-x).permute(0, 2, 3, 1)" in code


def test_a_function_that_is_not_known_is_left() -> None:
    text = "import tensorflow as tf\n\n\ndef f(x, g):\n    return tf.cond(x, g, g)\n"
    migration = migrate_source(text, to="torch")
    assert "tf.cond(x, g, g)" in migration.code
    assert "what the function does is not known here" in migration.code


def test_a_starred_tuple_of_a_template_is_written_out() -> None:
    assert 'print("loss", 1)' in body(
        "import tensorflow as tf\n\ntf.print('loss', 1)\n".replace("'", '"')
    )


def test_a_layer_that_is_applied_nowhere_is_left() -> None:
    migration = migrate_source("import keras\n\nadd = keras.layers.Add()\n", to="torch")
    assert "add = keras.layers.Add()" in migration.code
    assert [f.kind for f in migration.findings] == ["todo"]
