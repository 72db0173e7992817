"""One stream of random numbers for both sides.

The source's run draws from NumPy and records what it drew; the target's run is given the same
numbers in the same order, with axes moved where its layout differs.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .calls import CALLS

_LAYOUTS: dict[int, list[tuple[int, ...]]] = {
    3: [(0, 2, 1)],
    4: [(0, 3, 1, 2), (0, 2, 3, 1)],
    5: [(0, 4, 1, 2, 3), (0, 2, 3, 4, 1)],
}


class DrawError(RuntimeError):
    """The target asks for other random numbers than the source drew."""


class Dice:
    """Off unless a run records or replays; framework patches ask `active` first."""

    def __init__(self) -> None:
        self.generator: Any = None
        self.log: list[Any] = []
        self.arrays: list[Any] = []
        self.replayed: list[Any] | None = None

    @property
    def active(self) -> bool:
        return self.generator is not None or self.replayed is not None

    def record(self, seed: int) -> None:
        self.stop()
        self.generator = np.random.default_rng(seed)

    def replay(self, draws: list[Any]) -> None:
        """`draws` holds (kind, array, whether its axes are settled) as the source drew them."""
        self.stop()
        self.replayed = list(draws)

    def stop(self) -> None:
        self.generator = None
        self.replayed = None
        self.log, self.arrays = [], []

    def unused(self) -> int:
        return len(self.replayed or [])

    def uniform(self, shape: Any) -> Any:
        return self._draw("uniform", shape)

    def normal(self, shape: Any) -> Any:
        return self._draw("normal", shape)

    def _draw(self, kind: str, shape: Any) -> Any:
        wanted = tuple(int(n) for n in shape)
        if self.generator is not None:
            draw = self.generator.random if kind == "uniform" else self.generator.standard_normal
            array = draw(wanted)
            self.log.append({"kind": kind, "shape": list(wanted), "site": CALLS.current_site()})
            self.arrays.append(array)
            return array
        found = self.replayed.pop(0) if self.replayed else None
        if found is None:
            raise DrawError(f"the source draws fewer random tensors: {kind}{list(wanted)}")
        if found[0] != kind:
            raise DrawError(f"the source draws from {found[0]} where this draws {kind}")
        return _fit(found[1], wanted)


def _fit(array: Any, wanted: tuple[int, ...]) -> Any:
    if array.shape == wanted:
        return array
    for order in _LAYOUTS.get(array.ndim, []):
        if tuple(array.shape[i] for i in order) == wanted:
            return array.transpose(order)
    squeezed = [n for n in array.shape if n != 1]
    for order in itertools.permutations(range(len(squeezed))) if len(squeezed) < 5 else ():
        if [squeezed[i] for i in order] == [n for n in wanted if n != 1]:
            return array.reshape(squeezed).transpose(order).reshape(wanted)
    raise DrawError(f"the source draws shape {array.shape} where this draws {wanted}")


DICE = Dice()
