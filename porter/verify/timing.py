"""How long both sides take, on the same inputs, warmed up, in interleaved rounds."""

from __future__ import annotations

import statistics

from porter.verify.observe import Side, load
from porter.verify.process import Worker
from porter.verify.reference import Reference
from porter.verify.result import Case, Timing

_ROUNDS = 7


def time_both(reference: Reference, target: Worker, side: Side, case: Case) -> tuple[Timing, ...]:
    """Rows for the eager forward pass and an eager training step (forward and gradients)."""
    # Both were last loaded in float64.
    reference.stand("float32")
    load(target, side, "float32")
    weights = reference.weights
    shape = reference.side.arrays[0].shape if reference.side.arrays else ()
    rows = []
    for what in ("forward", "training step"):
        rounds: tuple[list[float], list[float]] = ([], [])
        for number in range(_ROUNDS + 1):
            for worker, kept in zip((reference.worker, target), rounds, strict=True):
                times = worker.ask("time", what=what, repeat=1, weights=weights)
                if number:
                    kept += times
        ours, theirs = (tuple(round(t, 3) for t in r) for r in rounds)
        ratio = statistics.median(theirs) / statistics.median(ours)
        batch = int(shape[0]) if shape else 1
        rows.append(Timing(case.device, "eager", what, batch, ours, theirs, round(ratio, 3)))
    return tuple(rows)
