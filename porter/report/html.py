"""A migration on one page: what changed, and what is left to do."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from porter.report.report import Report
from porter.report.terminal import hint, summary

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>porter</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em }}
pre {{ background: #f6f8fa; padding: 1em; overflow: auto; line-height: 1.35 }}
.add {{ background: #dafbe1 }} .del {{ background: #ffebe9 }} .hunk {{ color: #57606a }}
</style>
<h1>porter</h1>
<p>{summary}</p>
{sections}
</html>
"""


def is_report(data: bytes) -> bool:
    """Whether a file holds a page of ours."""
    head = _PAGE.partition("<style>")[0].encode()
    return data.replace(b"\r\n", b"\n").startswith(head)


def as_html(report: Report, diffs: Mapping[str, str]) -> str:
    """The page for `report`, with each file's diff."""
    sections = [_section("Left to do", [hint(finding) for finding in report.left])]
    sections.append(_section("Failed", [str(failure) for failure in report.failures]))
    sections += [
        f"<h2>{escape(path)}</h2>\n<pre>{_diff(diff)}</pre>" for path, diff in diffs.items() if diff
    ]
    return _PAGE.format(summary=escape(summary(report)), sections="\n".join(filter(None, sections)))


def _section(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return f"<h2>{title}</h2>\n<pre>{escape(chr(10).join(lines))}</pre>"


def _diff(diff: str) -> str:
    marks = {"+": "add", "-": "del", "@": "hunk"}
    return "".join(
        f'<span class="{marks.get(line[:1], "")}">{escape(line)}</span>\n'
        for line in diff.split("\n")
    )
