"""Helpers stand behind what they read, under names that the file uses for nothing else."""

from tests.rewrite.migrating import left, migrated, torch_of

BUILD = """


class Block(layers.Layer):
    def __init__(self, act):
        super().__init__()
        self.act = layers.Activation(act)

    def call(self, x):
        return self.act(x)
"""


def test_the_import_of_a_helpers_name_goes() -> None:
    text = "import keras\nfrom keras import layers\nfrom keras.layers import Activation\n"
    code = torch_of(text + BUILD.replace("layers.Activation", "Activation"))
    assert "class Activation(nn.Module):" in code
    assert "        self.act = Activation(act, dim=-1)\n" in code


def test_a_helper_gives_way_to_a_class_of_the_file() -> None:
    text = "from keras import layers\n\n\nclass Activation:\n    pass\n\n\nown = Activation()\n"
    code = torch_of(text + BUILD)
    assert "class Activation2(nn.Module):" in code
    assert "        self.act = Activation2(act, dim=-1)\n" in code
    assert "own = Activation()\n" in code


def test_a_helper_gives_way_to_an_import_that_stays() -> None:
    text = "from keras import layers\nfrom keras.layers import Activation\n\nprint(Activation)\n"
    result = migrated(text + BUILD, "torch")
    assert "from keras.layers import Activation\n" in result.code
    assert "class Activation2(nn.Module):" in result.code
    assert left(result) == ["keras.layers.Activation"]
    assert not any("porter_" in f.message for f in result.findings)


def test_helpers_stand_behind_the_imports_that_they_read() -> None:
    guarded = "import inspect\n\ntry:\n    import foo\nexcept ImportError:\n    foo = None\n"
    code = torch_of(guarded + "\nfrom keras import layers\n" + BUILD)
    assert code.index("from torch import nn") < code.index("class Activation(nn.Module):")
