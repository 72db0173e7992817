"""A few steps of training on both sides: do they go the same way?

Each side descends on the same fixed weighted sum of its outputs, by gradient descent with momentum,
with the same numbers for its random operations. Losses and trained arrays are compared; running
statistics are not, which the training pass has judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from porter.verify import blame, compare
from porter.verify.align import Alignment
from porter.verify.compare import Difference
from porter.verify.observe import Draw, Precision
from porter.verify.process import Arrays, Worker, WorkerError
from porter.verify.result import Comparison, Divergence
from porter.verify.tree import Tree

if TYPE_CHECKING:
    from porter.verify.candidate import Candidate

COUNT = 5
_FARTHEST = 0.01


@dataclass(frozen=True)
class Course:
    """Where a side got to: the loss before each step, and the arrays after the last."""

    losses: Arrays
    values: Arrays
    draws: tuple[Draw, ...]


@dataclass(frozen=True)
class Stepped:
    """The comparison, what it says of a doubt, and where the first array is made that strays."""

    comparison: Comparison | None
    doubt: str | None = None
    place: Divergence | None = None


def compare_steps(candidate: Candidate, count: int, rtol: float | None) -> Stepped:
    """Train both sides for some steps, in float32 and, where the source can, in float64."""
    if not _trainable(candidate.alignment.source):
        return Stepped(None)
    found: dict[Precision, list[Difference]] = {}
    limits: dict[Precision, float] = {
        "float32": rtol or compare.RTOL["float32"],
        "float64": compare.RTOL["float64"],
    }
    for precision in limits:
        try:
            source = _source(candidate, precision, count)
        except WorkerError as error:
            if precision == "float32":
                return Stepped(None, f"steps: source: {error}")
            break
        try:
            target = _target(candidate, precision, count, source)
        except WorkerError as error:
            return Stepped(Comparison(False, worst=f"target: {error}"))
        found[precision] = _differences(source, target, candidate.alignment)
    worst = {p: compare.worst(d) or Difference("", 0.0) for p, d in found.items()}
    wrong = [p for p in worst if worst[p].relative > limits[p]]
    shown = worst[wrong[0]] if wrong else worst["float32"]
    double = worst.get("float64")
    return Stepped(
        Comparison(
            not wrong, worst["float32"].relative, double.relative if double else None, shown.name
        ),
        place=_place(candidate.alignment, found[wrong[0]], limits[wrong[0]]) if wrong else None,
    )


def _source(candidate: Candidate, precision: Precision, count: int) -> Course:
    reference = candidate.reference
    reference.stand(precision)
    reference.worker.ask("set", arrays=reference.values.result())
    dice = {"record": reference.seed + 1}
    return _course(reference.worker, reference.weights, count, _rates(candidate)[0], dice)


def _target(candidate: Candidate, precision: Precision, count: int, source: Course) -> Course:
    candidate.reload(precision)
    candidate.fill()
    draws = candidate.moved(source.draws)
    dice = {
        "replay": {str(i): d.values for i, d in enumerate(draws)},
        "kinds": [d.kind for d in draws],
    }
    return _course(candidate.worker, candidate.weights(), count, _rates(candidate)[1], dice)


def _course(worker: Worker, weights: Arrays, count: int, rates: Arrays, dice: Any) -> Course:
    raw = worker.ask("steps", count=count, weights=weights, rates=rates, **dice)
    drawn = worker.load(raw["drawn"])
    draws = tuple(
        Draw(d["kind"], drawn[str(i)], tuple(d["site"]) if d["site"] else None)
        for i, d in enumerate(raw["draws"])
    )
    return Course(worker.load(raw["losses"]), worker.load(raw["values"]), draws)


def _rates(candidate: Candidate) -> tuple[Arrays, Arrays]:
    """How fast each array is trained: torch arrays that are one in Keras share its step."""
    gradients = candidate.reference.trace("float32", True).gradients
    largest = max((float(np.max(np.abs(g), initial=0.0)) for g in gradients.values()), default=0.0)
    rate = _FARTHEST / largest if largest else _FARTHEST
    alignment = candidate.alignment
    ours = {v: np.asarray(rate) for v in _trainable(alignment.source)}
    theirs = {v: np.asarray(rate) for v in _trainable(alignment.target)}
    keras_first = alignment.source.side == "keras"
    for link in alignment.links:
        torch, rates = (link.target, theirs) if keras_first else (link.source, ours)
        for chain in link.weights.chains.values():
            if len(chain.names) > 1 and not chain.stacked:
                shares = {torch[n]: np.asarray(rate / len(chain.names)) for n in chain.names}
                rates |= {v: share for v, share in shares.items() if v in rates}
    return ours, theirs


def _trainable(tree: Tree) -> list[str]:
    return [k for k, v in tree.variables.items() if v.trainable and v.role == "weight"]


def _differences(source: Course, target: Course, alignment: Alignment) -> list[Difference]:
    losses = [
        compare.apart(f"loss before step {int(i) + 1}", a, target.losses[i])
        for i, a in source.losses.items()
    ]
    return [*losses, *compare.trained(source.values, target.values, alignment)]


def _place(alignment: Alignment, differences: list[Difference], limit: float) -> Divergence | None:
    """The layer with the first array that was trained to other values."""
    for difference in differences:
        if difference.nodes is not None and difference.relative > limit:
            ours = alignment.source.nodes[difference.nodes[0]]
            theirs = alignment.target.nodes[difference.nodes[1]]
            places = blame.shown(ours.site), blame.shown(theirs.site)
            return Divergence(*places, ours.name or ours.kind, difference.relative, None)
    return None
