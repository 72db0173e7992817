"""`self.training`, which Keras hands to `call`."""

import pytest

from tests.rewrite.migrating import assert_changes, keras_of, left, migrated, torch_of

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n"


def test_the_mode_becomes_an_argument() -> None:
    assert_changes(
        """
        from torch import nn
        import torch.nn.functional as F

        class Net(nn.Module):
            def __init__(self, rate):
                super().__init__()
                self.rate = rate

            def forward(self, x):
                x = F.dropout(x, self.rate, training=self.training)
                if self.training:
                    return x
                return F.relu(x)
        """,
        """
        import keras
        from keras import ops

        class Net(keras.Model):
            def __init__(self, rate):
                super().__init__()
                self.rate = rate

            def call(self, x, training=None):
                x = keras.random.dropout(x, self.rate if training else 0.0)
                if training:
                    return x
                return ops.relu(x)
        """,
        "keras",
    )


def test_methods_hand_the_mode_on() -> None:
    code = keras_of("""
        import torch
        from torch import nn

        class Net(nn.Module):
            def _noisy(self, x, scale=1.0):
                return x * scale if self.training else x

            def _twice(self, x):
                return self._noisy(self._noisy(x, scale=2.0))

            def forward(self, x, *more):
                return torch.relu(self._twice(x))
    """)
    assert "def _noisy(self, x, scale=1.0, training=None):" in code
    assert "self._noisy(self._noisy(x, scale=2.0, training=training), training=training)" in code
    assert "def call(self, x, *more, training=None):" in code
    assert "self._twice(x, training=training)" in code


def test_a_mode_that_cannot_be_handed_on_is_left() -> None:
    result = migrated(
        """
        import torch
        from torch import nn

        class Net(nn.Module):
            def _noisy(self, x):
                return x * 2 if self.training else x

            @other
            def sample(self, x):
                return self._noisy(x)

            def forward(self, x):
                return torch.relu(self._noisy(x))
        """,
        "keras",
    )
    assert left(result) == [".training"]
    assert "training=" not in result.code


def test_a_mode_that_the_program_sets_is_its_own() -> None:
    result = migrated(
        """
        import torch
        from torch import nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.training = False

            def forward(self, x):
                return torch.relu(x) if self.training else x
        """,
        "keras",
    )
    assert "def call(self, x):" in result.code


SEQUENTIAL = """
    import keras
    from keras import layers

    class Block(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.fc = layers.Dense(3)

        def call(self, x):
            return self.fc(x)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.features = keras.Sequential([layers.Dense(3), layers.Dropout(0.3)])
            self.block = Block()

        def call(self, x, training=False):
            x = {block}
            return {features}
"""


@pytest.mark.parametrize("given", ["training=training", "training", "training=None"])
def test_a_model_without_a_mode_is_told_none(given: str) -> None:
    block = "self.block(x, training=training)"
    result = migrated(
        SEQUENTIAL.format(block=block, features=f"self.features(x, {given})"), "torch"
    )
    assert "x = self.block(x)\n" in result.code
    assert "return self.features(x)\n" in result.code
    assert not left(result)


@pytest.mark.parametrize("given", ["training=False", "mask=mask"])
def test_a_mode_that_is_fixed_is_left_to_people(given: str) -> None:
    features = f"self.features(x, {given})"
    result = migrated(SEQUENTIAL.format(block="self.block(x)", features=features), "torch")
    assert left(result) == ["self.features"]
    name = given.partition("=")[0]
    assert [f.message for f in result.findings if f.api == "self.features"] == [
        f"{name} is given where the model is applied: PyTorch's takes none"
    ]


def test_a_layer_that_a_call_makes_has_the_mode_of_what_is_around() -> None:
    code = torch_of(
        """
        import keras
        from keras import layers


        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.fc = layers.Dense(3)

            def call(self, x):
                x = layers.Dropout(0.5)(self.fc(x))
                return layers.ReLU()(layers.GaussianNoise(0.1)(x))
        """
    )
    assert "        x = nn.Dropout(0.5).train(self.training)(self.fc(x))\n" in code
    assert "nn.ReLU()(GaussianNoise(0.1).train(self.training)(x))\n" in code


def test_a_module_that_a_forward_makes_is_in_training() -> None:
    code = keras_of(
        """
        import torch
        from torch import nn


        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 3)
                self.drop = nn.Dropout(0.2)

            def forward(self, x):
                x = nn.Dropout(0.5)(self.fc(x))
                return self.drop(nn.Dropout2d(0.5)(x.reshape(2, 3, 1, 1)))
        """
    )
    assert "        x = layers.Dropout(0.5)(self.fc(x), training=True)\n" in code
    assert "training=True" in code.partition("SpatialDropout2D(")[2]
    assert "self.drop(" in code
    assert "self.drop = layers.Dropout(0.2)\n" in code
