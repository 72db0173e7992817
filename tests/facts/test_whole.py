"""Parameters that can only be whole numbers: their annotation or their use says so."""

import pytest

from tests.rewrite.migrating import keras_of, left, migrated

BLOCK = """
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, {parameter}):
            super().__init__()
            self.norm = nn.LayerNorm(width)
            {more}

        def forward(self, x):
            return self.norm(x)
"""


@pytest.mark.parametrize(
    ("parameter", "more"),
    [("width: int", "pass"), ("width", "self.fc = nn.Linear(width, 4)")],
)
def test_a_normalised_size_that_is_a_number(parameter: str, more: str) -> None:
    code = keras_of(BLOCK.format(parameter=parameter, more=more))
    assert "self.norm = layers.LayerNormalization(epsilon=1e-05)" in code


def test_what_is_normalised_over_is_not_guessed() -> None:
    assert left(migrated(BLOCK.format(parameter="width", more="pass"), "keras"))


def test_a_number_of_another_function_says_nothing_here() -> None:
    more = "pass\n\n        def grow(self, width):\n            return nn.Linear(width, 4)"
    assert left(migrated(BLOCK.format(parameter="width", more=more), "keras"))


def test_a_size_is_not_none() -> None:
    code = keras_of("""
        import torch
        from torch import nn

        class Model(nn.Module):
            def forward(self, x):
                b, t = x.size()
                return x + torch.arange(0, t)
    """)
    assert "ops.arange(0, stop=t)" in code
