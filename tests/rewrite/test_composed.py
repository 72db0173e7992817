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


LOOP = """
import keras
from keras import layers


class Block(layers.Layer):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = layers.MultiHeadAttention(heads, width // heads)

    def call(self, x):
        return x + self.attention(query=x, key=x, value=x)


width = 8
inputs = keras.Input((5,))
x = layers.Embedding(9, width)(inputs)
for i in range(3):
    x = Block(width, 2)(x)
model = keras.Model(inputs, x)
"""


def test_a_loop_over_a_class_of_the_file_makes_its_modules_changes() -> None:
    code = torch_of(LOOP)
    assert "            self.blocks.append(Block(width, 2))\n" in code
    assert "        for block in self.blocks:\n            x = block(x)\n" in code
    assert "MultiHeadAttention(width, heads, width // heads" in code


def test_a_cell_begins_where_it_did_whatever_moves() -> None:
    cells = LOOP.split("\n\n")
    text = "".join(f"# %% [cell {n}]\n{cell.strip()}\n" for n, cell in enumerate(cells))
    code = torch_of(text)
    marks = [line for line in code.splitlines() if line.startswith("# %%")]
    assert marks == [f"# %% [cell {n}]" for n in range(len(cells))]
