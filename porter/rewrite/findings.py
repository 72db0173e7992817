"""Collecting findings by place, and marking what stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import libcst as cst

from porter.rewrite.spelling import MARK
from porter.source import Finding, Kind


class Findings:
    """Findings of one file, in the order of the file; repeated ones once."""

    def __init__(self, path: str, positions: Mapping[cst.CSTNode, Any]) -> None:
        self.path, self.positions = path, positions
        self.found: dict[Finding, None] = {}
        self.said: set[tuple[str, str]] = set()

    def add(
        self,
        node: cst.CSTNode,
        kind: Kind,
        message: str,
        rule: str = "",
        api: str = "",
        replacement: str = "",
    ) -> None:
        place = self.positions.get(node)
        line, column = (place.start.line, place.start.column + 1) if place else (1, 1)
        finding = Finding(
            path=self.path, line=line, column=column, rule=rule or api or "layout",
            kind=kind, message=message.replace(MARK, ""), api=api,
            replacement=replacement.replace(MARK, ""),
        )  # fmt: skip
        self.found.setdefault(finding)

    def once(self, node: cst.CSTNode, rule: str, message: str, kind: Kind = "note") -> None:
        """A difference that a rule names: reported at its first place in the file."""
        if ("", message) not in self.said:
            self.said.add(("", message))
            self.add(node, kind, message, rule=rule)

    def sorted(self) -> tuple[Finding, ...]:
        return tuple(sorted(self.found, key=lambda f: (f.line, f.column, f.rule)))
