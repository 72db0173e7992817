"""Findings for programs: JSON, GitHub annotations, SARIF and JUnit."""

from __future__ import annotations

import json
from dataclasses import asdict
from xml.etree import ElementTree as Xml

from porter.report.report import Failure, Report
from porter.source import Finding

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"safe": "note", "note": "note", "unsafe": "warning", "manual": "warning"}


def as_json(report: Report, version: str) -> str:
    """The document that `schemas/check.json` describes."""
    document = {
        "schema": 1,
        "porter": version,
        "findings": [_finding(finding) for finding in report.findings],
        "statistics": report.statistics,
        "failures": [asdict(failure) for failure in report.failures],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_github(report: Report) -> str:
    """Workflow commands that annotate a pull request."""
    lines = [
        f"::{_github_level(finding)} title=porter ({_property(finding.rule)}),"
        f"file={_property(file_of(finding.path))},line={finding.line},col={finding.column}"
        f"::{_data(_message(finding))}"
        for finding in report.findings
    ]
    lines += [
        f"::error title=porter,file={_property(file_of(failure.path))},line={failure.line or 1}"
        f"::{_data(failure.message)}"
        for failure in report.failures
    ]
    return "".join(f"{line}\n" for line in lines)


def as_sarif(report: Report, version: str) -> str:
    """SARIF 2.1.0, for code scanning."""
    rules = sorted({finding.rule for finding in report.findings})
    run = {
        "tool": {
            "driver": {"name": "porter", "version": version, "rules": [{"id": id} for id in rules]}
        },
        "results": [_sarif_result(finding) for finding in report.findings],
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "toolExecutionNotifications": [_sarif_failure(each) for each in report.failures],
            }
        ],
    }
    document = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_junit(report: Report) -> str:
    """JUnit XML: a suite a file, a case a finding."""
    suites = Xml.Element("testsuites", name="porter")
    for file in report.files:
        findings = [each for each in report.findings if file_of(each.path) == file]
        failures = [each for each in report.failures if file_of(each.path) == file]
        left = [each for each in findings if each.kind not in report.settled]
        suite = Xml.SubElement(
            suites,
            "testsuite",
            name=file,
            tests=str(len(findings) + len(failures) or 1),
            failures=str(len(left)),
            errors=str(len(failures)),
        )
        if not findings and not failures:
            Xml.SubElement(suite, "testcase", name=file, classname=file)
        for finding in findings:
            name = f"{finding.rule}:{finding.line}:{finding.column}"
            case = Xml.SubElement(suite, "testcase", name=name, classname=file)
            if finding in left:
                Xml.SubElement(case, "failure", type=finding.kind, message=_message(finding))
        for failure in failures:
            case = Xml.SubElement(suite, "testcase", name="read", classname=file)
            Xml.SubElement(case, "error", message=str(failure))
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(suites, "unicode") + "\n"


def file_of(path: str) -> str:
    """The file of a finding's path, which for a notebook also names the cell."""
    file, mark, _ = path.rpartition(".ipynb:cell ")
    return f"{file}.ipynb" if mark else path


def _finding(finding: Finding) -> dict[str, object]:
    fields = asdict(finding)
    return {"file": fields.pop("path"), **fields}


def _message(finding: Finding) -> str:
    arrow = f"{finding.api} → {finding.replacement}" if finding.replacement else finding.api
    parts = [arrow, finding.message] if arrow not in finding.message else [finding.message]
    return f"[{finding.kind}] " + ": ".join(part for part in parts if part)


def _github_level(finding: Finding) -> str:
    return "notice" if _LEVELS.get(finding.kind) == "note" else "warning"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif_result(finding: Finding) -> dict[str, object]:
    return {
        "ruleId": finding.rule,
        "level": _LEVELS.get(finding.kind, "warning"),
        "message": {"text": _message(finding)},
        "locations": [_sarif_place(finding.path, finding.line, finding.column)],
    }


def _sarif_failure(failure: Failure) -> dict[str, object]:
    return {
        "level": "error",
        "message": {"text": failure.message},
        "locations": [_sarif_place(failure.path, failure.line or 1, failure.column or 1)],
    }


def _sarif_place(path: str, line: int, column: int) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": file_of(path).replace("\\", "/")},
            "region": {"startLine": line, "startColumn": column},
        }
    }
