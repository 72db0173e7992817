"""Values that a mistake can be seen with.

Freshly built weights hide mistakes: biases are zero, scales one. So every array is drawn anew
before anything is compared, by what it is for.
"""

from __future__ import annotations

import math
import re
from typing import Any, Literal

import numpy as np

from porter.verify.arrays import Array
from porter.verify.process import Arrays
from porter.verify.tree import Tree, Variable

_SCALE = re.compile(r"gamma|scale|variance|running_var|(^|_)var$|alpha|temperature")
_TABLE = re.compile(r"embedding|(^|_)table$|token")


Purpose = Literal["scale", "shift", "table", "kernel"]


def draw(tree: Tree, initial: Arrays, seed: int) -> Arrays:
    """All arrays of a model by id, in float64; constants as they were built."""
    tables = _tables(tree)
    found: Arrays = {}
    for key, variable in tree.variables.items():
        if variable.role == "constant":
            found[key] = initial[key]
            continue
        path = tree.path(key)
        # Keyed by path, so that one more layer does not change all others.
        generator = np.random.default_rng([seed, *path.encode()])
        found[key] = _values(path, variable, tree.side, key in tables, generator)
    return found


def loud(tree: Tree, values: Arrays, scale: float) -> Arrays:
    """The same arrays with large shifts, so that sums pass the bends that lie far from zero.

    A kernel stays, and so does a scale with a shift beside it: they would add up layer by layer.
    """
    larger = {"scale": 10.0, "shift": 2.0 * scale, "table": scale, "kernel": 1.0}
    tables = _tables(tree)
    purposes = {
        key: _purpose(tree.path(key), variable, key in tables)
        for key, variable in tree.variables.items()
        if variable.role != "constant"
    }
    factors = {key: larger[purpose] for key, purpose in purposes.items()}
    for node in tree.nodes.values():
        own = [v for v in node.own.values() if v in purposes]
        shifted = any(purposes[v] == "shift" for v in own)
        for v in own:
            plain = shifted or tree.variables[v].role == "statistic"
            if purposes[v] == "scale" and (plain or not tree.variables[v].shape):
                factors[v] = 1.0
    return {key: a * factors[key] if key in factors else a for key, a in values.items()}


def nudged(arrays: Arrays, share: float) -> Arrays:
    """The arrays with every number changed by up to a share of itself."""
    generator = np.random.default_rng(0)
    return {
        key: a * (1.0 + share * generator.uniform(-1.0, 1.0, a.shape)) if a.dtype.kind == "f" else a
        for key, a in arrays.items()
    }


def _tables(tree: Tree) -> set[str]:
    return {
        v
        for node in tree.nodes.values()
        if "Embedding" in node.kind and node.is_leaf
        for v in node.own.values()
    }


def _purpose(path: str, variable: Variable, table: bool) -> Purpose:
    name, shape = path.rpartition(".")[2].lower(), variable.shape
    flat = sum(n > 1 for n in shape) < 2
    scale = _SCALE.search(name) or (name == "weight" and len(shape) == 1) or not shape
    if scale and flat:
        return "scale"
    if len(shape) < 2:
        return "shift"
    return "table" if table or _TABLE.search(name) else "kernel"


def _values(
    path: str, variable: Variable, side: str, table: bool, generator: np.random.Generator
) -> Array:
    purpose, shape = _purpose(path, variable, table), variable.shape
    if purpose == "scale":
        return np.asarray(generator.uniform(0.5, 1.5, shape))
    if purpose == "shift":
        return np.asarray(generator.normal(0.0, 0.1, shape))
    if purpose == "table":
        return np.asarray(generator.normal(0.0, 0.5, shape))
    inside = shape[:-1] if side == "keras" else shape[1:]
    if side == "keras" and "depthwise" in path.lower():
        inside = shape[:-2]
    return np.asarray(generator.normal(0.0, math.sqrt(2.0 / max(1, math.prod(inside))), shape))


def weights_of(outputs: list[dict[str, Any]], seed: int) -> Arrays:
    """What each output counts in the sum whose gradient is taken, by path."""
    found: Arrays = {}
    for i, output in enumerate(outputs):
        if str(output["kind"]).startswith(("float", "bfloat")):
            generator = np.random.default_rng([seed, 7, i])
            found[str(output["path"])] = generator.standard_normal(output["shape"])
    return found


def is_flat(array: Array) -> bool:
    """Is there nothing to see in an array: all zero, not finite, or all the same?"""
    if not np.isfinite(array).all():
        return True
    if array.size < 2:
        return not array.any()
    return bool(np.ptp(array.astype(np.float64)) == 0.0)
