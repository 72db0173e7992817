"""A size may be read off a data set, which neither side may fetch."""

from __future__ import annotations

from pathlib import Path

from porter.verify import verify

DATA = """\
import keras
from keras.datasets import mnist

(x_train, y_train), _ = mnist.load_data()
size = x_train.shape[1]
"""
BEFORE = f"{DATA}model = keras.Sequential([keras.Input((size,)), keras.layers.Dense(3)])\n"
AFTER = f"import torch\n{DATA}model = torch.nn.Sequential(torch.nn.Linear(size, 3))\n"


def test_a_migrated_file_may_still_read_its_data_by_keras(tmp_path: Path) -> None:
    (tmp_path / "before.py").write_text(BEFORE)
    (tmp_path / "after.py").write_text(AFTER)
    files = tmp_path / "before.py", tmp_path / "after.py"
    result = verify(*files, ["float32[2,28]"], build="model", compare=("forward",))
    assert (result.error, result.forward is not None and result.forward.equal) == (None, True)
