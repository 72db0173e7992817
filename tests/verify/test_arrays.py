"""Arrays are read from a worker's files without Python's parser, which is not safe in threads."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from porter.verify import arrays

GIVEN = {
    "number": np.float32(2.5),
    "names": np.array(["a/kernel", "größe"], dtype=np.str_),
    "none": np.array([], dtype=np.str_),
    "empty": np.zeros((0, 3), dtype=np.float64),
    "truths": np.array([True, False]),
    "whole": np.arange(6, dtype=np.int64).reshape(1, 2, 3),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "complex": np.array([1 + 2j], dtype=np.complex64),
}


def test_what_numpy_writes_is_read_without_a_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "all.npz", **GIVEN)
    monkeypatch.delattr(ast, "parse")
    found = arrays.read(tmp_path / "all.npz")
    assert list(found) == list(GIVEN)
    for name, array in GIVEN.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()
        assert found[name].flags.writeable


def test_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", x=np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]))
    with pytest.raises(ValueError, match="not an array"):
        arrays.read(tmp_path / "bad.npz")
