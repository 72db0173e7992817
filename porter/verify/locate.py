"""Where a target that differs first leaves its source: run both again, watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from porter.verify import blame, compare
from porter.verify.align import Alignment, Link
from porter.verify.compare import Difference
from porter.verify.diverge import Runs, first_divergence, structure
from porter.verify.events import LIMITS, traced
from porter.verify.manifest import Manifest
from porter.verify.observe import Precision
from porter.verify.process import WorkerError
from porter.verify.result import Divergence

if TYPE_CHECKING:
    from porter.verify.candidate import Candidate


def locate(
    candidate: Candidate,
    failed: str | None,
    differences: Sequence[Difference],
    misfit: Link | None = None,
    scale: float | None = None,
) -> Divergence | None:
    """The first divergence, in the mode of the phase that failed."""
    training, alignment = failed == "training", candidate.alignment
    try:
        runs = _runs(candidate, training, scale)
    except WorkerError:
        # A side that can't be watched has failed before, and that was reported.
        return by_absence(alignment, candidate.manifest)
    if any(d.reason.startswith("structure") for d in differences):
        return structure(runs.target)
    path = str(candidate.side.path)
    found = blame.by_condition(runs.texts, alignment, path) or first_divergence(runs)
    if found is None and misfit is not None:
        return blame.by_shape(runs.texts, alignment, misfit)
    if found is None:
        found = by_absence(alignment, candidate.manifest)
    if found is not None or failed is None:
        return found
    if failed == "forward":
        return structure(runs.target)
    limit = compare.RTOL["float32"]
    gradients = [d for d in differences if d.name.startswith("gradient")]
    states = [d for d in differences if d.name.startswith("state")]
    if any(d.relative > limit for d in gradients):
        return blame.by_gradient(alignment, runs.target, gradients, limit)
    return blame.by_state(alignment, states, limit)


def _runs(candidate: Candidate, training: bool, scale: float | None) -> Runs:
    """Both sides' events, in float64 where the source can."""
    reference = candidate.reference
    precision: Precision = "float64"
    try:
        reference.trace(precision, training)
    except WorkerError:
        precision = "float32"
    source = reference.traced(precision, training, scale)
    try:
        run = reference.loud(precision, scale) if scale else reference.trace(precision, training)
        draws = candidate.moved(run.draws)
    except WorkerError:
        draws = []
    candidate.reload(precision)
    candidate.fill_fitting(scale)
    factors = candidate.side.factors(scale)
    target = traced(candidate.worker, training, draws, reference.seed, factors)
    texts = reference.side.text, candidate.side.text
    return Runs(source, target, candidate.alignment, candidate.manifest, texts, LIMITS[precision])


def by_absence(alignment: Alignment, manifest: Manifest | None) -> Divergence | None:
    """An array without a partner: where the layer that has it is made, or ought to be."""
    if not alignment.unmatched:
        return None
    used = {v for link in alignment.links for v in link.target.values()}
    for node in alignment.target.nodes.values():
        if any(alignment.target.variables[v].role != "constant" and v not in used
               for v in node.own.values()):  # fmt: skip
            return Divergence(None, blame.shown(node.site), node.name, float("inf"), "parameters")
    kept = {v for link in alignment.links for v in link.source.values()}
    for node in alignment.source.nodes.values():
        own = {v for v in node.own.values() if alignment.source.variables[v].role != "constant"}
        if manifest is None or node.site is None or own <= kept:
            continue
        for entry in manifest.parameters:
            if entry.source.span.meets(node.site):
                place = f"{blame.file_name(entry.file)}:{entry.target.span.line}"
                return Divergence(blame.shown(node.site), place, node.name, float("inf"), "absent")
    return None
