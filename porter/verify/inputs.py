"""The inputs of a case: the SPEC grammar, and drawing arrays from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from porter.verify.arrays import Array

_LEAF = re.compile(
    r"(?P<dtype>float16|float32|float64|int8|int16|int32|int64|uint8|bool)"
    r"\[(?P<shape>[\d,\s]*)\]"
    r"(?:\s+in\s+(?P<low>-?\d+)\.\.(?P<high>-?\d+)|\s+(?P<fill>ones|zeros))?$"
)
_NAME = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<rest>.*)$", re.DOTALL)

# A leaf's number, or a tuple of such: how arrays nest in one argument.
Layout = int | tuple["Layout", ...]


class InputError(ValueError):
    """An input SPEC that cannot be read."""


@dataclass(frozen=True)
class Leaf:
    """One array: `float32[2,3]`, with bounds (10 excluded) or a fill."""

    dtype: str
    shape: tuple[int, ...]
    low: int | None = None
    high: int | None = None
    fill: str | None = None
    file: str | None = None

    @property
    def is_free(self) -> bool:
        """May its numbers be of any size, for all that the user says?"""
        return self.dtype.startswith("float") and (self.low, self.fill, self.file) == (None,) * 3

    def draw(self, generator: np.random.Generator) -> Array:
        if self.file is not None:
            return _from_file(self.file)
        if self.fill is not None:
            return (np.ones if self.fill == "ones" else np.zeros)(self.shape, dtype=self.dtype)
        if self.low is not None and self.high is not None:
            if self.dtype.startswith("float"):
                return generator.uniform(self.low, self.high, self.shape).astype(self.dtype)
            return generator.integers(self.low, self.high, self.shape).astype(self.dtype)
        if self.dtype == "bool":
            return generator.random(self.shape) < 0.5
        if self.dtype.startswith("float"):
            return generator.standard_normal(self.shape).astype(self.dtype)
        return generator.integers(0, 2, self.shape).astype(self.dtype)


@dataclass(frozen=True)
class Input:
    """One argument: its keyword if it has one, its leaves, and how they nest."""

    leaves: tuple[Leaf, ...]
    nesting: Layout
    keyword: str | None = None


def parse_input(text: str) -> Input:
    """Read one SPEC; raises InputError that quotes it."""
    body, keyword = text.strip(), None
    named = _NAME.match(body)
    if named:
        keyword, body = named["name"], named["rest"]
    leaves: list[Leaf] = []
    nesting = _nested(body.strip(), leaves, text)
    return Input(tuple(leaves), nesting, keyword)


def _nested(body: str, leaves: list[Leaf], text: str) -> Layout:
    if body.startswith("(") and body.endswith(")"):
        return tuple(_nested(p.strip(), leaves, text) for p in _split(body[1:-1]) if p.strip())
    if body.startswith("@"):
        leaves.append(Leaf("", (), file=body[1:]))
        return len(leaves) - 1
    match = _LEAF.match(body)
    if not match:
        raise InputError(
            f"{text!r} is not an input: write float32[2,32,32,3], int64[2,16] in 0..10, "
            "bool[2,16], float32[2,8] ones, @file.npz, a (tuple, …) of these, or name=…"
        )
    shape = tuple(int(n) for n in match["shape"].split(",") if n.strip())
    low, high = (int(match[g]) if match[g] else None for g in ("low", "high"))
    if low is not None and high is not None and low >= high:
        raise InputError(f"{text!r}: {low}..{high} is empty, the end is excluded")
    leaves.append(Leaf(match["dtype"], shape, low, high, match["fill"]))
    return len(leaves) - 1


def _split(body: str) -> list[str]:
    """Split at commas that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(body):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(body[start:i])
            start = i + 1
    return [*parts, body[start:]]


def _from_file(name: str) -> Array:
    path = Path(name)
    try:
        loaded = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"@{name} cannot be read: {error}") from error
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded:
        if len(loaded.files) != 1:
            raise InputError(f"@{name} holds {len(loaded.files)} arrays, one is needed")
        array: Array = loaded[loaded.files[0]]
    return array


def draw(inputs: tuple[Input, ...], seed: int) -> tuple[list[Array], list[Layout]]:
    """All leaves in order, and each argument's nesting with leaves counted through."""
    generator = np.random.default_rng(seed)
    arrays: list[Array] = []
    layouts: list[Layout] = []
    for item in inputs:
        layouts.append(_shifted(item.nesting, len(arrays)))
        arrays += [leaf.draw(generator) for leaf in item.leaves]
    return arrays, layouts


def _shifted(nesting: Layout, by: int) -> Layout:
    if isinstance(nesting, int):
        return nesting + by
    return tuple(_shifted(n, by) for n in nesting)
