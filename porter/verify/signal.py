"""Values that a mistake can be seen with.

Freshly built weights hide mistakes: biases are zero, scales one. So every array is drawn anew
before anything is compared, by what it is for.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from porter.verify.process import Array, Arrays
from porter.verify.tree import Tree, Variable

_SCALE = re.compile(r"gamma|scale|variance|running_var|(^|_)var$|alpha|temperature")
_TABLE = re.compile(r"embedding|(^|_)table$|token")


def draw(tree: Tree, initial: Arrays, seed: int) -> Arrays:
    """All arrays of a model by id, in float64; constants as they were built."""
    tables = {
        v
        for node in tree.nodes.values()
        if "Embedding" in node.kind and node.is_leaf
        for v in node.own.values()
    }
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


def _values(
    path: str, variable: Variable, side: str, table: bool, generator: np.random.Generator
) -> Array:
    name, shape = path.rpartition(".")[2].lower(), variable.shape
    flat = sum(n > 1 for n in shape) < 2
    scale = _SCALE.search(name) or (name == "weight" and len(shape) == 1) or not shape
    if scale and flat:
        return np.asarray(generator.uniform(0.5, 1.5, shape))
    if len(shape) < 2:
        return np.asarray(generator.normal(0.0, 0.1, shape))
    if table or _TABLE.search(name):
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
