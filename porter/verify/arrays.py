"""Arrays in files, as NumPy writes them.

NumPy reads what an array is by Python's own parser, which is not safe where two threads use it
(CPython 3.11, gh-106905: a SystemError out of nowhere). Workers are read from in a thread.
"""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{'descr': '(?P<dtype>[^']+)', 'fortran_order': (?P<order>True|False), "
    r"'shape': \((?P<shape>[\d, ]*)\), \}\s*"
)


def read(name: str | Path) -> dict[str, Array]:
    """The arrays of an `.npz` file, by name; raises ValueError on any other kind of array."""
    with zipfile.ZipFile(name) as file:
        return {each.removesuffix(".npy"): _array(file.read(each)) for each in file.namelist()}


def _array(content: bytes) -> Array:
    start = 10 if content[6:7] == b"\x01" else 12
    (length,) = struct.unpack("<H" if start == 10 else "<I", content[8:start])
    header = _HEADER.fullmatch(content[start : start + length].decode("utf-8"))
    if content[:6] != _MAGIC or header is None:
        raise ValueError("not an array of numbers or names")
    shape = tuple(int(size) for size in header["shape"].replace(",", " ").split())
    flat = np.frombuffer(content, header["dtype"], offset=start + length)
    return flat.reshape(shape, order="F" if header["order"] == "True" else "C").copy()
