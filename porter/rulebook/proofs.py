"""What rules have earned by being run: the record that the prover writes beside the rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from porter.source import rules_dir

# By rule, then by the side it starts from: `earned` and how many calls came to which verdict.
Proofs = dict[str, dict[str, dict[str, object]]]


def read_proofs(path: Path | None = None) -> Proofs:
    """The record, empty where there is none; `path` where it is not the shipped one."""
    try:
        text = (path or rules_dir() / "proofs.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return dict(json.loads(text)["rules"])


def write_proofs(path: Path, proofs: Mapping[str, Mapping[str, Mapping[str, object]]]) -> None:
    """Write the record, one rule a line, so that changes read well."""
    lines = [f"  {json.dumps(rule)}: {json.dumps(proofs[rule])}" for rule in sorted(proofs)]
    body = ",\n".join(lines)
    path.write_text(f'{{"schema": 1, "rules": {{\n{body}\n}}}}\n', encoding="utf-8")
