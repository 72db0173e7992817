"""Sizes that change from turn to turn of a loop."""

from tests.rewrite.migrating import torch_of


def test_two_sizes_that_change_alike_are_one() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def build(classes):
            inputs = keras.Input((32, 32, 3))
            x = layers.Conv2D(16, 3, padding="same")(inputs)
            before = x
            for width in [32, 64]:
                x = layers.Conv2D(width, 3, padding="same")(x)
                x = layers.Conv2D(width, 3, padding="same")(x)
                x = layers.add([x, layers.Conv2D(width, 1)(before)])
                before = x
            return keras.Model(inputs, layers.Dense(classes)(x))
        """
    )
    assert "    def __init__(self, in_channels, width):\n" in code
    assert code.count("nn.Conv2d(in_channels, width, ") == 2
    assert code.count("        channels = 16\n") == 1
    assert "            self.blocks.append(NetBlock(channels, width))\n" in code
    assert code.count("            channels = width\n") == 1
