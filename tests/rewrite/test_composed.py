"""A script's models that are made of other models, and code that goes on with their tensors."""

from porter.rewrite import migrate_source
from tests.rewrite.migrating import left, torch_of

PARTS = """
import keras
from keras import layers

inputs = keras.Input((8,))
code = layers.Dense(2)(inputs)
encoder = keras.Model(inputs, [code, code * 2.0])

latent = keras.Input((2,))
outputs = layers.Dense(8)(latent)
decoder = keras.Model(latent, outputs)

# both
outputs = decoder(encoder(inputs)[1])
whole = keras.Model(inputs, outputs)
"""
WHOLE = """class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.decoder = decoder
        self.encoder = encoder

    def forward(self, inputs):
        # both
        outputs = self.decoder(self.encoder(inputs)[1])
        return outputs


whole = Whole()
"""


def test_a_model_of_models_that_share_an_input_changes() -> None:
    code = torch_of(PARTS)
    assert code.endswith(WHOLE)
    assert "class Encoder(nn.Module):" in code
    assert "class Decoder(nn.Module):" in code


def test_tensors_that_are_used_behind_the_model_are_told_of() -> None:
    text = PARTS + "\nloss = keras.ops.mean(outputs - inputs)\nprint(loss)\n"
    result = migrate_source(text, to="torch")
    code = result.code
    assert WHOLE in code
    assert "# porter: todo[outputs] outputs is now inside Whole\n" in code
    assert sorted(left(result)) == ["inputs", "outputs"]


def test_a_model_of_tensors_that_are_not_known_noop() -> None:
    text = PARTS + (
        "\noutputs = [whole.get_layer(name).output for name in keras.names]\n"
        "shown = keras.Model(whole.input, outputs)\n"
    )
    code = migrate_source(text, to="torch").code
    assert "\nshown = keras.Model(whole.input, outputs)\n" in code
    assert WHOLE in code
