#!/usr/bin/env python
"""Plant one mistake at a time in migrated files, and count which of them verification sees.

    scripts/plant_mistakes.py SOURCE TARGET --build EXPR --input SPEC... [--count N] [--seed N]
    scripts/plant_mistakes.py --list LIST.csv --direction D [--list ... --direction ...] --root DIR

Both workers stay alive; the source is run once. Every mistake that comes out `equal` is printed
with the reason why it changes nothing, from `equivalent_mistakes.toml`; one without a reason is a
hole in the verification, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bench_real import TARGETS, environment, migrate, rows
from mistakes import Mistake, mistakes, weight_mistakes

from porter.verify import Case, Manifest, Verification, Worker, WorkerError, parse_input
from porter.verify.process import Interpreter
from porter.verify.reference import Reference
from porter.verify.run import case_manifest, compare_target, frameworks, sides

EQUIVALENT = Path(__file__).with_name("equivalent_mistakes.toml")


@dataclass(frozen=True)
class Outcome:
    """What verification said of one mistake."""

    mistake: Mistake
    line: str
    result: Verification
    reason: str | None = None

    @property
    def place(self) -> str | None:
        found = self.result.first_divergence
        return found.target if found else None

    @property
    def located(self) -> bool:
        return self.result.status == "different" and self.place is not None

    @property
    def named(self) -> bool:
        """Did the verification name the line of the mistake?"""
        place = self.place or ""
        return any(place.endswith(f":{line}") for line in self.mistake.lines)


@dataclass(frozen=True)
class Equivalent:
    """Mistakes that are none, and why."""

    reason: str
    kind: str = ""
    was: str = ""
    line: str = ""
    uses: str = ""
    build: str = ""

    def matches(self, mistake: Mistake, line: str, build: str) -> bool:
        texts = [(self.kind, mistake.kind), (self.was, mistake.was), (self.line, line)]
        texts += [(self.build, build), *((self.uses, use) for use in mistake.uses)]
        known = bool(mistake.uses) or not self.uses
        return known and all(re.search(pattern, text) for pattern, text in texts)


def equivalents() -> list[Equivalent]:
    return [Equivalent(**e) for e in tomllib.loads(EQUIVALENT.read_text())["equivalent"]]


def planted(text: str, build: str, framework: str, manifest: Manifest | None) -> list[Mistake]:
    """Mistakes in the text, and in the weight maps that the manifest states."""
    found = mistakes(text, build, framework)
    touched = {line for m in found for line in m.lines}
    for i, entry in enumerate(manifest.parameters if manifest else ()):
        line = entry.target.span.line
        if line in touched:
            found += weight_mistakes(i, entry.weights, entry.rule, line)
    return found


def verify_all(case: Case, count: int, seed: int) -> list[Outcome]:
    """Verify the target as it is, then with each of a sample of mistakes."""
    manifest = case_manifest(case)
    source, target = sides(case)
    first, second = frameworks(manifest, source, target)
    known = equivalents()
    every = planted(target.text, target.build, second, manifest)
    if count:
        # A sample, no secret.
        every = random.Random(seed).sample(every, min(count, len(every)))  # noqa: S311
    lines = target.text.splitlines()
    outcomes: list[Outcome] = []
    interpreter = Interpreter(second, sys.executable, case.target_env, timeout=120)
    with Worker(Interpreter(first, sys.executable, case.source_env)) as one:
        reference = Reference(one, source, case.seed)
        two = Worker(interpreter)
        try:
            plain = compare_target(reference, two, target, manifest, case, loud=True)
            print(f"{case.name}: {plain.status} as it is, {len(every)} mistakes", flush=True)
            for mistake in sorted(every, key=lambda m: m.lines):
                wrong = replace(target, text=mistake.apply(target.text))
                try:
                    result = compare_target(reference, two, wrong, _reweighed(manifest, mistake),
                                            case, loud=True)  # fmt: skip
                except WorkerError as error:
                    result = Verification(case.name, "error", str(error))
                if result.status == "error" and "ended with" in (result.error or ""):
                    two.close()
                    two = Worker(interpreter)
                line = lines[mistake.lines[0] - 1]
                reasons = [e.reason for e in known if e.matches(mistake, line, target.build)]
                outcomes.append(Outcome(mistake, line, result, reasons[0] if reasons else None))
        finally:
            two.close()
            one.stop()
            reference.finish()
    return outcomes


def _reweighed(manifest: Manifest | None, mistake: Mistake) -> Manifest | None:
    if manifest is None or mistake.weights is None:
        return manifest
    index, weights = mistake.weights
    entries = list(manifest.parameters)
    entries[index] = replace(entries[index], weights=weights)
    return replace(manifest, parameters=tuple(entries))


def show(outcome: Outcome, everything: bool) -> None:
    """A line for a mistake that was not seen, or whose line was not named."""
    status, mistake = outcome.result.status, outcome.mistake
    unseen = status == "equal"
    if not (everything or unseen or (outcome.located and not outcome.named)):
        return
    mark = outcome.reason or "" if unseen else "line" if outcome.named else outcome.place or ""
    if unseen and not outcome.reason:
        mark = "NO REASON KNOWN"
    was, now = (" ".join(t.split()) for t in (mistake.was, mistake.now))
    print(f"  {status:12} {mistake.lines[0]:4} {mistake.kind}: {was} → {now}  [{mark}]")
    if everything and outcome.result.error:
        print(f"      {outcome.result.error}")


def report(name: str, outcomes: Iterable[Outcome]) -> None:
    """One line of figures."""
    every = list(outcomes)
    counts = Counter(o.result.status for o in every)
    unlisted = sum(o.result.status == "equal" and not o.reason for o in every)
    located = [o for o in every if o.located]
    failed = [o for o in every if o.result.status == "error"]
    right = sum(o.named for o in located)
    share = f" ({right / len(located):.0%})" if located else ""
    print(
        f"{name}: planted {len(every)}, different {counts['different']}, "
        f"inconclusive {counts['inconclusive']}, error {counts['error']}, "
        f"equal {counts['equal']} ({unlisted} without a reason); "
        f"line named in {right} of {len(located)} located{share}, "
        f"and in {sum(o.named for o in failed)} of {len(failed)} that cannot run",
        flush=True,
    )


def listed(files: list[Path], directions: list[str], root: Path, folder: Path) -> list[Case]:
    """Migrate the files of lists, and say how each is verified."""
    found = []
    for file, direction in zip(files, directions, strict=True):
        for row in rows(file, set()):
            source, target = root / row["path"], folder / row["id"]
            status, said = migrate(source, TARGETS[direction], target, 600)
            if status > 1:
                raise SystemExit(f"{source}: {said}")
            inputs = tuple(parse_input(text) for text in json.loads(row["inputs"]))
            side = "source_env" if direction == "keras-to-torch" else "target_env"
            case = Case(row["id"], source, target, row["build"], inputs)
            found.append(replace(case, **{side: environment(row)}))  # type: ignore[arg-type]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("source", type=Path, nargs="?")
    parser.add_argument("target", type=Path, nargs="?")
    parser.add_argument("--build")
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--source-env", action="append", default=[])
    parser.add_argument("--list", type=Path, action="append", default=[])
    parser.add_argument("--direction", choices=TARGETS, action="append", default=[])
    parser.add_argument("--root", type=Path)
    parser.add_argument("--only", default="", help="ids, comma-separated")
    parser.add_argument("--count", type=int, default=0, help="a sample a file; 0 is all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all", action="store_true", help="show every mistake")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="porter-plant-") as name:
        if options.list:
            if len(options.list) != len(options.direction) or options.root is None:
                parser.error("every --list needs its --direction, and all one --root")
            cases = listed(options.list, options.direction, options.root, Path(name))
        elif options.source and options.target and options.build:
            inputs = tuple(parse_input(text) for text in options.input)
            pairs = dict(pair.split("=", 1) for pair in options.source_env)
            cases = [Case(options.source.stem, options.source, options.target, options.build,
                          inputs, source_env=pairs)]  # fmt: skip
        else:
            parser.error("give SOURCE TARGET --build, or --list")
        only = set(filter(None, options.only.split(",")))
        total: list[Outcome] = []
        for case in cases:
            if only and case.name not in only:
                continue
            outcomes = verify_all(case, options.count, options.seed)
            for outcome in outcomes:
                show(outcome, options.all)
            report(case.name, outcomes)
            total += outcomes
    report("all", total)
    return int(any(o.result.status == "equal" and not o.reason for o in total))


if __name__ == "__main__":
    raise SystemExit(main())
