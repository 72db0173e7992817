"""Many rules at once: pairs of workers that live as long as there is something to prove.

Each pair belongs to a process of its own: hypothesis and Python's parser do not share one well.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path

from porter.rulebook import (
    Construct,
    Earned,
    Rule,
    Rulebook,
    Side,
    load_rulebook,
    proof_key,
    read_proofs,
    write_proofs,
)
from porter.verify.prove.proof import Proof, directions, prove, prove_construct
from porter.verify.prove.trial import Bench

# The bench of this process, where it is one of the pool's.
_BENCHES: list[Bench] = []


def prove_all(
    starts: Sequence[tuple[Rule | Construct, Side]],
    cases: int | Sequence[int] = 20,
    python: str = sys.executable,
    rule_dirs: tuple[Path, ...] = (),
    jobs: int = 1,
) -> Iterator[Proof]:
    """Prove rules, each from one side, with `jobs` pairs of workers; each as it is done.

    `cases` is how many calls are drawn of each, or of every one in turn.
    """
    asked = [cases] * len(starts) if isinstance(cases, int) else cases
    jobs = max(1, min(jobs, len(starts)))
    context = get_context("spawn")
    with ExitStack() as stack:
        pool = ProcessPoolExecutor(jobs, context, _open, (python, rule_dirs))
        # Whoever stops listening, or interrupts, waits for what is running and no more.
        stack.callback(pool.shutdown, cancel_futures=True)
        futures = [
            pool.submit(_one, rule.id, side, each)
            for (rule, side), each in zip(starts, asked, strict=True)
        ]
        for future in as_completed(futures):
            yield future.result()


def _open(python: str, rule_dirs: tuple[Path, ...]) -> None:
    stack = ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="porter-prove-"))
    bench = stack.enter_context(Bench(Path(folder), python, rule_dirs))
    bench.start()
    _BENCHES.append(bench)
    Finalize(bench, stack.close, exitpriority=1)


def _one(rule_id: str, side: Side, cases: int) -> Proof:
    (bench,) = _BENCHES
    book = load_rulebook(bench.rule_dirs)
    rule = book.by_id(rule_id)
    if rule is not None:
        return prove(rule, side, bench, cases)
    return prove_construct(next(c for c in book.constructs if c.id == rule_id), bench, cases)


def record(path: Path, book: Rulebook, proofs: Iterable[Proof]) -> None:
    """Write proofs into the record, in place of older ones; what no rule stands behind goes."""
    recorded = read_proofs(path)
    constructs = {construct.id: construct for construct in book.constructs}
    for proof in proofs:
        rule = book.by_id(proof.rule) or constructs.get(proof.rule)
        if rule is not None:
            key = proof_key(book, rule)
            earned = Earned(key, proof.earned, proof.counts, proof.phases, proof.asked, proof.loud)
            recorded.setdefault(rule.id, {})[proof.side] = earned
    there = {rule.id: set(directions(rule)) for rule in book}
    there |= {construct.id: {construct.side} for construct in book.constructs}
    kept = {
        rule: {side: earned for side, earned in sides.items() if side in there.get(rule, ())}
        for rule, sides in recorded.items()
    }
    write_proofs(path, {rule: sides for rule, sides in kept.items() if sides})
