"""Numbers against numbers: one measure, one tolerance, per array."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from porter.rulebook import WeightMapError
from porter.verify.align import Alignment
from porter.verify.arrays import Array
from porter.verify.manifest import Permutation
from porter.verify.observe import Trace
from porter.verify.process import Arrays

RTOL = {"float32": 1e-4, "float64": 1e-9}
# Below this share of the largest gradient an array is rounding noise about zero.
_NOISE = {"float32": 1e-5, "float64": 1e-13}


# A name and the two arrays that go by it.
_Pair = tuple[str, Array, Array]


@dataclass(frozen=True)
class Difference:
    """How far two arrays are apart, relative to the source's largest entry."""

    name: str
    relative: float
    reason: str = ""
    # The layers, on both sides, that it is about.
    nodes: tuple[str, str] | None = None


def apart(name: str, a: Array, b: Array, floor: float = 0.0) -> Difference:
    """The largest distance in units of max|a|; infinite where shapes or kinds differ."""
    if a.shape != b.shape:
        return Difference(name, float("inf"), f"shape {list(a.shape)} against {list(b.shape)}")
    if a.dtype.kind in "biu" or b.dtype.kind in "biu":
        if (a.dtype.kind == "f") != (b.dtype.kind == "f"):
            return Difference(name, float("inf"), f"{a.dtype} against {b.dtype}")
        equal = bool(np.array_equal(a, b))
        return Difference(name, 0.0 if equal else float("inf"), "" if equal else "other values")
    if a.size == 0:
        return Difference(name, 0.0)
    if (a.dtype.kind == "c") != (b.dtype.kind == "c"):
        return Difference(name, float("inf"), f"{a.dtype} against {b.dtype}")
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    one, two = a.astype(wide), b.astype(wide)
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    if same.all():
        return Difference(name, 0.0)
    with np.errstate(invalid="ignore"):
        distance = float(np.max(np.where(same, 0.0, np.abs(one - two))))
    scale = float(np.max(np.abs(one[np.isfinite(one)]), initial=0.0))
    if not np.isfinite(distance):
        return Difference(name, float("inf"), "not finite on one side")
    scale = max(scale, floor)
    return Difference(name, distance / scale if scale else float("inf"))


def permute(array: Array, order: Permutation) -> Array:
    """The array in another layout; None, or another rank, leaves it as it is."""
    if order is None or array.ndim != len(order):
        return array
    return array.transpose(order)


def outputs(source: Trace, target: Trace, orders: tuple[Permutation, ...]) -> list[Difference]:
    """Outputs by path; what is not a tensor must be the same."""
    ours = {s["path"]: s for s in source.shapes}
    theirs = {s["path"]: s for s in target.shapes}
    if list(ours) != list(theirs):
        text = f"structure {_paths(ours)} against {_paths(theirs)}"
        return [Difference("outputs", float("inf"), text)]
    for path in sorted({*source.containers, *target.containers}):
        kinds = [_container(t.containers.get(path), path) for t in (source, target)]
        if kinds[0] != kinds[1]:
            text = f"structure {kinds[0]} against {kinds[1]}"
            return [Difference(f"output {path}".strip(), float("inf"), text)]
    found = []
    for i, path in enumerate(ours):
        name = f"output {path}".strip()
        if path in source.outputs and path in target.outputs:
            order = orders[i] if i < len(orders) else None
            found.append(apart(name, permute(source.outputs[path], order), target.outputs[path]))
        elif (
            ours[path]["value"] != theirs[path]["value"]
            or ours[path]["kind"] != theirs[path]["kind"]
        ):
            text = f"{ours[path]['value']} against {theirs[path]['value']}"
            found.append(Difference(name, float("inf"), text))
    return found


def _container(kind: str | None, path: str) -> str | None:
    """What a container counts as: all that comes out may be a tuple or a list.

    A functional Keras model gives a list of what a module returns as a tuple; and so do
    functions that split. Further inside, the code itself says which it is.
    """
    return "tuple or list" if not path and kind in ("tuple", "list") else kind


def _paths(shapes: dict[str, Any]) -> str:
    return "[" + ", ".join(p or "tensor" for p in shapes) + "]"


def gradients(
    source: Trace,
    target: Trace,
    alignment: Alignment,
    orders: tuple[Permutation, ...],
    precision: str,
) -> list[Difference]:
    """Gradients of inputs and of all arrays, in Keras's shapes."""
    pairs: list[_Pair] = []
    for key in sorted(set(source.inputs) | set(target.inputs)):
        order = orders[int(key)] if int(key) < len(orders) else None
        ours, theirs = source.inputs.get(key), target.inputs.get(key)
        if ours is not None:
            ours = permute(ours, order)
        pairs.append((f"gradient of input {key}", *_or_zero(ours, theirs)))
    about: list[tuple[str, str] | None] = [None] * len(pairs)
    for link in alignment.links:
        pairs += _link_gradients(link, source.gradients, target.gradients, alignment)
        about += [link.nodes] * (len(pairs) - len(about))
    largest = max((float(np.max(np.abs(a), initial=0.0)) for _, a, _ in pairs), default=0.0)
    floor = largest * _NOISE[precision]
    return [
        replace(_noisy(name, a, b, floor), nodes=nodes)
        for (name, a, b), nodes in zip(pairs, about, strict=True)
    ]


