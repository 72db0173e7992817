"""Both sides' traced runs: what was called, what each line bound, and what looks alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from porter.verify import compare
from porter.verify.arrays import Array
from porter.verify.manifest import Manifest, Site, Span
from porter.verify.observe import Draw, Precision
from porter.verify.process import Arrays, Worker, WorkerError

# Two tensors are the same where they are no further apart than this, by precision of the run.
LIMITS: dict[Precision, float] = {"float32": 1e-4, "float64": 1e-8}
_LAYOUTS: dict[int, tuple[tuple[int, ...], ...]] = {
    3: ((0, 2, 1),),
    4: ((0, 3, 1, 2), (0, 2, 3, 1)),
    5: ((0, 4, 1, 2, 3), (0, 2, 3, 4, 1)),
}


@dataclass(frozen=True, eq=False)
class Event:
    """A layer that is entered or has been called, or a tensor that a line bound.

    `before` is what a layer hands to an activation of its own.
    """

    index: int
    what: Literal["enter", "call", "line"]
    site: Site | None
    made: Site | None
    node: str | None
    name: str
    kind: str
    leaf: bool
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    before: tuple[Array, ...]

    @property
    def line(self) -> int:
        return self.site.line if self.site else 0


@dataclass(frozen=True)
class Events:
    """One side's run, in the order in which things happened; `failure` if it ended early."""

    all: tuple[Event, ...]
    failure: WorkerError | None = None

    @cached_property
    def values(self) -> dict[tuple[int, ...], list[tuple[float, Array]]]:
        """Every tensor that was seen with its norm, by its sizes whatever their order."""
        found: dict[tuple[int, ...], list[tuple[float, Array]]] = {}
        for event in self.all:
            for array in (*event.inputs, *event.outputs, *event.before):
                sizes = tuple(sorted(array.shape))
                found.setdefault(sizes, []).append((norm(array), array))
        return found

    @cached_property
    def calls(self) -> tuple[Event, ...]:
        return tuple(e for e in self.all if e.what == "call")

    def at(self, span: Span, file: str, manifest: Manifest) -> list[Event]:
        """The calls that an entry's span names, as made there or of what was constructed there."""

        def meets(site: Site | None) -> bool:
            return site is not None and manifest.holds(file, site.file) and span.meets(site)

        return [e for e in self.calls if meets(e.site)] or [e for e in self.calls if meets(e.made)]

    def bound(self, line: int, name: str) -> list[Event]:
        """The tensors that a line gave to a name, one an execution."""
        return [e for e in self.all if e.what == "line" and e.line == line and e.name == name]

    def of(self, node: str) -> list[Event]:
        return [e for e in self.calls if e.node == node]


def traced(
    worker: Worker,
    training: bool,
    draws: Sequence[Draw] | None,
    seed: int,
    factors: list[float] | None = None,
) -> Events:
    """Run a side once more, watching."""
    dice: dict[str, Any] = {"record": seed}
    if draws is not None:
        dice = {
            "replay": {str(i): d.values for i, d in enumerate(draws)},
            "kinds": [d.kind for d in draws],
        }
    raw = worker.ask("trace", training=training, factors=factors, **dice)
    arrays: Arrays = worker.load(raw["arrays"])
    events = tuple(
        Event(
            i, e["what"], Site.of(e["site"]), Site.of(e["made"]), e["node"], e["name"], e["kind"],
            e["leaf"], *(tuple(arrays[k] for k in e[part]) for part in ("in", "out", "pre")),
        )
        for i, e in enumerate(raw["events"])
    )  # fmt: skip
    return Events(events, WorkerError.of(raw["failure"]) if raw["failure"] else None)


def norm(array: Array) -> float:
    """How long a tensor is, which no layout changes."""
    wide = np.complex128 if array.dtype.kind == "c" else np.float64
    return float(np.linalg.norm(array.astype(wide).reshape(-1)))


def distance(a: Array, b: Array) -> float:
    """How far two tensors are apart in whatever layout brings them closest."""
    if sorted(a.shape) != sorted(b.shape):
        return math.inf
    orders = [None, *_LAYOUTS.get(a.ndim, ())]
    return min(compare.apart("", compare.permute(a, o), b).relative for o in orders)


def is_same(a: Array, b: Array) -> bool:
    """Exactly the same tensor, as it goes from one event to the next."""
    return a.shape == b.shape and bool(np.array_equal(a, b))


def same_numbers(a: Array, b: Array, limit: float) -> bool:
    """The same numbers, in whatever order."""
    if a.size != b.size:
        return False
    one, two = (np.sort(x.astype(np.float64), axis=None) for x in (a, b))
    return compare.apart("", one, two).relative <= limit


def within(small: Array, big: Array, limit: float) -> bool:
    """Is one tensor what is left of the other when its borders are cropped?"""
    for order in (None, *_LAYOUTS.get(small.ndim, ())):
        a = compare.permute(small, order)
        spare = [m - n for n, m in zip(a.shape, big.shape, strict=False)]
        if a.ndim != big.ndim or min(spare, default=0) < 0 or not any(spare):
            continue
        for starts in ([0] * a.ndim, spare, [n // 2 for n in spare]):
            cut = big[tuple(slice(s, s + n) for s, n in zip(starts, a.shape, strict=True))]
            if compare.apart("", a, cut).relative <= limit:
                return True
    return False


def known(events: Events, arrays: Iterable[Array], limit: float) -> bool:
    """Did a side see all these tensors, too?"""
    return all(_seen(events, a, limit) for a in arrays)


def _seen(events: Events, array: Array, limit: float) -> bool:
    length = norm(array)
    spread = limit * math.sqrt(max(array.size, 1))
    for other, candidate in events.values.get(tuple(sorted(array.shape)), []):
        near = abs(other - length) <= spread * max(other, length)
        if (near or not math.isfinite(length)) and distance(candidate, array) <= limit:
            return True
    return False
