"""The same comparison on large numbers: what clips or saturates far from zero shows only there.

A difference counts where it is far more than what the source itself gives when its numbers are
changed in their last digits: large numbers also magnify rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from porter.verify import compare
from porter.verify.candidate import Candidate
from porter.verify.compare import Difference
from porter.verify.observe import Precision, Trace
from porter.verify.process import WorkerError

# How many times as large as usual inputs are; shifts are large in both.
SCALES = (30.0, 1000.0)
_LAST_DIGITS: dict[Precision, float] = {"float32": 2.0**-21, "float64": 2.0**-48}
_MAGNIFIED = 1000.0


@dataclass(frozen=True)
class Loud:
    """What differs at which scale; nothing was told at any scale where `heard` is false."""

    scale: float = 1.0
    differences: tuple[Difference, ...] = ()
    heard: bool = True


def compare_loud(candidate: Candidate, precision: Precision, limit: float) -> Loud:
    """The first scale at which the outputs of inference part."""
    candidate.reload(precision)
    heard = False
    for scale in SCALES:
        try:
            source = candidate.reference.loud(precision, scale)
        except WorkerError:
            continue
        if not all(np.isfinite(a).all() for a in source.outputs.values() if a.dtype.kind == "f"):
            continue
        heard = True
        candidate.fill(scale)
        try:
            target = candidate.run_loud(scale, source)
        except WorkerError as error:
            return Loud(scale, (Difference("outputs", float("inf"), f"target: {error}"),))
        found = compare.outputs(source, target, candidate.orders.outputs)
        wrong = [d for d in found if d.relative > limit]
        if wrong:
            moved = _moved(candidate, precision, scale, source)
            wrong = [d for d in wrong if d.relative > _MAGNIFIED * moved.get(d.name, 0.0)]
        candidate.remarks.update(dict.fromkeys((*source.remarks, *target.remarks)))
        if wrong:
            return Loud(scale, tuple(wrong))
    return Loud(heard=heard)


def _moved(
    candidate: Candidate, precision: Precision, scale: float, source: Trace
) -> dict[str, float]:
    """How far the source's own outputs move with the last digits of its numbers."""
    try:
        nudged = candidate.reference.loud(precision, scale, _LAST_DIGITS[precision])
    except WorkerError:
        return {}
    return {d.name: d.relative for d in compare.outputs(source, nudged, ())}
