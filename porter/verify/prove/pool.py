"""Many rules at once: pairs of workers that live as long as there is something to prove."""

from __future__ import annotations

import queue
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path

from porter.rulebook import Earned, Rule, Rulebook, Side, proof_key, read_proofs, write_proofs
from porter.verify.prove.proof import Proof, prove
from porter.verify.prove.trial import Bench


def prove_all(
    starts: Sequence[tuple[Rule, Side]],
    cases: int = 20,
    python: str = sys.executable,
    rule_dirs: tuple[Path, ...] = (),
    jobs: int = 1,
) -> Iterator[Proof]:
    """Prove rules, each from one side, with `jobs` pairs of workers; each as it is done."""
    jobs = max(1, min(jobs, len(starts)))
    with ExitStack() as stack:
        free: queue.Queue[Bench] = queue.Queue()
        for _ in range(jobs):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="porter-prove-"))
            bench = stack.enter_context(Bench(Path(folder), python, rule_dirs))
            bench.start()
            free.put(bench)

        def one(start: tuple[Rule, Side]) -> Proof:
            bench = free.get()
            try:
                return prove(*start, bench, cases)
            finally:
                free.put(bench)

        pool = ThreadPoolExecutor(jobs)
        # Whoever stops listening, or interrupts, waits for what is running and no more.
        stack.callback(pool.shutdown, cancel_futures=True)
        for future in as_completed([pool.submit(one, start) for start in starts]):
            yield future.result()


def record(path: Path, book: Rulebook, proofs: Iterable[Proof]) -> None:
    """Write proofs into the record, in place of older ones; what names no rule goes."""
    recorded = read_proofs(path)
    for proof in proofs:
        rule = book.by_id(proof.rule)
        if rule is not None:
            earned = Earned(proof_key(book, rule), proof.earned, proof.counts, proof.phases)
            recorded.setdefault(rule.id, {})[proof.side] = earned
    there = {rule.id for rule in book}
    write_proofs(path, {rule: sides for rule, sides in recorded.items() if rule in there})
