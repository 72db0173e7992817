"""What models are asked for: their layers, tensors and weights."""

import pytest

from porter.rewrite import migrate_source
from tests.rewrite.migrating import left, torch_of

HEAD = "import keras\nfrom keras import layers\n\n\n"
BUILD = (
    "def build():\n    i = keras.Input((4,))\n    x = layers.Dense(3, name='code')(i)\n"
    "    x = layers.Dense(5, name='more')(x)\n{}"
)


def test_a_model_ends_where_a_layer_of_another_does() -> None:
    code = torch_of(
        HEAD + "i = keras.Input((4,))\nx = layers.Dense(3, name='code')(i)\n"
        "model = keras.Model(i, layers.Dense(4)(x))\n"
        "encoder = keras.Model(model.input, model.get_layer('code').output)\n"
    )
    assert "        self.code = model.code\n" in code
    assert "        x = self.code(i)\n        return x\n\n\nencoder = Encoder(model)\n" in code


def test_a_tensor_whose_name_is_taken_again_is_kept() -> None:
    code = torch_of(
        HEAD
        + BUILD.format(
            "    base = keras.Model(i, x)\n    y = base.output\n    y = layers.Dense(2)(y)\n"
            "    return keras.Model(base.input, [base.get_layer(name='code').output, y])\n"
        )
    )
    whole = code.partition("class Net2(nn.Module):")[2]
    assert "        x = code = self.code(i)\n        x = self.more(x)\n" in whole
    assert "        y = x\n        y = self.fc(y)\n        return code, y\n" in whole


def test_a_layer_by_its_name_is_an_attribute() -> None:
    code = torch_of(
        HEAD + BUILD.format("    return keras.Model(i, x)\n") + "\n\nmodel = build()\n"
        "print(model.get_layer('more'), model.count_params())\n"
    )
    counted = "sum(p.numel() for p in model.parameters())"
    assert f"print(model.more, {counted})\n" in code


NET = (
    "class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
    "        self.a = layers.Dense(3)\n        self.b = layers.Dense(3)\n\n"
    "    def call(self, x):\n        return self.b(self.a(x))\n\n\n"
)


def test_weights_go_from_one_model_to_its_like() -> None:
    code = torch_of(
        HEAD + NET + "one, two = Net(), Net()\ntwo.set_weights(one.get_weights())\n"
        "two.a.set_weights(one.a.get_weights())\n"
    )
    assert "\ntwo.load_state_dict(one.state_dict())\n" in code
    assert "\ntwo.a.load_state_dict(one.a.state_dict())\n" in code


LEFT = {
    "a layer that nobody named": "print(net.get_layer('dense_1'))\n",
    "arrays": "print(net.get_weights()[0])\n",
    "another kind": "net.a.set_weights(net.b.get_weights())\n",
    "arrays from elsewhere": "net.set_weights(arrays)\n",
    "a tensor of what is not known": "model = keras.Model(net.inputs, net.get_layer('x').output)\n",
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_not_known_stays_and_is_said(case: str) -> None:
    result = migrate_source(HEAD + NET + "net = Net()\n" + LEFT[case], to="torch")
    assert left(result)
    assert result.code.rstrip().endswith(LEFT[case].rstrip())


def test_a_model_goes_on_from_where_another_ends() -> None:
    code = torch_of(
        HEAD + "i = keras.Input((4,))\nx = layers.Dense(3)(i)\n"
        "one = keras.Model(i, layers.Dense(2, name='head')(x))\n"
        "two = keras.Model(one.input, layers.Dense(3)(one.output))\n"
    )
    assert "one = Net()\n" in code or "one = One()\n" in code
    assert "        head = self.head(x)\n        return self.fc2(head)\n" in code


def test_the_weights_that_train_are_the_parameters_with_gradients() -> None:
    code = torch_of(
        HEAD + NET + "net = Net()\nnames = [w.shape for w in net.trainable_weights]\n"
        "print(len(net.a.trainable_variables))\n"
    )
    trained = "[p for p in {}.parameters() if p.requires_grad]"
    assert f"names = [w.shape for w in {trained.format('net')}]\n" in code
    assert f"print(len({trained.format('net.a')}))\n" in code


TAPE = """import tensorflow as tf

net = Net()
x = tf.ones((2, 4))
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(net(x))
{}
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("print(tape.gradient(loss, net.trainable_weights))", ".trainable_weights"),
        ("weights = net.trainable_weights\nprint(tape.gradient(loss, weights))", ".gradient()"),
    ],
)
def test_what_a_tape_is_asked_for_is_said(line: str, said: str) -> None:
    result = migrate_source(HEAD + NET + TAPE.format(line), to="torch")
    assert said in {f.api for f in result.findings if f.kind == "todo"}
    assert "tape.gradient(loss, " in result.code
