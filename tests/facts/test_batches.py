"""What a loader gives, what unpacking a shape says, and what is no tensor at all."""

import pytest

from porter.facts import Tensor
from tests.facts.interpreting import shape_of, value_of
from tests.rewrite.migrating import keras_of, left, migrated

LOADER = """
    from torch.utils.data import DataLoader
    loader = DataLoader(data, batch_size=32{more})
    for i, (images, labels) in enumerate(loader):
        n = images.size(0)
        y = images.view(n, -1)
"""


def test_what_a_loader_gives_is_a_tensor_where_only_tensors_are_used_so() -> None:
    assert not isinstance(value_of(LOADER.format(more=""), "labels", "torch"), Tensor)
    assert shape_of(LOADER.format(more=""), "y", "torch") == ["?", "?"]


def test_a_loader_that_collates_its_own_way_says_nothing() -> None:
    text = LOADER.format(more=", collate_fn=mine")
    assert not isinstance(value_of(text, "y", "torch"), Tensor)


def test_a_batch_goes_on_through_functions_and_iterators() -> None:
    text = """
        from torch.utils.data import DataLoader
        def flat(loader):
            images, labels = next(iter(loader))
            return images.view(-1, 784)
        y = flat(DataLoader(data))
    """
    assert shape_of(text, "y", "torch") == ["?", "784"]


def test_part_of_a_batch_that_may_be_a_list_is_left_alone() -> None:
    text = """
        from torch.utils.data import DataLoader
        for names, x in DataLoader(data):
            n = names.count("a")
    """
    assert not isinstance(value_of(text, "names", "torch"), Tensor)


def test_unpacking_a_shape_says_how_many_dimensions_there_are() -> None:
    text = """
        def f(x):
            b, t, c = x.size()
            return x.transpose(1, 2)
        y = f(torch.relu(z))
    """
    assert shape_of(text, "y", "torch") == ["?", "?", "?"]


def test_the_place_in_a_list_of_any_length_is_not_known() -> None:
    text = """
        import torch
        def f(items, x):
            out = []
            for item in items:
                out.append(item)
            for i, item in enumerate(out):
                x = torch.sum(x, i)
            return x
    """
    assert "axis=i" in keras_of(text)


@pytest.mark.parametrize("call", ["math.sqrt(2)", "np.prod((2, 3))", "np.linalg.norm([1.0])"])
def test_another_module_is_no_tensor(call: str) -> None:
    text = f"import math\nimport torch\nimport numpy as np\ny = {call}\nx = torch.zeros(3)"
    assert not [f for f in migrated(text, "keras").findings if f.kind == "receiver-unknown"]


def test_what_an_import_takes_from_a_module_may_be_a_tensor() -> None:
    text = "import torch\nfrom data import x\ny = x.view(3)\nz = torch.zeros(3)"
    assert [f.api for f in migrated(text, "keras").findings if f.kind == "receiver-unknown"]
    assert not left(migrated(text, "keras"))
