"""How long loading all rules takes, from the cache and without one, each in a fresh process.

A rule is compiled when it is first looked up, so loading alone leaves that out: `compiled` is what
compiling every one of them costs besides, which no run of porter needs. Processor time tells what a
busy machine hides.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_PROGRAM = """
import json, time
from porter.rulebook import load_rulebook
wall, cpu = time.perf_counter(), time.process_time()
book = load_rulebook()
loaded = [time.perf_counter() - wall, time.process_time() - cpu]
cpu = time.process_time()
count = sum(1 for rule in book)
print(json.dumps([count, *loaded, time.process_time() - cpu]))
"""


def measured(cache: Path) -> tuple[float, ...]:
    """How many rules there are; milliseconds of loading, of its processor time, of compiling."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    count, *seconds = json.loads(done.stdout)
    return count, *(each * 1e3 for each in seconds)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15, help="fresh processes each (15)")
    runs = parser.parse_args(argv).runs
    cold, cached = [], []
    with tempfile.TemporaryDirectory(prefix="porter-bench-") as folder:
        for number in range(runs):
            cache = Path(folder) / str(number)
            cold.append(measured(cache))
            cached.append(measured(cache))
    print(f"{cold[0][0]} rules, median of {runs} fresh processes (goal)")
    for name, rows, goal in (("cached", cached, 25), ("cold", cold, 3000)):
        wall, cpu, compiling = (statistics.median(row[i] for row in rows) for i in (1, 2, 3))
        print(
            f"{name:7} {wall:7.1f} ms, {cpu:.1f} ms of processor ({goal} ms); "
            f"all compiled: {compiling:.0f} ms of processor more"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
