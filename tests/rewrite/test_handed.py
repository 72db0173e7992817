"""Functions that make layers, handed to others as values, become classes that are handed on."""

from tests.rewrite.migrating import left, migrated, torch_of

HEAD = """import keras
from keras import layers


def net(stage, classes=10):
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same")(image)
    x = stage(x)
    return keras.Model(image, layers.Dense(classes)(x))


"""


def test_what_is_handed_on_is_a_class_and_made_where_it_was_called() -> None:
    code = torch_of(
        HEAD
        + """def plain():
    def stage(x):
        return layers.Conv2D(8, 3)(x)

    return net(stage)


def deep():
    def stage(x):
        x = layers.Conv2D(8, 3)(x)
        return layers.Conv2D(16, 3)(x)

    return net(stage)
"""
    )
    assert "        self.stage = stage(4)\n" in code
    assert "        self.fc = nn.Linear(self.stage.out_channels, classes)\n" in code
    assert "        x = self.stage(x)\n" in code
    assert "class PlainStage(nn.Module):\n    def __init__(self, in_channels):\n" in code
    assert "        self.out_channels = 8\n" in code
    assert "        self.out_channels = 16\n" in code
    assert "def plain():\n    return net(PlainStage)\n" in code
    assert "def stage(" not in code


def test_what_is_called_twice_is_made_twice() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def unit(x):
            return layers.Conv2D(4, 3, padding="same")(x)


        def twice(x, part):
            return part(part(x))


        def build():
            image = keras.Input((8, 8, 3))
            return keras.Model(image, twice(image, unit))
        """
    )
    assert "        self.part1 = part(in_channels)\n        self.part2 = part(4)\n" in code or (
        "        self.part1 = part(in_channels)\n"
        "        self.part2 = part(self.part1.out_channels)\n" in code
    )
    assert "Twice(3, Unit)" in code


def test_what_it_closes_over_is_told_by_partial() -> None:
    code = torch_of(
        HEAD
        + """def wide(width):
    def stage(x):
        return layers.Conv2D(width, 3)(x)

    return net(stage)
"""
    )
    assert code.startswith("from functools import partial\n\n")
    assert "    def __init__(self, width, in_channels):\n" in code
    assert "    return net(partial(WideStage, width))\n" in code


def test_a_name_of_the_file_is_not_taken_for_partial() -> None:
    code = torch_of(
        HEAD.replace("net(stage, classes=10)", "net(stage, classes=10, partial=None)")
        + """def wide(width):
    def stage(x):
        return layers.Conv2D(width, 3)(x)

    return net(stage)
"""
    )
    assert code.startswith("import functools\n\n")
    assert "    return net(functools.partial(WideStage, width))\n" in code


def test_a_default_is_handed_on_as_well() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def unit(x, width):
            return layers.Conv2D(width, 3, padding="same")(x)


        def pair(x, width):
            x = layers.Conv2D(width, 3, padding="same")(x)
            return layers.Conv2D(width, 3, padding="same")(x)


        def net(part=unit):
            image = keras.Input((8, 8, 3))
            x = part(image, 4)
            return keras.Model(image, part(x, 8))


        def build():
            return net(pair)


        def small():
            return net()
        """
    )
    assert "def net(part=Unit):\n    return Net(part)\n" in code
    assert "        self.part1 = part(3, 4)\n" in code
    assert "        self.part2 = part(self.part1.out_channels, 8)\n" in code
    assert "    return net(Pair)\n" in code


def test_functions_that_are_not_called_alike_stay_functions() -> None:
    result = migrated(
        HEAD
        + """def plain():
    def stage(x):
        return layers.Conv2D(8, 3)(x)

    return net(stage)


def other():
    def stage(x, width=8):
        return layers.Conv2D(width, 3)(x)

    return net(stage)
""",
        "torch",
    )
    assert "nn.Module" not in result.code
    assert left(result)


def test_a_function_that_goes_where_it_cannot_be_followed_stays_one() -> None:
    result = migrated(
        HEAD
        + """def plain():
    def stage(x):
        return layers.Conv2D(8, 3)(x)

    known["plain"] = stage
    return net(stage)


known = {}
""",
        "torch",
    )
    assert "        return layers.Conv2D(8, 3)(x)\n" in result.code
    assert "class PlainStage" not in result.code
    assert left(result)


def test_a_list_that_is_empty_in_one_object_holds_layers_in_another() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        class Stack(keras.Model):
            def __init__(self, width, depth):
                super().__init__()
                self.blocks = []
                for _ in range(depth):
                    self.blocks.append(layers.Dense(width))

            def call(self, x):
                for block in self.blocks:
                    x = block(x)
                return x


        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.one = Stack(8, 0)
                self.two = Stack(8, 1)

            def call(self, x):
                return self.two(self.one(x))


        net = Net()
        """
    )
    assert "        self.blocks = nn.ModuleList()\n" in code


def test_what_a_builder_starts_from_may_have_several_names() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def block(width):
            def apply(x):
                return layers.Conv2D(width, 3)(x)

            return apply


        def net(top=True, tensor=None):
            if tensor is None:
                image = keras.Input((8, 8, 3))
            else:
                image = tensor
            if tensor is not None:
                inputs = keras.layers.get_source_inputs(tensor)[0]
                x = tensor
            else:
                inputs = image
                x = inputs
            if top:
                x = block(4)(x)
            return keras.Model(inputs, x)


        def small(tensor=None):
            return net(tensor=tensor)
        """
    )
    assert "        self.block = Block(3, 4)\n" in code
    assert "    def forward(self, image):\n" in code


def test_a_branch_that_all_calls_take_leaves_the_layout_that_it_found() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        def block(x, width):
            return layers.Conv2D(width, 3)(x)


        def net(top=True):
            image = keras.Input((8, 8, 3))
            x = image
            if top:
                x = block(x, 4)
            return keras.Model(image, x)


        def small():
            return net()
        """
    )
    assert "            x = self.block(x).permute(0, 2, 3, 1)\n        return x\n" in code


def test_layers_of_a_list_are_told_apart_by_the_turn() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.one = keras.Sequential([layers.Conv2D(4, 3), layers.LayerNormalization()])
                self.two = keras.Sequential([layers.LayerNormalization(), layers.Conv2D(4, 3)])

            def call(self, x):
                parts = [self.one, self.two]
                for i in range(2):
                    x = parts[i](x)
                return layers.GlobalAveragePooling2D()(x)
        """
    )
    assert "torch.mean(x.permute(0, 3, 1, 2), dim=" in code
