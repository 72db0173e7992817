"""Functions that are only known when the program runs."""

from tests.rewrite.migrating import torch_of

HEAD = "import keras\nfrom keras import activations, layers\n\n\n"


def layer(init: str, call: str, params: str = "") -> str:
    return (
        f"{HEAD}class Block(layers.Layer):\n    def __init__(self{params}):\n"
        "        super().__init__()\n        self.conv = layers.Conv2D(4, 3)\n"
        f"        {init}\n\n    def call(self, x, f=None):\n        return {call}\n"
    )


def test_an_activation_is_looked_up_by_its_name() -> None:
    code = torch_of(
        layer("self.act = activations.get(act)", "self.act(self.conv(x))", ", act='relu'")
    )
    assert "        self.act = Activation(act)\n" in code
    assert "class Activation(nn.Module)" in code
    assert "self.act(self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))" in code


def test_what_is_not_known_gets_its_tensors_in_the_source_s_order() -> None:
    code = torch_of(layer("self.f = None", "f(y=[self.conv(x)], n=len(x))"))
    assert "return f(y=[self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)], n=len(x))" in code
