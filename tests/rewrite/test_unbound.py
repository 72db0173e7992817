"""A name that what was written reads and nothing binds is a finding."""

import pytest

from porter.rewrite.findings import Findings
from porter.rewrite.unbound import report, unbound_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x = y", {"y"}),
        ("def f(a):\n    b = a\n    return b + c", {"c"}),
        ("def f():\n    a = 1\n\n\ndef g():\n    return a", {"a"}),
        ("def f():\n    global a\n    a = 1\n\n\ndef g():\n    return a", set()),
        ("class A:\n    b = 1\n    c = b + print(__file__)", set()),
        ("def f():\n    a = 1\n    return [a for _ in range(3)]", set()),
        ("from m import *\nx = y", set()),
        ("try:\n    import a\nexcept ImportError:\n    a = None\na.b", set()),
    ],
)
def test_names_that_nothing_binds(text: str, names: set[str]) -> None:
    assert unbound_names(text) == names


def test_a_lost_name_is_said_where_the_source_has_it() -> None:
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider

    before = "a = 1\n\n\ndef f():\n    return a\n"
    wrapper = MetadataWrapper(cst.parse_module(before), unsafe_skip_copy=True)
    findings = Findings("m.py", wrapper.resolve(PositionProvider))
    report(findings, wrapper.module, before, before.replace("a = 1", "pass"))
    (finding,) = findings.sorted()
    assert (finding.kind, finding.api, finding.line) == ("todo", "a", 1)
