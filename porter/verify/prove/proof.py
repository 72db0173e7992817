"""Proving rules: what each earned, in both directions, and the smallest call that refutes it."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, settings

from porter.rulebook import SIDES, Rule, Side, read_proofs, write_proofs
from porter.verify.prove.drawing import Call, calls
from porter.verify.prove.trial import Bench, Outcome

# Kinds whose calls no snippet of a few lines can hold against the other side.
UNTRIED = frozenset({"optimizer", "value", "shape", "attribute"})


@dataclass(frozen=True)
class Proof:
    """What one rule earned in one direction."""

    rule: str
    side: Side
    counts: dict[str, int]
    refuted: Outcome | None = None
    refusals: tuple[str, ...] = ()

    @property
    def run(self) -> int:
        """How many calls were migrated and came to a verdict on both sides."""
        return sum(self.counts.get(k, 0) for k in ("safe", "unsafe", "failed"))

    @property
    def earned(self) -> str:
        """`safe`, `unsafe`, `failed`, or `unproven` where nothing was run."""
        if self.counts.get("failed"):
            return "failed"
        if self.counts.get("safe"):
            return "safe"
        return "unsafe" if self.counts.get("unsafe") else "unproven"


class Refuted(AssertionError):
    """A call that the rule translates wrongly."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def directions(rule: Rule) -> Iterator[Side]:
    """The sides that a rule translates from."""
    if rule.manual or rule.kind in UNTRIED or len(rule.signatures) < len(SIDES):
        return
    for side in SIDES:
        if any(case.origin in (None, side) for case in rule.cases):
            yield side


def prove(rule: Rule, side: Side, bench: Bench, cases: int) -> Proof:
    """Draw calls, run them through the engine and both frameworks, and count."""
    counts: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    seen: dict[Call, Outcome] = {}

    def trial(call: Call) -> None:
        if call in seen:
            outcome = seen[call]
        else:
            outcome = seen[call] = bench.run(call)
            counts[outcome.verdict] += 1
            if outcome.verdict == "refused":
                refusals[outcome.reason] += 1
        if outcome.verdict == "failed":
            raise Refuted(outcome)

    refuted: Outcome | None = None
    try:
        _checked(trial, rule, side, cases)()
    except Refuted as error:
        refuted = error.outcome
    said = tuple(reason for reason, _ in refusals.most_common(3))
    return Proof(rule.id, side, dict(counts), refuted, said)


def _checked(
    trial: Callable[[Call], None], rule: Rule, side: Side, cases: int
) -> Callable[[], None]:
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        derandomize=True,
        print_blob=False,
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(calls(rule, side))
    def check(call: Call) -> None:
        trial(call)

    return check


def prove_all(
    rules: Iterable[Rule],
    cases: int = 20,
    python: str = sys.executable,
    rule_dirs: tuple[Path, ...] = (),
) -> Iterator[Proof]:
    """Prove rules one after the other with one pair of workers."""
    with (
        tempfile.TemporaryDirectory(prefix="porter-prove-") as folder,
        Bench(Path(folder), python, rule_dirs) as bench,
    ):
        bench.start()
        for rule in rules:
            for side in directions(rule):
                yield prove(rule, side, bench, cases)


def record(path: Path, proofs: Iterable[Proof]) -> None:
    """Write proofs into the record, in place of older ones of the same rules."""
    rules = read_proofs(path)
    for proof in proofs:
        entry: dict[str, object] = {"earned": proof.earned, **dict(sorted(proof.counts.items()))}
        rules.setdefault(proof.rule, {})[proof.side] = entry
    write_proofs(path, rules)
