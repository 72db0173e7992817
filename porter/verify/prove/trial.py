"""One drawn call, put to the test: written, migrated, run on both sides, compared."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from porter.rewrite import Migration, Options, migrate_source
from porter.rulebook import SIDES, Side, other
from porter.verify import inputs as specs
from porter.verify import observe
from porter.verify.judge import WIDTH
from porter.verify.manifest import read_manifest
from porter.verify.process import Interpreter, Worker, WorkerError
from porter.verify.prove import way
from porter.verify.prove.claim import disputed, is_empty
from porter.verify.prove.drawing import Call
from porter.verify.prove.outcome import Outcome, Verdict
from porter.verify.prove.snippet import Snippet, said, snippet
from porter.verify.reference import Reference
from porter.verify.result import Case, Verification
from porter.verify.run import compare_target

_SINGLE, _CONSTANT = 1e-5, 1e-6
_UNSAID = "the rule says nothing of the weights, which found their partners by a guess"
_LEFT_ALONE = ("todo", "unknown", "receiver-unknown", "manual", "unsafe")


class Bench:
    """Both workers, kept between trials; use it in a `with` statement."""

    def __init__(
        self, folder: Path, python: str, rule_dirs: tuple[Path, ...] = (), timeout: float = 30.0
    ) -> None:
        self.folder, self.python, self.timeout = folder, python, timeout
        self.rule_dirs = rule_dirs
        self._workers: dict[Side, Worker] = {}
        # What came out of the last source that ran, as its worker describes it.
        self._outputs: Sequence[Mapping[str, Any]] = ()

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End both workers."""
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()

    def worker(self, side: Side) -> Worker:
        """The worker of one side, started where there is none or it is dead."""
        worker = self._workers.get(side)
        if worker is not None and not worker.alive:
            worker.close()
            worker = None
        if worker is None:
            worker = Worker(Interpreter(side, self.python, timeout=self.timeout))
            self._workers[side] = worker
        return worker

    def start(self) -> None:
        """Start both, so that they import their frameworks at the same time."""
        for side in SIDES:
            self.worker(side)

    def run(self, call: Call) -> Outcome:
        """Migrate a call and compare; never raises."""
        written = snippet(call)
        if call.rule.kind != "optimizer":
            return self._safely(call.side, written, lambda: self._claimed(call, written))
        return self._safely(call.side, written, lambda: self._driven(call, written))

    def show(self, side: Side, name: str, written: Snippet) -> Outcome:
        """Migrate a program and compare; never raises."""
        return self._safely(side, written, lambda: self._tried(side, name, written))

    def _safely(self, side: Side, written: Snippet, tried: Callable[[], Outcome]) -> Outcome:
        try:
            return self._settled(side, written.shown(tried()))
        except Exception as error:
            # Whatever it is, it is a bug of ours, and this call shows it.
            return Outcome("failed", _crash(error), written.text)

    def _claimed(self, call: Call, written: Snippet) -> Outcome:
        """A call that came out right, and in the shape that the rule says."""
        outcome = self._tried(call.side, call.rule.id, written, call.rule.kind == "layer")
        if outcome.verdict == "failed" and (call.open or outcome.is_loud) and is_empty(call):
            # Keras looks at sizes where it is told them, and TensorFlow then makes up a result.
            return replace(outcome, verdict="invalid", reason="nothing comes out of it")
        if outcome.verdict not in ("safe", "single"):
            return outcome
        if call.rule.id not in outcome.rules:
            return replace(outcome, verdict="refused", reason="another rule translates it")
        outputs = self._alone(call) if said(call, "within") else self._outputs
        wrong = disputed(call, outputs)
        return outcome if wrong is None else replace(outcome, verdict="failed", reason=wrong)

    def _alone(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """What comes out of a call with which its program would go on; nothing, if it can't run."""
        written = snippet(replace(call, alone=True))
        side = self._side("alone.py", written)
        try:
            return observe.load(self.worker(call.side), side, "float32").outputs
        except WorkerError:
            return ()

    def _tried(self, side: Side, name: str, written: Snippet, mapped: bool = False) -> Outcome:
        """The verdict on a program; `mapped`: arrays are paired as the rule says, or not at all."""
        verdict: Verdict = "safe"
        migration = self._migrated(side, written, unsafe=False)
        refusal = _refusal(migration)
        if refusal is not None:
            verdict = "unsafe"
            migration = self._migrated(side, written, unsafe=True)
            if _refusal(migration) is not None:
                return Outcome("refused", refusal, "", migration.code)
        try:
            result = self._compare(side, name, written, migration)
            outcome = _judged(result, verdict)
            if mapped and outcome.verdict == "safe" and _is_guessed(result, migration):
                outcome = Outcome("failed", _UNSAID, "")
        except WorkerError as error:
            outcome = Outcome("failed", str(error), "")
        used = frozenset(finding.rule for finding in migration.findings)
        return replace(outcome, target=migration.code, rules=used)

    def _driven(self, call: Call, written: Snippet) -> Outcome:
        """An optimiser: what it becomes takes the same steps, or steps as near as the rule says."""
        code = way.written(call)
        if call.side == "torch":
            migration = self._migrated(call.side, written, unsafe=False)
            refusal = _refusal(migration)
            if refusal is not None:
                return Outcome("refused", refusal, "", migration.code)
            code = migration.code
        if code is None:
            return Outcome("refused", "no equivalent is known for these arguments", "")
        ends = [
            (self.worker(side), way.program(side, text))
            for side, text in ((call.side, written.text), (other(call.side), code))
        ]
        try:
            outcome = way.compared(call, ends[0], ends[1])
        except WorkerError as error:
            outcome = Outcome("failed", str(error), "")
        return replace(outcome, target=code)

    def _settled(self, source: Side, outcome: Outcome) -> Outcome:
        """The outcome, where a worker did not live to see it: the source's is no fault of ours."""
        dead = [side for side, worker in self._workers.items() if not worker.alive]
        if source in dead:
            return replace(outcome, verdict="invalid")
        return replace(outcome, verdict="failed", ended=True) if dead else outcome

    def _migrated(self, source: Side, written: Snippet, *, unsafe: bool) -> Migration:
        to = other(source)
        options = Options(to=to, rule_dirs=self.rule_dirs, unsafe=unsafe)
        path = str(self.folder / "snippet.py")
        return migrate_source(written.text, to=to, path=path, options=options)

    def _side(self, name: str, written: Snippet) -> observe.Side:
        """A program as a worker runs it, on values that are drawn for it."""
        path = self.folder / name
        path.write_text(written.text, encoding="utf-8")
        given = tuple(specs.parse_input(each) for each in written.inputs)
        arrays, layouts = specs.draw(given, 0)
        unnamed = tuple(None for _ in given)
        return observe.Side(
            path, written.text, written.build, (), tuple(arrays), tuple(layouts), unnamed
        )

    def _compare(
        self, start: Side, name: str, written: Snippet, migration: Migration
    ) -> Verification:
        self._outputs = ()
        place = self.folder / "target"
        place.mkdir(exist_ok=True)
        source = self._side("snippet.py", written)
        target = replace(source, path=place / "snippet.py", text=migration.code)
        target.path.write_text(target.text, encoding="utf-8")
        (place / "porter.json").write_text(json.dumps(_document(start, migration, self.folder)))
        manifest = read_manifest(place / "porter.json")
        given = tuple(specs.parse_input(text) for text in written.inputs)
        case = Case(name, source.path, place, written.build, given)
        reference = Reference(self.worker(start), source, 0, watched=False)
        try:
            return compare_target(reference, self.worker(other(start)), target, manifest, case)
        finally:
            reference.finish()
            if reference.loaded.done() and reference.loaded.exception() is None:
                self._outputs = reference.loaded.result().outputs


def _refusal(migration: Migration) -> str | None:
    """Why a migration left something undone, if it did."""
    for finding in migration.findings:
        if finding.kind in _LEFT_ALONE:
            return f"{finding.kind}: {finding.message}"
    return None if migration.changed else "todo: nothing was translated"


def _is_guessed(result: Verification, migration: Migration) -> bool:
    """Whether arrays were paired that the manifest says nothing of."""
    mapped = result.parameters.mapped if result.parameters else 0
    return bool(mapped) and not any(e.get("weights") for e in migration.manifest.parameters)


def _document(side: Side, migration: Migration, folder: Path) -> dict[str, object]:
    manifest = migration.manifest
    name = "snippet.py"
    file = {"source": name, "source_path": str(folder / name), "target": name, "sha256": ""}
    return {
        "schema": 1, "porter": "", "from": side, "to": other(side), "files": [file],
        "models": manifest.models, "parameters": manifest.parameters, "calls": manifest.calls,
        "findings": [],
    }  # fmt: skip


def _judged(result: Verification, verdict: Verdict) -> Outcome:
    other = [text for text in result.findings if text.startswith(WIDTH)]
    if other and verdict == "safe":
        return Outcome("failed", other[0], "")
    if result.status == "equal" or (
        result.status == "different" and _equal_but_for_constants(result)
    ):
        return Outcome(verdict, "", "", phases=_compared(result))
    if verdict == "safe" and _only_single(result):
        return Outcome("single", "", "", phases=_compared(result))
    if result.status == "inconclusive":
        return Outcome("inconclusive", "; ".join(result.findings), "")
    if result.status == "error" and (result.error or "").startswith("source"):
        return Outcome("invalid", result.error or "", "")
    if verdict == "unsafe":
        # What was assumed did not hold for this call; --unsafe is for those who know.
        return Outcome("inconclusive", _reason(result), "")
    return Outcome("failed", _reason(result), "")


def _only_single(result: Verification) -> bool:
    """Whether nothing stands against equality but that one side cannot run in float64."""
    phases = {"forward": result.forward, "gradient": result.gradient, "training": result.training}
    ran = {name: found for name, found in phases.items() if found is not None}
    return (
        result.status == "inconclusive"
        and bool(ran)
        and not any(finding.startswith("no signal") for finding in result.findings)
        and not any(_stopped(name, result) for name in phases.keys() - ran.keys())
        and all(
            found.equal
            and (found.float32 or 0.0) <= _SINGLE
            and (found.float64 is not None or _stopped(name, result))
            for name, found in ran.items()
        )
    )


def _stopped(phase: str, result: Verification) -> bool:
    """Whether a side could not run a phase, in one precision at least."""
    starts = (f"{phase}: target: ", f"{phase}: source: ")
    return any(text.startswith(starts) for text in result.findings)


def _compared(result: Verification) -> tuple[str, ...]:
    """The phases that had numbers to compare; whole numbers have no gradient."""
    phases = {"forward": result.forward, "gradient": result.gradient, "training": result.training}
    return tuple(name for name, found in phases.items() if found is not None and found.worst)


def _crash(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"porter crashed at {place}: {type(error).__name__}: {error}"


def _equal_but_for_constants(result: Verification) -> bool:
    """Whether only float64's last digits differ.

    TensorFlow keeps some constants (a LeakyReLU's slope, gelu's √(2/π)) in float32 whatever the
    dtype, so that float64 parts at 1e-8. A wrong epsilon or a wrong formula parts far before.
    """
    phases = [p for p in (result.forward, result.gradient, result.training) if p is not None]
    return (
        bool(phases)
        and not (result.parameters and result.parameters.unmatched)
        and all(
            phase.equal
            or (
                phase.float32 is not None
                and phase.float32 <= _SINGLE
                and phase.float64 is not None
                and phase.float64 <= _CONSTANT
            )
            for phase in phases
        )
    )


def _reason(result: Verification) -> str:
    if result.error:
        return result.error
    phases = {"forward": result.forward, "gradient": result.gradient, "training": result.training}
    apart = [
        f"{name} differs at {phase.worst} by {phase.float32} (float64: {phase.float64})"
        for name, phase in phases.items()
        if phase is not None and not phase.equal
    ]
    unmatched = result.parameters.unmatched if result.parameters else ()
    apart += [f"no partner for {name}" for name in unmatched]
    return "; ".join([*apart, *result.findings])
