"""The verdict: one target held against what the source computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from porter.verify import compare
from porter.verify.align import Alignment, MisfitError
from porter.verify.candidate import Candidate
from porter.verify.compare import Difference
from porter.verify.locate import locate
from porter.verify.loud import compare_loud
from porter.verify.observe import Precision
from porter.verify.process import WorkerError
from porter.verify.reference import PRECISIONS, Reference
from porter.verify.result import Comparison, Divergence, Parameters, Status, Verification
from porter.verify.signal import is_flat
from porter.verify.steps import COUNT, compare_steps

# Beyond this a float64 run can tell nothing new.
_HOPELESS = 1e-2
# What a finding begins with that is about an output's dtype.
WIDTH = "dtype: "
_GUESSED = (
    "no manifest says which arrays belong together, and not all found a partner; "
    "nothing was compared"
)


@dataclass(frozen=True)
class Phase:
    """The differences of one phase in one precision; `problem` if it could not be run."""

    differences: tuple[Difference, ...] = ()
    problem: str | None = None

    @property
    def worst(self) -> Difference | None:
        return compare.worst(self.differences)


def _phases(candidate: Candidate, precision: Precision, training: bool) -> dict[str, Phase]:
    """`forward` and `gradient`, or `training`, in one precision."""
    names = ["training"] if training else ["forward", "gradient"]
    try:
        source = candidate.reference.trace(precision, training)
    except WorkerError as error:
        return {n: Phase(problem=f"source: {error}") for n in names}
    shapes = candidate.shapes(source)
    if shapes and not training:
        return {"forward": Phase(tuple(shapes))}
    try:
        target = candidate.run(training, source)
    except WorkerError as error:
        return {n: Phase(problem=f"target: {error}") for n in names}
    candidate.remarks.update(dict.fromkeys((*source.remarks, *target.remarks)))
    forward = compare.outputs(source, target, candidate.orders.outputs)
    gradient = compare.gradients(
        source, target, candidate.alignment, candidate.orders.inputs, precision
    )
    if not training:
        found = {"forward": Phase(tuple(forward))}
        # Where nothing has a gradient, there is none to compare.
        if source.has_gradients or target.has_gradients:
            found["gradient"] = Phase(tuple(gradient))
        return found
    state = compare.states(source, target, candidate.alignment)
    if target.draws_left:
        text = f"the source draws {target.draws_left} more random tensors"
        forward.append(Difference("random draws", float("inf"), text))
    return {"training": Phase((*forward, *gradient, *state))}


def judge(
    candidate: Candidate,
    name: str,
    wanted: Sequence[str],
    rtol: float | None,
    steps: int = COUNT,
    *,
    loud: bool = False,
) -> Verification:
    """Compare everything that is wanted and say what came of it; `loud`: large numbers, too."""
    alignment = candidate.alignment
    findings = list(alignment.notes)
    base = Verification(
        name,
        "error",
        parameters=_parameters(alignment),
        source=candidate.reference.loaded.result().versions,
        target=candidate.loaded.versions,
        lines=candidate.reference.loaded.result().lines,
    )
    failure = candidate.loaded.failure
    if failure is not None:
        place = locate(candidate, None, ())
        return replace(base, error=f"target: {located(failure)}", first_divergence=place)
    misfit, wrong = _filled(candidate)
    unfit = _unfit(candidate, misfit, base, findings)
    if unfit is not None:
        return unfit
    findings += [f"the constant {path} was built to other values" for path in wrong]
    mismatched = _trainable(alignment)
    findings += [*mismatched, *_widths(candidate)]
    found: dict[str, dict[str, Phase]] = {"float32": {}, "float64": {}}
    for precision in PRECISIONS:
        if precision == "float64":
            problem = _to_float64(candidate, found["float32"])
            if problem is not None:
                findings += [problem] if problem else []
                break
        for training in (False, True) if "training" in wanted else (False,):
            found[precision] |= _phases(candidate, precision, training)
            forward = found[precision]["forward"].worst
            if forward and forward.reason.startswith(("shape", "structure")):
                # Nothing further can be held against the source.
                break
    comparisons: dict[str, Comparison | None] = {}
    undecided = _flat_outputs(candidate)
    for phase in found["float32"]:
        if phase in wanted:
            single, double = found["float32"][phase], found["float64"].get(phase)
            own = _noise(candidate.reference, phase) if double is not None else 0.0
            comparisons[phase] = _compare(single, double, rtol, own, findings)
            if single.problem and single.problem.startswith("target"):
                findings.append(f"{phase}: {single.problem}")
            elif single.problem or (double and double.problem):
                undecided.append(f"{phase}: {single.problem or (double and double.problem)}")
    finest: Precision = "float64" if found["float64"] else "float32"
    place = _loud(candidate, finest, rtol, comparisons, findings) if loud else None
    place = place or _steps(
        candidate, steps if "steps" in wanted else 0, rtol, comparisons, undecided
    )
    status = _status(comparisons, alignment, undecided, bool(wrong or mismatched))
    place = place or _divergence(candidate, status, found["float32"], comparisons)
    return replace(
        base,
        status=status,
        first_divergence=place,
        findings=(*findings, *undecided, *candidate.remarks),
        forward=comparisons.get("forward"),
        gradient=comparisons.get("gradient"),
        training=comparisons.get("training"),
        steps=comparisons.get("steps"),
        lines=candidate.reference.lines("training" in wanted),
    )


def _filled(candidate: Candidate) -> tuple[MisfitError | None, list[str]]:
    """Fill the target: what does not fit, and which constants were built to other values."""
    try:
        return None, candidate.fill()
    except MisfitError as error:
        return error, []


def _unfit(
    candidate: Candidate, misfit: MisfitError | None, base: Verification, findings: list[str]
) -> Verification | None:
    """The verdict where arrays do not fit, or found no partner though none was named."""
    findings += [str(misfit)] if misfit else []
    alignment = candidate.alignment
    if alignment.guessed and (misfit or alignment.unmatched) and not _other_shapes(candidate):
        return replace(base, status="inconclusive", findings=(*findings, _GUESSED))
    if misfit is None:
        return None
    place = locate(candidate, None, (), misfit.link)
    return replace(base, status="different", findings=tuple(findings), first_divergence=place)


def _widths(candidate: Candidate) -> list[str]:
    """Outputs that are floats of another width, though both sides were built in float32."""
    ours = {o["path"]: str(o["kind"]) for o in candidate.reference.loaded.result().outputs}
    theirs = {o["path"]: str(o["kind"]) for o in candidate.loaded.outputs}
    return [
        f"{WIDTH}{f'output {path}'.strip()} is {kind} in the source, {theirs[path]} in the target"
        for path, kind in ours.items()
        if {kind[:5], theirs.get(path, "")[:5]} == {"float"} and kind != theirs[path]
    ]


def _other_shapes(candidate: Candidate) -> bool:
    """Do the outputs' shapes or structures differ, whatever the arrays hold?"""
    try:
        return bool(candidate.shapes(candidate.reference.trace("float32", False)))
    except WorkerError:
        return False


