#!/usr/bin/env python
"""Migrate and verify a list of real files, and say what share came out equal.

A row counts as equal if the migrated file, untouched, verifies as equal and nothing that was run
carries a todo. Every other row is listed with its first failure.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from porter.verify import Verification, verify

TARGETS = {"keras-to-torch": "torch", "torch-to-keras": "keras"}


@dataclass(frozen=True)
class Outcome:
    """What became of one row; `reason` is that of the first failure."""

    id: str
    path: str
    family: str
    migrated: bool = False
    compiled: bool = False
    built: bool = False
    forward: bool | None = None
    gradient: bool | None = None
    training: bool | None = None
    equal: bool = False
    findings: int = 0
    todos: int = 0
    reason: str | None = None


def rows(file: Path, only: set[str]) -> Iterator[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if not only or row["id"] in only:
                yield row


def environment(row: dict[str, str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in (row.get("env") or "").split()]
    return {name: value for name, _, value in pairs}


def migrate(source: Path, target: str, folder: Path, timeout: float) -> tuple[int, str]:
    """As a user would; the exit status and the last line that was said."""
    command = [sys.executable, "-m", "porter", "migrate", str(source), "--to", target]
    try:
        done = subprocess.run(
            [*command, "-o", str(folder)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 2, f"migrate took longer than {timeout:g} s"
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return done.returncode, said[-1] if said else ""


def compiles(text: str) -> bool:
    try:
        compile(text, "target", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def run(row: dict[str, str], root: Path, direction: str, timeout: float) -> Outcome:
    """Migrate and verify one row in a folder of its own."""
    base: dict[str, Any] = {"id": row["id"], "path": row["path"], "family": row["family"]}
    source = root / row["path"]
    if not source.is_file():
        return Outcome(**base, reason="the file is not there")
    with tempfile.TemporaryDirectory(prefix="porter-bench-") as name:
        folder = Path(name)
        status, said = migrate(source, TARGETS[direction], folder, timeout)
        manifest = folder / "porter.json"
        if status > 1 or not manifest.is_file():
            return Outcome(**base, reason=f"migrate: {said}")
        document = json.loads(manifest.read_text(encoding="utf-8"))
        entry = next((f for f in document["files"] if Path(f["source"]).name == source.name), None)
        if entry is None:
            return Outcome(**base, reason="migrate: the manifest does not name the file")
        base["migrated"] = True
        text = (folder / entry["target"]).read_text(encoding="utf-8")
        base["compiled"] = source.suffix == ".ipynb" or compiles(text)
        found = [f for f in document["findings"] if f["file"] == entry["source"]]
        base["findings"] = len(found)
        side = "source_env" if direction == "keras-to-torch" else "target_env"
        result = verify(
            source,
            folder,
            json.loads(row["inputs"]),
            build=row["build"],
            timeout=timeout,
            **{side: environment(row)},
        )
        ran = set(result.lines)
        todos = [f for f in found if f["kind"] == "todo" and (not ran or f["line"] in ran)]
        base["todos"] = len(todos)
        return judged(base, result)


def judged(base: dict[str, Any], result: Verification) -> Outcome:
    parts = {
        name: None if part is None else part.equal
        for name, part in (
            ("forward", result.forward),
            ("gradient", result.gradient),
            ("training", result.training),
        )
    }
    return Outcome(
        **base,
        **parts,
        built=result.parameters is not None,
        equal=result.status == "equal" and not base["todos"],
        reason=reason(result, parts, base["todos"]),
    )


def reason(result: Verification, parts: dict[str, bool | None], todos: int) -> str | None:
    if result.status == "equal":
        return f"{todos} todos in what was run" if todos else None
    if result.error:
        return result.error
    if result.parameters and result.parameters.unmatched:
        return "without partner: " + ", ".join(result.parameters.unmatched[:3])
    failed = [name for name, equal in parts.items() if equal is False]
    where = result.first_divergence
    place = f" at {where.target} ({where.layer}, from {where.source})" if where else ""
    if failed:
        return f"{failed[0]} differs{place}"
    return "; ".join(result.findings) or result.status


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=Path)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--direction", choices=TARGETS, required=True)
    parser.add_argument("--only", default="", help="ids, comma-separated")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=300.0)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    chosen = list(rows(options.list, set(filter(None, options.only.split(",")))))
    outcomes = []
    with ThreadPoolExecutor(options.jobs) as pool:
        jobs = [
            pool.submit(run, row, options.root, options.direction, options.timeout)
            for row in chosen
        ]
        for job in jobs:
            outcome = job.result()
            outcomes.append(outcome)
            mark = "equal" if outcome.equal else f"NOT    {outcome.reason}"
            print(f"{outcome.id:6} {mark}", flush=True)
    report(outcomes)
    if options.json:
        options.json.write_text(json.dumps([asdict(o) for o in outcomes], indent=1) + "\n")
    return 0 if all(o.equal for o in outcomes) else 1


def report(outcomes: list[Outcome]) -> None:
    total = len(outcomes)
    counts = Counter(
        name
        for o in outcomes
        for name in ("migrated", "compiled", "built", "forward", "gradient", "training", "equal")
        if getattr(o, name)
    )
    for name in ("migrated", "compiled", "built", "forward", "gradient", "training", "equal"):
        share = counts[name] / total if total else 0.0
        print(f"{name:9} {counts[name]:3} of {total} ({share:.0%})")


if __name__ == "__main__":
    raise SystemExit(main())
