"""What people and CI see of a run: counts, exit status, text, and documents for programs.

`Report` owns every number and the exit status; the renderers only show it.
"""

from porter.report.example import Example, example
from porter.report.html import as_html, is_report
from porter.report.machine import as_github, as_json, as_junit, as_sarif
from porter.report.manifest import NAME as MANIFEST_NAME
from porter.report.manifest import Written, digests, dump, merge, read_manifest
from porter.report.page import Direction, RulePage, as_text, rule_page, worth_of
from porter.report.published import schema
from porter.report.report import Failure, Report
from porter.report.terminal import as_concise, as_full, as_statistics, plural, summary
from porter.report.verification import verification_junit

__all__ = [
    "MANIFEST_NAME",
    "Direction",
    "Example",
    "Failure",
    "Report",
    "RulePage",
    "Written",
    "as_concise",
    "as_full",
    "as_github",
    "as_html",
    "as_json",
    "as_junit",
    "as_sarif",
    "as_statistics",
    "as_text",
    "digests",
    "dump",
    "example",
    "is_report",
    "merge",
    "plural",
    "read_manifest",
    "rule_page",
    "schema",
    "summary",
    "verification_junit",
    "worth_of",
]