def _loud(
    candidate: Candidate,
    precision: Precision,
    rtol: float | None,
    comparisons: dict[str, Comparison | None],
    findings: list[str],
) -> Divergence | None:
    """Compare large numbers, if everything else is equal; says where they part."""
    forward = comparisons.get("forward")
    if forward is None or not all(c is not None and c.equal for c in comparisons.values()):
        return None
    limit = rtol if rtol and precision == "float32" else compare.RTOL[precision]
    heard = compare_loud(candidate, precision, limit)
    if not heard.heard:
        findings.append("the source gives no finite numbers for large inputs; none were compared")
    worst = compare.worst(heard.differences)
    if worst is None:
        return None
    findings.append(
        f"{_say(worst)}: equal for small numbers, off by {worst.relative:.1e} where inputs "
        f"and biases are {heard.scale:g} times as large"
    )
    comparisons["forward"] = replace(
        forward, equal=False, worst=_say(worst), **{precision: worst.relative}
    )
    return locate(candidate, "forward", heard.differences, scale=heard.scale)


def _steps(
    candidate: Candidate,
    count: int,
    rtol: float | None,
    comparisons: dict[str, Comparison | None],
    undecided: list[str],
) -> Divergence | None:
    """Train both sides, if everything else is equal; says where they part."""
    if not count or not all(c is not None and c.equal for c in comparisons.values()):
        return None
    stepped = compare_steps(candidate, count, rtol)
    undecided += [stepped.doubt] if stepped.doubt else []
    comparisons |= {"steps": stepped.comparison} if stepped.comparison else {}
    return stepped.place


def _divergence(
    candidate: Candidate,
    status: Status,
    single: dict[str, Phase],
    comparisons: dict[str, Comparison | None],
) -> Divergence | None:
    """Where the first phase that differs, or what has no partner, goes wrong."""
    if status not in ("different", "inconclusive"):
        return None
    failed = [name for name, c in comparisons.items() if c is not None and not c.equal]
    if not failed:
        return locate(candidate, None, ()) if status == "different" else None
    return (
        locate(candidate, failed[0], single[failed[0]].differences) if failed[0] in single else None
    )


