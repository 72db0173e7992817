"""Functions as layers, and as activations of layers."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import left, torch_of

HEAD = (
    "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n\n"
)


def forward(layers: str, shape: str = "(8, 8, 3)") -> str:
    """The body of the forward that a functional model of these lines becomes."""
    code = torch_of(
        HEAD + f"i = keras.Input({shape})\nx = layers.Conv2D(4, 3)(i)\n{layers}"
        "model = keras.Model(i, x)\n"
    )
    return code.partition("i.permute(0, 3, 1, 2))\n")[2].partition("\n\n\n")[0]


IN_FORWARD = {
    "a lambda is written out": ("x = layers.Lambda(lambda t: t / 255)(x)\n", "x = x / 255"),
    "what it names stays": (
        "x = layers.Lambda(lambda x: tf.reshape(x, x.shape[0]) + t(x=x).x)(x)\n".replace(
            "tf.reshape(x, x.shape[0]) + t(x=x).x", "tf.abs(x=x)"
        ),
        "x = torch.abs(x)",
    ),
    "an axis follows the layout": (
        "x = layers.Lambda(lambda t: tf.reduce_sum(t, axis=-1, keepdims=True))(x)\n",
        "x = torch.sum(x, dim=1, keepdim=True)",
    ),
    "elements of a list": (
        "y = tf.abs(x)\nx = layers.Lambda(lambda t: t[0] * t[1])([x, y])\n",
        "x = x * y",
    ),
    "a framework's function": ("x = layers.Lambda(tf.nn.relu)(x)\n", "x = F.relu(x)"),
    "with arguments": (
        "x = layers.Lambda(tf.reduce_max, arguments={'axis': 3, 'keepdims': True})(x)\n",
        "x = torch.amax(x, dim=1, keepdim=True)",
    ),
    "what computes is not written twice": (
        "x = layers.Lambda(lambda t: t * t)(layers.Conv2D(2, 1)(x))\n",
        "x = (lambda t: t * t)(self.conv2(x))",
    ),
    "another of its name is not confused": (
        "x = layers.Lambda(lambda t: (lambda t: t + 1)(t))(x)\n",
        "x = (lambda t: (lambda t: t + 1)(t))(x)",
    ),
    "over several lines": (
        "x = layers.Lambda(lambda t: t\n    + 1)(x)\n",
        "x = (x\n    + 1)",
    ),
    "inside another expression": (
        "x = layers.Lambda(lambda t: t + 1)(x) * 2\n",
        "x = (x + 1) * 2",
    ),
}


@pytest.mark.parametrize("case", IN_FORWARD)
def test_a_function_is_applied_in_forward(case: str) -> None:
    given, expected = IN_FORWARD[case]
    wanted = "\n".join("        " + line.strip() for line in expected.splitlines())
    body = "\n".join("        " + line.strip() for line in forward(given).splitlines())
    assert wanted in body


def test_a_function_of_the_program_is_called() -> None:
    code = torch_of(
        HEAD + "def scaled(x, by=1):\n    return tf.exp(x) * by\n\n\n"
        "i = keras.Input((3,))\n"
        "model = keras.Model(i, layers.Lambda(scaled, arguments={'by': 2}, name='s')(i))\n"
    )
    assert "        return scaled(i, by=2)\n" in code
    assert "torch.exp(x) * by" in code


def test_a_container_keeps_it_in_a_module() -> None:
    code = torch_of(
        HEAD + "model = keras.Sequential([\n    keras.Input((8, 8, 3)),\n"
        "    layers.Conv2D(4, 3, activation=lambda x: tf.nn.relu(x) * 2),\n"
        "    layers.Lambda(lambda x: tf.reduce_max(x, axis=-1)),\n])\n"
    )
    assert "    LambdaLayer(lambda x: F.relu(x) * 2),\n" in code
    assert "    LambdaLayer(lambda x: torch.amax(x, dim=1)),\n" in code


def test_a_layer_that_is_applied_twice_is_kept_in_a_module() -> None:
    code = torch_of(
        HEAD + "i = keras.Input((3,))\nthird = layers.Lambda(lambda x: x / 3)\n"
        "model = keras.Model(i, third(third(i)))\n"
    )
    assert "        self.third = LambdaLayer(lambda x: x / 3)\n" in code
    assert "        return self.third(self.third(i))\n" in code


def test_an_activation_of_the_program_is_rewritten() -> None:
    code = torch_of(
        HEAD + "i = keras.Input((3,))\n"
        "model = keras.Model(i, layers.Dense(4, activation=lambda x: tf.nn.relu(x))(i))\n"
    )
    assert "        return F.relu(self.fc(i))\n" in code


LEFT = {
    "a mask": "layers.Lambda(f, mask=None)",
    "told of training": "layers.Lambda(lambda x, training=None: x)",
    "a layer": "layers.Lambda(layers.Dense(3))",
    "arguments that are not written out": "layers.Lambda(f, arguments=options)",
    "nothing": "layers.Lambda()",
}


@pytest.mark.parametrize("case", LEFT)
@pytest.mark.parametrize("model", ["keras.Sequential([keras.Input((3,)), {}])", "{}(i)"])
def test_what_is_more_than_a_function_is_left(case: str, model: str) -> None:
    made = model.format(LEFT[case])
    if model.startswith("{}"):
        made = f"keras.Model(i, {made})"
    text = HEAD + f"def build(f, options):\n    i = keras.Input((3,))\n    return {made}\n"
    result = migrate_source(text, to="torch")
    assert left(result)
    assert "# porter: todo[" in result.code
