"""One case from files to a verdict: two workers, a reference, a candidate."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from porter.source import SourceError, read_module
from porter.verify import inputs as specs
from porter.verify.candidate import Candidate
from porter.verify.cases import find_file, phases
from porter.verify.compare import RTOL
from porter.verify.history import as_it_was
from porter.verify.judge import judge, located
from porter.verify.manifest import Manifest, ManifestError, read_manifest
from porter.verify.observe import Side
from porter.verify.process import Interpreter, SideName, Worker, WorkerError
from porter.verify.reference import Reference
from porter.verify.result import Case, Comparison, Verification
from porter.verify.steps import COUNT
from porter.verify.timing import time_both

# How often arrays are drawn until float32 gradients can be compared.
DRAWS = 10


def verify_case(case: Case) -> Verification:
    """Run both sides of a case and compare them."""
    try:
        if case.source_ref is None:
            return _verified(case, case.source)
        with as_it_was(case.source, case.source_ref) as old:
            return _verified(case, old)
    except (ManifestError, SourceError, specs.InputError) as error:
        return Verification(case.name, "error", str(error))


def on_a_kink(result: Verification) -> bool:
    """Whether all that differs are gradients, in float32 alone."""
    if result.status != "different" or result.forward is None or not result.forward.equal:
        return False
    apart = [c for c in (result.gradient, result.training) if c is not None and not c.equal]
    return all(map(_agrees_in_float64, apart))


def _agrees_in_float64(comparison: Comparison) -> bool:
    return comparison.float64 is not None and comparison.float64 <= RTOL["float64"]


def _verified(case: Case, path: Path) -> Verification:
    manifest = case_manifest(case)
    source, target = _sides(case, path)
    first, second = frameworks(manifest, source, target)
    with (
        Worker(_interpreter(case, first, "source")) as one,
        Worker(_interpreter(case, second, "target")) as two,
    ):
        reference = Reference(one, source, case.seed)
        try:
            result = compare_target(reference, two, target, manifest, case, loud=True)
            if "timing" in case.compare and result.status != "error":
                reference.finish()
                result = replace(result, timing=time_both(reference, two, target, case))
            if on_a_kink(result):
                reference.finish()
                result = _drawn_again(case, path, (one, two), manifest) or result
        finally:
            one.stop()
            reference.finish()
    return result


def _drawn_again(
    case: Case, path: Path, workers: tuple[Worker, Worker], manifest: Manifest | None
) -> Verification | None:
    """A verdict on arrays that fall on no kink, if some of a few draws do not.

    Where an activation is all but zero, rounding decides on which side of its kink it is, and
    float32 gradients part although nothing is wrong. The limits stay as they are: other arrays
    are drawn, and what the first ones gave is told.
    """
    for again in range(1, DRAWS):
        other = replace(case, seed=case.seed + again * 1000)
        source, target = _sides(other, path)
        reference = Reference(workers[0], source, other.seed)
        try:
            result = compare_target(reference, workers[1], target, manifest, other, loud=True)
        finally:
            reference.finish()
        if result.status == "equal":
            said = f"drawn {again + 1} times: float64 agreed each time, float32 gradients did not"
            return replace(result, findings=(*result.findings, said))
        if result.status == "different" and not on_a_kink(result):
            return result
    return None


def _sides(case: Case, path: Path) -> tuple[Side, Side]:
    """Both sides, the source's text as that of `path`."""
    source, target = sides(case)
    if path != case.source:
        source = replace(source, path=path, text=read_module(path).text)
    return source, target


def compare_target(
    reference: Reference,
    worker: Worker,
    target: Side,
    manifest: Manifest | None,
    case: Case,
    *,
    loud: bool = False,
) -> Verification:
    """Hold one target against a running reference; `loud`: on large numbers, too."""
    try:
        candidate = Candidate(reference, worker, target, manifest)
    except WorkerError as error:
        try:
            reference.loaded.result()
        except WorkerError as first:
            return Verification(case.name, "error", f"source: {located(first)}")
        return Verification(case.name, "error", f"target: {located(error)}")
    return judge(candidate, case.name, case.wanted, case.rtol, case.steps or COUNT, loud=loud)


def verify(
    source: str | Path,
    target: str | Path,
    inputs: Sequence[str],
    *,
    build: str = "model",
    name: str | None = None,
    compare: Sequence[str] = ("forward", "gradient", "training"),
    **options: Any,
) -> Verification:
    """Run `build` of two files on the same inputs and weights, and compare.

    `target` may be the folder that `porter migrate -o` wrote; `inputs` are SPEC strings.
    """
    case = Case(
        name or Path(source).stem,
        find_file(source),
        find_file(target),
        build,
        tuple(specs.parse_input(text) for text in inputs),
        compare=phases(list(compare)),
        **options,
    )
    return verify_case(case)


def case_manifest(case: Case) -> Manifest | None:
    """The manifest that goes with a case: named, in the target's folder, or none."""
    if case.manifest is not None:
        return read_manifest(case.manifest)
    folder = case.target if case.target.is_dir() else case.target.parent
    for place in (folder, *folder.parents):
        if (place / "porter.json").is_file():
            return read_manifest(place / "porter.json")
        if case.target.is_dir() or (place / ".git").exists():
            break
    return None


def sides(case: Case) -> tuple[Side, Side]:
    """Both files as they are run; raises where one cannot be found or read."""
    manifest = case_manifest(case)
    arrays, layouts = specs.draw(case.inputs, case.seed)
    keywords = tuple(i.keyword for i in case.inputs)
    leaves = [leaf for i in case.inputs for leaf in i.leaves]
    free = tuple(number for number, leaf in enumerate(leaves) if leaf.is_free)
    target = case.target
    if target.is_dir():
        written = manifest.target_of(case.source) if manifest else None
        if written is None:
            raise ManifestError(f"{target}: no porter.json there says what {case.source} became")
        target = written

    def side(path: Path, build: str) -> Side:
        text = read_module(path).text
        return Side(path, text, build, case.argv, tuple(arrays), tuple(layouts), keywords, free)

    return side(case.source, case.build), side(target, case.target_build or case.build)


def frameworks(manifest: Manifest | None, source: Side, target: Side) -> tuple[SideName, SideName]:
    """Which framework runs which side."""
    if manifest is not None:
        return ("torch", "keras") if manifest.target == "keras" else ("keras", "torch")
    return guess_framework(source.text), guess_framework(target.text)


def guess_framework(text: str) -> SideName:
    """A file that imports torch is torch's."""
    heads = [
        line.split() for line in text.splitlines() if line.lstrip().startswith(("import", "from"))
    ]
    return "torch" if any(len(h) > 1 and h[1].split(".")[0] == "torch" for h in heads) else "keras"


def _interpreter(case: Case, framework: SideName, which: str) -> Interpreter:
    python, environment = (
        (case.source_python, case.source_env)
        if which == "source"
        else (case.target_python, case.target_env)
    )
    merged: Mapping[str, str] = dict(environment)
    return Interpreter(framework, python or sys.executable, merged, case.device, case.timeout)
