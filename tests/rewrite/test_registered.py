"""Modules that PyTorch's code adds by name, to a module, a container or a dict."""

from tests.rewrite.migrating import assert_changes, keras_of, left, migrated


def test_a_module_added_by_name_is_an_attribute() -> None:
    assert_changes(
        """
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.add_module("fc", nn.Linear(4, 2))
                self.add_module("input", module=nn.Linear(4, 4))

            def forward(self, x):
                return torch.relu(self.fc(self.input(x)))
        """,
        """
        import keras
        from keras import layers, ops

        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.fc = layers.Dense(2)
                self.input_ = layers.Dense(4)

            def call(self, x):
                return ops.relu(self.fc(self.input_(x)))
        """,
        "keras",
    )


def test_a_name_that_is_made_up_is_set() -> None:
    code = keras_of("""
        from torch import nn

        class Net(nn.Module):
            def __init__(self, n):
                super().__init__()
                for i in range(n):
                    self.add_module(f"fc{i}", nn.Linear(4, 4))

            def forward(self, x):
                return x
    """)
    assert 'setattr(self, f"fc{i}", layers.Dense(4))' in code


def test_modules_are_added_to_a_container_one_by_one() -> None:
    code = keras_of("""
        from torch import nn

        class Net(nn.Module):
            def __init__(self, n):
                super().__init__()
                self.body = nn.Sequential()
                for i in range(n):
                    self.body.add_module("fc%d" % i, nn.Linear(4, 4))
                    self.body.append(nn.ReLU())
                self.body.register_module(
                    name="last",
                    module=nn.Linear(4, 2),
                )

            def forward(self, x):
                return self.body(x)
    """)
    assert "self.body.add(layers.Dense(4))\n" in code
    assert "self.body.add(layers.ReLU())\n" in code
    assert "self.body.add(layers.Dense(2))\n" in code


def test_an_addition_whose_result_is_read_is_left() -> None:
    text = "from torch import nn\nmodel = nn.Sequential(nn.Linear(2, 2)).append(nn.ReLU())"
    assert left(migrated(text, "keras"))


def test_a_dict_of_modules_is_a_dict() -> None:
    assert_changes(
        """
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.parts = nn.ModuleDict(dict(one=nn.Linear(4, 4), two=nn.Linear(4, 2)))
                self.more = nn.ModuleDict()
                self.more["end"] = nn.ReLU()

            def forward(self, x):
                for part in self.parts.values():
                    x = part(x)
                return self.more["end"](self.parts.two(x))
        """,
        """
        import keras
        from keras import layers

        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.parts = dict(one=layers.Dense(4), two=layers.Dense(2))
                self.more = {}
                self.more["end"] = layers.ReLU()

            def call(self, x):
                for part in self.parts.values():
                    x = part(x)
                return self.more["end"](self.parts["two"](x))
        """,
        "keras",
    )


def test_a_dict_of_modules_that_are_not_seen_is_left() -> None:
    text = """
        from torch import nn

        class Net(nn.Module):
            def __init__(self, parts):
                super().__init__()
                self.parts = nn.ModuleDict(parts)

            def forward(self, x):
                return self.parts.two(x)
    """
    assert left(migrated(text, "keras")) == ["torch.nn.ModuleDict"]


def test_layers_in_an_ordered_dict_stand_in_their_order() -> None:
    assert_changes(
        """
        from collections import OrderedDict
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(OrderedDict([
                    ("conv", nn.Conv2d(3, 8, 3, stride=2, padding=1)),
                    # then
                    ("relu", nn.ReLU()),
                ]))

            def forward(self, x):
                return self.body(x)
        """,
        """
        import keras
        from keras import layers, ops

        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.body = keras.Sequential([
                    layers.ZeroPadding2D(1),
                    layers.Conv2D(8, 3, strides=2),
                    # then
                    layers.ReLU(),
                ])

            def call(self, x):
                return ops.transpose(self.body(ops.transpose(x, (0, 2, 3, 1))), (0, 3, 1, 2))
        """,
        "keras",
    )


def test_a_dict_of_layers_gives_its_values() -> None:
    code = keras_of("""
        from collections import OrderedDict
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                parts = OrderedDict()
                parts["fc"] = nn.Linear(4, 2)
                parts["act"] = nn.ReLU()
                self.body = nn.Sequential(parts)

            def forward(self, x):
                return self.body(x)
    """)
    assert "keras.Sequential(list(parts.values()))" in code


def test_a_container_of_nothing_gives_back_what_it_is_given() -> None:
    code = keras_of("""
        from torch import nn

        class Net(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.shortcut = nn.Sequential()
                if width != 4:
                    self.shortcut = nn.Sequential(nn.Linear(4, width))

            def forward(self, x):
                return x + self.shortcut(x)
    """)
    assert "self.shortcut = layers.Identity()\n" in code
    assert "self.shortcut = keras.Sequential([layers.Dense(width)])" in code


def test_a_container_of_layers_that_a_branch_chooses_comes_in_their_layout() -> None:
    code = keras_of("""
        from torch import nn

        class Net(nn.Module):
            def __init__(self, widths):
                super().__init__()
                self.body = self._made(widths)

            def _made(self, widths):
                parts = []
                for width in widths:
                    if width == "M":
                        parts += [nn.MaxPool2d(2)]
                    else:
                        parts += [nn.Conv2d(4, width, 3), nn.ReLU()]
                return nn.Sequential(*parts)

            def forward(self, x):
                x = self.body(x)
                return x.view(x.size(0), -1)
    """)
    assert "self.body(ops.transpose(x, (0, 2, 3, 1)))" in code
    assert "ops.reshape(ops.transpose(x, (0, 3, 1, 2)), " in code


def test_a_container_of_layers_that_are_not_seen_is_left() -> None:
    text = """
        from torch import nn

        class Net(nn.Module):
            def __init__(self, parts):
                super().__init__()
                self.body = nn.Sequential(*parts)

            def forward(self, x):
                return self.body(x)
    """
    assert left(migrated(text, "keras")) == ["torch.nn.Sequential"]
