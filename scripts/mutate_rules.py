#!/usr/bin/env python
"""Make one mistake at a time in the rules, and count how many of them their proofs refute.

    scripts/mutate_rules.py [--seed N] [--count N] [--each N] [--rules ID...] [--jobs N] [--cases N]

Every rule that can be proven gets `--each` mistakes, chosen by `--seed` among all that it offers;
`--count` takes that many of them all. A mistake is refuted where the rule cannot be loaded any
more, a signature is not the installed framework's, a call that the rule's own proof draws comes
out wrong, or a direction earns less than is on record; for all of this `porter rules prove` fails.
Whatever survives is printed, with the reason of `equivalent_mutants.toml` where the mistake
changes nothing; one without a reason is a hole in the proof, and the exit status is 1. The share of
all others that is refuted is printed, and what is asked of it: at least 97 %.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from rule_mutations import Mutation, mutations

from porter.rulebook import (
    SIDES,
    Earned,
    Rule,
    Rulebook,
    RuleError,
    Side,
    load_rulebook,
    read_proofs,
    standing,
)
from porter.rulebook.twins import conflict
from porter.verify.drift import drift_seen_by
from porter.verify.process import Interpreter, Worker
from porter.verify.prove import directions
from porter.verify.prove.proof import lost, prove
from porter.verify.prove.trial import Bench

# What the loader adds to a rule, and what a user's file does not say.
_LOADED = ("path", "line", "shipped", "spelled")
_PROVEN = ("safe", "unsafe")
# What of a direction that nothing is on record of, and the share that is asked to be refuted.
_NEW, _ASKED = Earned("", "unproven", {}), 0.97


@dataclass(frozen=True)
class Mutant:
    """A rule with a mistake, as a file, and what it is worth without, by side."""

    rule: str
    mutation: Mutation
    text: str
    earned: Mapping[Side, Earned]


@dataclass(frozen=True)
class Verdict:
    """`refuted` or `survived`, and by what."""

    name: str
    why: str
    seconds: float


@dataclass(frozen=True)
class Equivalent:
    """Mistakes that change nothing: regular expressions on what was changed, and the reason.

    `only` is the one side that the rule is proven from, `without` what its text may not say.
    """

    reason: str
    only: str = ""
    without: str = ""
    rule: str = ""
    kind: str = ""
    field: str = ""
    before: str = ""
    after: str = ""

    def covers(self, mutant: Mutant) -> bool:
        made = mutant.mutation
        if self.only and set(mutant.earned) != {self.only}:
            return False
        if self.without and re.search(self.without, mutant.text):
            return False
        return all(
            re.search(pattern, text)
            for pattern, text in (
                (self.rule, mutant.rule),
                (self.kind, made.kind),
                (self.field, made.field),
                (self.before, _shown(made.before)),
                (self.after, _shown(made.after)),
            )
        )


def equivalents() -> list[Equivalent]:
    path = Path(__file__).with_name("equivalent_mutants.toml")
    return [Equivalent(**entry) for entry in tomllib.loads(path.read_text())["equivalent"]]


def mutants(
    book: Rulebook, seed: int, each: int, only: Sequence[str], count: int | None
) -> list[Mutant]:
    """The mistakes to be tried; those of a rule do not depend on what other rules there are."""
    proofs, chosen = read_proofs(), []
    for raw in book.raw:
        rule = book.by_id(raw["id"])
        assert rule is not None
        if only and rule.id not in only:
            continue
        proven = [s for s in directions(rule) if standing(book, proofs, rule, s) in _PROVEN]
        if not proven:
            continue
        earned = {side: proofs[rule.id][side] for side in proven}
        for made in _drawn(list(mutations(raw, rule, book.types)), each, f"{seed}:{rule.id}"):
            chosen.append(Mutant(rule.id, made, toml(made.apply(raw)), earned))
    if count is not None and count < len(chosen):
        chosen = random.Random(seed).sample(chosen, count)  # noqa: S311
    return chosen


def _drawn(every: list[Mutation], each: int, seed: str) -> Iterator[Mutation]:
    """Some of the mistakes; a kind that a rule offers often is not drawn more often."""
    dice = random.Random(seed)  # noqa: S311
    for _ in range(min(each, len(every))):
        kind = dice.choice(sorted({mutation.kind for mutation in every}))
        drawn = dice.choice([mutation for mutation in every if mutation.kind == kind])
        every = [mutation for mutation in every if mutation is not drawn]
        yield drawn


def toml(raw: Mapping[str, Any]) -> str:
    """A rule as a file of a user's; APIs by the names that an installed framework has."""
    said = {key: value for key, value in raw.items() if key not in _LOADED}
    spelled = raw.get("spelled", {})

    def named(text: str) -> str:
        api, parenthesis, rest = text.partition("(")
        return f"{spelled.get(api, api)}{parenthesis}{rest}"

    for side in ("keras", "torch"):
        if side in said:
            said[side] = named(said[side])
    if "also" in said:
        said["also"] = {side: [named(t) for t in texts] for side, texts in said["also"].items()}
    lines = [f"{json.dumps(key)} = {_value(value)}" for key, value in said.items()]
    return "\n".join(["[[rule]]", *lines, ""])


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{json.dumps(k)} = {_value(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)


# What a process of the pool keeps: a bench, and workers that only tell signatures.
_BENCHES: list[Bench] = []
_TELLING: list[Worker] = []


def _open(folder: str) -> None:
    place = Path(tempfile.mkdtemp(dir=folder))
    os.environ["XDG_CACHE_HOME"] = str(place / "cache")
    bench = Bench(place, sys.executable)
    bench.start()
    _BENCHES.append(bench)
    _TELLING.extend(Worker(Interpreter(side, sys.executable)) for side in SIDES)
    for each in (bench, *_TELLING):
        Finalize(each, each.close, exitpriority=1)


def _judged(mutant: Mutant, cases: int) -> Verdict:
    (bench,) = _BENCHES
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        (Path(folder) / "mutant.toml").write_text(mutant.text, encoding="utf-8")
        bench.rule_dirs = (Path(folder),)
        name, why = _verdict(mutant, bench, cases)
    return Verdict(name, why, time.monotonic() - started)


def _verdict(mutant: Mutant, bench: Bench, cases: int) -> tuple[str, str]:
    try:
        book = load_rulebook(bench.rule_dirs)
    except RuleError as error:
        return "refuted", f"it does not load: {error.message}"
    rule = book.by_id(mutant.rule)
    assert rule is not None
    twin = _twin(book, rule)
    if twin is not None:
        return "refuted", f"it does not load: {twin.id} has the same case"
    drifts = [d for worker in _TELLING for d in drift_seen_by(worker, [rule])]
    problems = [f"{d.api}: {problem}" for d in drifts for problem in d.problems]
    if problems:
        return "refuted", problems[0]
    there = list(directions(rule))
    for side in mutant.earned:
        if side not in there:
            return "refuted", f"from {side}: nothing is claimed"
    for side in there:
        earned = mutant.earned.get(side)
        proof = prove(rule, side, bench, cases or (earned or _NEW).drawn, shrink=False)
        if proof.refuted is not None:
            return "refuted", f"from {side}: {proof.refuted.reason}"
        less = lost(proof, earned) if earned is not None else None
        if less is not None:
            return "refuted", f"from {side}: {'; '.join([less, *proof.refusals])}"
    return "survived", ""


def _twin(book: Rulebook, rule: Rule) -> Rule | None:
    """A shipped rule that the mistake contradicts; a user's file may, where ours may not."""
    for side in SIDES:
        for api in rule.apis(side) if rule.starts_from(side) else ():
            for twin in book.find(api, side):
                if twin is not rule and not twin.manual and conflict([twin, rule], side):
                    return twin
    return None


def _shown(value: Any) -> str:
    return "nothing" if value is None else re.sub(r"\s+", " ", str(value))


def _line(mutant: Mutant) -> str:
    made = mutant.mutation
    before, after = _shown(made.before), _shown(made.after)
    if len(before) > 120:
        before, after = _difference(before, after)
    return f"{mutant.rule}: {made.kind}: {made.field}: {before} -> {after}"


def _difference(one: str, two: str) -> tuple[str, str]:
    """The parts in which two long texts differ, with a little around them."""
    start = _common(one, two)
    end = _common(one[start:][::-1], two[start:][::-1])
    first, last = max(0, start - 30), max(0, end - 20)
    return f"…{one[first : len(one) - last]}…", f"…{two[first : len(two) - last]}…"


def _common(one: str, two: str) -> int:
    """How many characters two texts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), len(one))


def judged(chosen: Sequence[Mutant], jobs: int, cases: int) -> Iterator[tuple[Mutant, Verdict]]:
    """Each mistake with what its rule's proof makes of it, as it is done."""
    context = get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="porter-mutants-") as folder,
        ProcessPoolExecutor(jobs, context, _open, (folder,)) as pool,
    ):
        futures = {pool.submit(_judged, mutant, cases): mutant for mutant in chosen}
        for future in as_completed(futures):
            yield futures[future], future.result()


