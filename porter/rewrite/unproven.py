"""Rules of a user's own that translated something here, and that no proof on record is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from porter.rewrite.findings import Findings
from porter.rulebook import (
    NOT_PROVEN,
    RECORD,
    SHOWN,
    UNTRIED,
    Rulebook,
    Side,
    read_proofs,
    standing,
)
from porter.source import Finding


def tell(findings: Findings, rulebook: Rulebook, side: Side, rule_dirs: Sequence[Path]) -> None:
    """A note for each such rule, at the first place in the file where it was applied."""
    if not rule_dirs:
        return
    applied: dict[str, Finding] = {}
    for finding in findings.sorted():
        if finding.kind in ("safe", "unsafe"):
            applied.setdefault(finding.rule, finding)
    proofs = {
        rule: sides for d in rule_dirs for rule, sides in read_proofs(Path(d) / RECORD).items()
    }
    said = {NOT_PROVEN: "is not proven", "failed": "has failed its proof"}
    for rule_id, first in applied.items():
        rule = rulebook.by_id(rule_id)
        if rule is None or rule.shipped or rule.kind in UNTRIED | SHOWN:
            continue
        worth = standing(rulebook, proofs, rule, side)
        if worth in said:
            message = f"your rule {rule_id} {said[worth]}: see `porter rules prove {rule_id}`"
            findings.found.setdefault(replace(first, kind="note", message=message, replacement=""))