def _to_float64(candidate: Candidate, single: dict[str, Phase]) -> str | None:
    """Load the target in float64; says why not, or "" where it would tell nothing."""
    forward = single["forward"].worst
    if single["forward"].problem or (forward and forward.relative > _HOPELESS):
        return ""
    try:
        source = candidate.reference.trace("float64", False)
    except WorkerError as error:
        return f"the source does not run in float64 ({error}); float32 decides"
    if source.outputs and all(a.dtype == np.float32 for a in source.outputs.values()):
        return "the source gives float32 where it is given float64; float32 decides"
    try:
        candidate.reload("float64")
        candidate.fill()
    except WorkerError as error:
        return f"the target does not run in float64: {error}"
    return None


def _compare(
    single: Phase, double: Phase | None, rtol: float | None, noise: float, findings: list[str]
) -> Comparison | None:
    if single.problem is not None:
        # What the source can do and the target can't is a difference; the reverse decides nothing.
        return Comparison(False, worst=single.problem) if "target" in single.problem[:6] else None
    limit = rtol or compare.RTOL["float32"]
    worst = single.worst or Difference("", 0.0)
    if double is None or double.problem is not None or double.worst is None:
        return Comparison(worst.relative <= limit, worst.relative, None, _say(worst))
    strict = double.worst
    if worst.relative > limit and strict.relative <= compare.RTOL["float64"]:
        findings.append(
            f"{worst.name}: float32 is off by {worst.relative:.1e} (float64 agrees); "
            f"the source's own rounding is {noise:.1e}"
        )
    equal = worst.relative <= limit and strict.relative <= compare.RTOL["float64"]
    shown = strict if worst.relative <= limit else worst
    return Comparison(equal, worst.relative, strict.relative, _say(shown))


def _say(difference: Difference) -> str:
    return f"{difference.name} {difference.reason}".strip()


def _noise(reference: Reference, phase: str) -> float:
    """How far the source's float32 result is from its own float64 result."""
    training = phase == "training"
    try:
        single = reference.trace("float32", training)
        double = reference.trace("float64", training)
    except WorkerError:
        return 0.0
    far = compare.rounding(
        double, single, outputs=phase != "gradient", gradients=phase != "forward"
    )
    return max((x for x in far if np.isfinite(x)), default=0.0)


def _flat_outputs(candidate: Candidate) -> list[str]:
    """Outputs of the source in which a mistake could not be seen."""
    try:
        trace = candidate.reference.trace("float32", False)
    except WorkerError:
        return []
    flat = [p or "the output" for p, a in trace.outputs.items() if is_flat(a)]
    findings = [f"no signal: {path} is constant or not finite" for path in flat]
    tree = candidate.reference.loaded.result().tree
    try:
        trained = candidate.reference.trace("float32", True).gradients
    except WorkerError:
        trained = {}
    for key, gradient in trace.gradients.items():
        if not gradient.any() and not trained.get(key, gradient).any():
            findings.append(f"no signal: the gradient of {tree.path(key)} is zero everywhere")
    return findings


def _trainable(alignment: Alignment) -> list[str]:
    found = []
    for link in alignment.links:
        ours = {alignment.source.variables[v].trainable for v in link.source.values()}
        theirs = {alignment.target.variables[v].trainable for v in link.target.values()}
        if ours != theirs:
            found.append(f"{link.label} is trainable on one side only")
    return found


def _status(
    comparisons: dict[str, Comparison | None],
    alignment: Alignment,
    undecided: list[str],
    wrong: bool,
) -> Status:
    done = [c for c in comparisons.values() if c is not None]
    if any(not c.equal for c in done) and alignment.ordered:
        # Another order might have been meant.
        return "inconclusive"
    if wrong or alignment.unmatched or any(not c.equal for c in done):
        return "different"
    if undecided or len(done) < len(comparisons) or not done:
        return "inconclusive"
    return "equal"


def located(error: WorkerError) -> str:
    """A failure with the user's line, if it has one."""
    return f"{error.where[0]}:{error.where[1]}: {error}" if error.where else str(error)


def _parameters(alignment: Alignment) -> Parameters:
    def count(trainable: bool) -> tuple[int, int]:
        sides = (alignment.source, alignment.target)
        one, two = (
            sum(
                v.size
                for v in t.variables.values()
                if v.trainable == trainable and (trainable or v.dtype.startswith("float"))
            )
            for t in sides
        )
        return one, two

    return Parameters(
        count(True), count(False), alignment.mapped, len(alignment.constant), alignment.merged,
        alignment.unmatched,
    )  # fmt: skip