def summary(tally: Counter[str]) -> str:
    """The counts, and the share of what is not listed as equivalent that was refuted."""
    wrong = tally["refuted"] + tally["survived"]
    share = tally["refuted"] / wrong if wrong else 1.0
    return (
        f"{tally.total()} mutants: {tally['refuted']} refuted, {tally['survived']} survived, "
        f"{tally['equivalent']} listed as equivalent\n"
        f"{share:.1%} of the others refuted; at least {_ASKED:.0%} is asked: "
        f"{'reached' if share >= _ASKED else 'missed'}"
    )


def status(tally: Counter[str]) -> int:
    """Each mistake that survives without a listed reason is a hole, whatever the share."""
    return 1 if tally["survived"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, help="so many mistakes of all")
    parser.add_argument("--each", type=int, default=1, help="mistakes a rule")
    parser.add_argument("--rules", nargs="+", default=[], metavar="ID")
    parser.add_argument("--jobs", type=int, default=1, help="pairs of workers")
    parser.add_argument("--cases", type=int, default=0, help="calls drawn; as many as on record")
    parser.add_argument("--list", action="store_true", help="only print the mistakes")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every mistake")
    options = parser.parse_args()
    known = equivalents()
    chosen = mutants(load_rulebook(), options.seed, options.each, options.rules, options.count)
    if options.list:
        print(*map(_line, chosen), sep="\n")
        return 0
    tally: Counter[str] = Counter()
    for mutant, verdict in judged(chosen, options.jobs, options.cases):
        name, why = verdict.name, verdict.why
        reason = next((e.reason for e in known if e.covers(mutant)), None)
        if name == "survived" and reason is not None:
            name, why = "equivalent", reason
        tally[name] += 1
        if options.verbose or name != "refuted":
            print(f"{name}: {_line(mutant)} ({verdict.seconds:.1f} s)", flush=True)
            print(f"  {why}" if why else "", end="\n" if why else "", flush=True)
    print(summary(tally))
    return status(tally)


if __name__ == "__main__":
    sys.exit(main())
