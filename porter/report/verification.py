"""What `verify` found, for continuous integration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

if TYPE_CHECKING:
    from porter.verify import Verification


def verification_junit(results: Sequence[Verification]) -> str:
    """JUnit XML: one suite, a case a case; only what is equal passes."""
    failures = [r for r in results if r.status in ("different", "inconclusive")]
    suite = Xml.Element(
        "testsuite",
        name="porter verify",
        tests=str(len(results)),
        failures=str(len(failures)),
        errors=str(sum(r.status == "error" for r in results)),
    )
    for result in results:
        case = Xml.SubElement(suite, "testcase", name=result.name, classname="porter.verify")
        if result.status == "error":
            Xml.SubElement(case, "error", message=result.error or "")
        elif result.status != "equal":
            said = Xml.SubElement(case, "failure", type=result.status, message=_message(result))
            said.text = "\n".join(result.findings)
    suites = Xml.Element("testsuites", name="porter")
    suites.append(suite)
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(suites, "unicode") + "\n"


def _message(result: Verification) -> str:
    found = result.first_divergence
    parts = [
        name
        for name in ("forward", "gradient", "training", "steps")
        if (part := getattr(result, name)) is not None and not part.equal
    ]
    what = ", ".join(parts) or result.status
    return f"{what}: {found.target} ({found.layer}), from {found.source}" if found else what