def rounding(double: Trace, single: Trace, *, outputs: bool, gradients: bool) -> list[float]:
    """How far each array of one side in float32 is from the same in float64."""
    found = []
    if outputs:
        pairs = _both(double.outputs, single.outputs)
        found += [apart(name, a, b).relative for name, a, b in pairs]
    if gradients:
        pairs = _both(double.inputs, single.inputs) + _both(double.gradients, single.gradients)
        largest = max((float(np.max(np.abs(a), initial=0.0)) for _, a, _ in pairs), default=0.0)
        floor = largest * _NOISE["float32"]
        found += [_noisy(name, a, b, floor).relative for name, a, b in pairs]
    return found


def _both(ours: Arrays, theirs: Arrays) -> list[_Pair]:
    return [(name, a, theirs[name]) for name, a in ours.items() if name in theirs]


def _noisy(name: str, a: Array, b: Array, floor: float) -> Difference:
    """A gradient that is zero but for rounding must be so on both sides, and no more."""
    largest = max(float(np.max(np.abs(x), initial=0.0)) for x in (a, b))
    if a.shape == b.shape and largest <= floor:
        return Difference(name, 0.0)
    return apart(name, a, b)


def _or_zero(a: Array | None, b: Array | None) -> tuple[Array, Array]:
    if a is None:
        zero = np.zeros(()) if b is None else np.zeros_like(b)
        return zero, zero if b is None else b
    return a, np.zeros_like(a) if b is None else b


def _link_gradients(
    link: Any, ours: Arrays, theirs: Arrays, alignment: Alignment
) -> list[tuple[str, Array, Array]]:
    keras_first = alignment.source.side == "keras"
    keras_names, torch_names = (
        (link.source, link.target) if keras_first else (link.target, link.source)
    )
    keras_all, torch_all = (ours, theirs) if keras_first else (theirs, ours)
    keras_tree, torch_tree = (
        (alignment.source, alignment.target)
        if keras_first
        else (alignment.target, alignment.source)
    )
    shapes = {n: keras_tree.variables[v].shape for n, v in keras_names.items()}
    have = {v: torch_all[v] for v in torch_names.values() if v in torch_all}
    full = {n: have.get(v, np.zeros(torch_tree.variables[v].shape)) for n, v in torch_names.items()}
    pulled = link.weights.gradients_to_keras(full, shapes)
    found = []
    for name, key in keras_names.items():
        chain = link.weights.chains[name]
        connected = any(torch_names[n] in have for n in chain.names)
        if key not in keras_all and not connected:
            continue
        keras = keras_all.get(key, np.zeros(shapes[name]))
        torch = pulled.get(name, np.zeros(shapes[name]))
        label = f"gradient of {link.label}.{name}".rstrip(".")
        found.append((label, keras, torch) if keras_first else (label, torch, keras))
    return found


def states(source: Trace, target: Trace, alignment: Alignment) -> list[Difference]:
    """Running statistics after a training step; n/(n-1) is allowed for, on torch's side."""
    found = []
    for link in alignment.links:
        if not any(v in source.state for v in link.source.values()):
            continue
        plain = _state_pairs(link, source.state, target.state, alignment)
        biased = _state_pairs(
            link,
            source.state | source.corrected,
            target.state | target.corrected,
            alignment,
        )
        for (name, a, b), (_, c, d) in zip(plain, biased, strict=True):
            least = min(apart(name, a, b), apart(name, c, d), key=lambda x: x.relative)
            found.append(replace(least, nodes=link.nodes))
    return found


def trained(source: Arrays, target: Arrays, alignment: Alignment) -> list[Difference]:
    """Arrays that both sides have trained, in Keras's shapes."""
    return [
        replace(apart(name.replace("state of ", "trained "), a, b), nodes=link.nodes)
        for link in alignment.links
        for name, a, b in _state_pairs(link, source, target, alignment)
    ]


def _state_pairs(
    link: Any, ours: Arrays, theirs: Arrays, alignment: Alignment
) -> list[tuple[str, Array, Array]]:
    keras_first = alignment.source.side == "keras"
    names = link.source if keras_first else link.target
    keras = {
        n: (ours if keras_first else theirs)[v]
        for n, v in names.items()
        if v in (ours if keras_first else theirs)
    }
    torch_names = link.target if keras_first else link.source
    torch_arrays = theirs if keras_first else ours
    torch = {n: torch_arrays[v] for n, v in torch_names.items() if v in torch_arrays}
    found = []
    for name, array in keras.items():
        chain = link.weights.chains[name]
        if all(n in torch for n in chain.names):
            try:
                moved = chain.forward(torch, array.shape)
            except (WeightMapError, ValueError):
                continue
            label = f"state of {link.label}.{name}".rstrip(".")
            found.append((label, array, moved) if keras_first else (label, moved, array))
    return found


def worst(differences: Iterable[Difference]) -> Difference | None:
    """The difference that counts: not a number before everything else, then the largest."""
    return max(differences, key=lambda d: d.relative, default=None)
