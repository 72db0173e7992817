"""The SPEC grammar of inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from porter.verify.inputs import InputError, draw, parse_input


@pytest.mark.parametrize(
    ("text", "dtype", "shape"),
    [
        ("float32[2,32,32,3]", "float32", (2, 32, 32, 3)),
        (" int64[2, 16] in 0..10 ", "int64", (2, 16)),
        ("bool[2,16]", "bool", (2, 16)),
        ("float32[2,8] ones", "float32", (2, 8)),
        ("float32[]", "float32", ()),
    ],
)
def test_arrays(text: str, dtype: str, shape: tuple[int, ...]) -> None:
    (array,), layouts = draw((parse_input(text),), 0)
    assert (array.dtype, array.shape, layouts) == (np.dtype(dtype), shape, [0])


def test_the_upper_bound_is_excluded() -> None:
    (array,), _ = draw((parse_input("int64[4000] in 3..5"),), 0)
    assert set(array.tolist()) == {3, 4}


def test_tuples_and_keywords() -> None:
    parsed = (parse_input("float32[1]"), parse_input("state=(float32[2], (bool[3], int8[4]))"))
    arrays, layouts = draw(parsed, 0)
    assert [a.shape for a in arrays] == [(1,), (2,), (3,), (4,)]
    assert layouts == [0, (1, (2, 3))]
    assert parsed[1].keyword == "state"


def test_arrays_from_a_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.arange(3))
    (array,), _ = draw((parse_input(f"@{tmp_path / 'x.npz'}"),), 0)
    assert array.tolist() == [0, 1, 2]


@pytest.mark.parametrize("text", ["float[2]", "float32", "int64[2] in 4..4", "(float32[2], oops)"])
def test_errors_quote_the_text(text: str) -> None:
    with pytest.raises(InputError, match=text.split("[")[0].strip("(")):
        parse_input(text)


def test_same_seed_same_arrays() -> None:
    spec = (parse_input("float32[5]"),)
    assert (draw(spec, 3)[0][0] == draw(spec, 3)[0][0]).all()
    assert (draw(spec, 3)[0][0] != draw(spec, 4)[0][0]).any()
