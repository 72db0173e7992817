"""Findings as lines and tables for people."""

from __future__ import annotations

from collections.abc import Iterable

from porter.report.report import Report
from porter.source import Finding


def hint(finding: Finding) -> str:
    """One finding in one line."""
    if finding.api and finding.replacement:
        what = f"{finding.api} → {finding.replacement}"
    elif finding.api and finding.api not in finding.message:
        what = f"{finding.api}: {finding.message}"
    else:
        what = finding.message
    return f"{finding.path}:{finding.line}:{finding.column} {finding.rule} [{finding.kind}] {what}"


def as_concise(findings: Iterable[Finding]) -> str:
    """One line a finding."""
    return "".join(f"{hint(finding)}\n" for finding in findings)


def as_full(report: Report) -> str:
    """Each finding with the line it is about and what is to be known about it."""
    return "".join(_full(report, finding) for finding in report.findings)


def as_statistics(report: Report) -> str:
    """What was seen and what porter can do about it, one count a line."""
    statistics = report.statistics
    width = max(len(str(count)) for count in statistics.values())
    meaning = {
        "seen": "uses of a framework",
        "safe": "convertible; nothing of this code was run",
        "unsafe": "convertible under a condition, with --unsafe",
        "todo": "known, but not convertible as they are used here",
        "manual": "need a person",
        "unknown": "not known to porter",
        "receiver_unknown": "methods on an object whose kind is not known",
    }
    return "".join(
        f"{count:{width}}  {name.replace('_', ' '):16}  {meaning[name]}\n"
        for name, count in statistics.items()
    )


def summary(report: Report) -> str:
    """One line: what was converted, what was proven, what is left."""
    text = (
        f"{plural(len(report.files), 'file')}: {report.converted} converted, "
        f"{report.verified} verified, {report.not_run} not run"
    )
    if report.left:
        text += f"; {plural(len(report.left), 'finding')} left to do"
    if report.failures:
        text += f"; {plural(len(report.failures), 'file')} failed"
    return text


def _full(report: Report, finding: Finding) -> str:
    text = f"{hint(finding)}\n"
    line = report.lines.get((finding.path, finding.line))
    if line is not None:
        number = str(finding.line)
        # A caret needs the line's own tabs above it to stand in the right column.
        lead = "".join("\t" if char == "\t" else " " for char in line[: finding.column - 1])
        text += f"{' ' * len(number)} |\n{number} | {line}\n{' ' * len(number)} | {lead}^\n"
    if finding.replacement and finding.message:
        text += f"  = {finding.message}\n"
    return text + "\n"


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
