"""Shapes that `porter observe` saw: where in the tree they belong, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import libcst as cst

from porter.facts import Facts, Seen
from porter.rewrite.findings import Findings
from porter.source import SeenShape, SeenShapes

RULE = "observe"


def seen_at(seen: SeenShapes | None, positions: Mapping[cst.CSTNode, Any]) -> Seen:
    """What was seen, by the calls that make layers and the classes of modules."""
    if seen is None or seen.is_stale:
        return {}
    places = {(call.line, call.column): call.shapes for call in seen.calls}
    found: dict[cst.CSTNode, tuple[SeenShape, ...]] = {}
    for node, position in positions.items():
        start = position.start
        if isinstance(node, cst.Call):
            shapes = places.get((start.line, start.column + 1)) or places.get((start.line, 0))
        elif isinstance(node, cst.ClassDef):
            shapes = seen.classes.get(node.name.value)
        else:
            continue
        if shapes:
            found[node] = shapes
    return found


def tell(seen: SeenShapes | None, module: cst.Module, facts: Facts, findings: Findings) -> None:
    """Say where sizes come from that the code does not say; once a file."""
    if seen is None:
        return
    if seen.is_stale:
        message = "the shapes that porter observe saw are of another version of this file"
        findings.add(module, "note", f"{message}, and are not used", rule=RULE)
        return
    places = [node for node in facts.seen if node in findings.positions]
    if places:
        first = min(places, key=lambda node: _start(findings, node))
        message = f"sizes that the code does not say are those seen when {seen.run} ran"
        findings.add(first, "note", message, rule=RULE)


def _start(findings: Findings, node: cst.CSTNode) -> tuple[int, int]:
    start = findings.positions[node].start
    return start.line, start.column
