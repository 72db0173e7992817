"""Lists of tensors under a name of their own: all of them are held in one layout."""

from tests.rewrite.migrating import keras_of, left, migrated

NET = """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Conv2d(3, 4, 1)
            self.two = nn.Conv2d(3, 4, 1)

        def forward(self, x):
            {body}
"""


def test_a_list_of_tensors_in_one_layout_needs_nothing() -> None:
    body = """parts = [self.one(x)]
            for layer in [self.two]:
                parts.append(layer(x))
            return torch.cat(parts, 1)"""
    code = keras_of(NET.format(body=body))
    assert "ops.concatenate(parts, axis=3)" in code


def test_a_list_of_tensors_in_two_layouts_is_made_one() -> None:
    body = """parts = [self.one(x), torch.relu(x)]
            return torch.cat(parts, dim=1)"""
    code = keras_of(NET.format(body=body))
    assert "parts = [" in code
    assert "ops.transpose(ops.relu(x), (0, 2, 3, 1))]" in code
    assert "ops.concatenate(parts, axis=3)" in code


def test_a_list_that_gets_other_layouts_later_is_left() -> None:
    body = """parts = [self.one(x)]
            parts.append(torch.relu(x))
            return torch.cat(parts, 1)"""
    assert "layout" in left(migrated(NET.format(body=body), "keras"))


def test_a_list_that_other_code_may_fill_is_left() -> None:
    body = """parts = [self.one(x)]
            parts.extend(other(x))
            return torch.cat(parts, 1)"""
    assert "layout" in left(migrated(NET.format(body=body), "keras"))
