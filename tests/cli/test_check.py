import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import jsonschema
import pytest
from click.testing import Result

from porter.report import schema

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def files(run: Run) -> None:
    Path("a.py").write_text("x = keras.safe(keras.manual)\n")
    Path("b.py").write_text("y = 1\n")
    Path("c.py").write_text("z = (\n")


def test_one_hint_a_line(run: Run) -> None:
    result = run("check", "a.py")
    assert result.exit_code == 1
    assert result.stdout == (
        "a.py:1:5 word [safe] keras.safe → torch.safe\n"
        "a.py:1:16 word [manual] keras.manual: manual by design\n"
    )


def test_full_shows_the_line_and_the_reason(run: Run) -> None:
    assert run("check", "a.py", "--output-format", "full").stdout.startswith(
        "a.py:1:5 word [safe] keras.safe → torch.safe\n"
        "  |\n"
        "1 | x = keras.safe(keras.manual)\n"
        "  |     ^\n"
        "  = safe by design\n"
    )


def test_json_is_as_its_schema_says(run: Run) -> None:
    result = run("check", ".", "--output-format", "json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema("check"))
    assert [finding["column"] for finding in document["findings"]] == [5, 16]
    assert document["statistics"]["seen"] == 2
    assert [failure["path"] for failure in document["failures"]] == ["c.py"]


def test_github_annotates(run: Run) -> None:
    lines = run("check", ".", "--output-format", "github").stdout.splitlines()
    assert lines == [
        "::notice title=porter (word),file=a.py,line=1,col=5"
        "::[safe] keras.safe → torch.safe: safe by design",
        "::warning title=porter (word),file=a.py,line=1,col=16"
        "::[manual] keras.manual: manual by design",
        "::error title=porter,file=c.py,line=1::not Python 3: '(' was never closed",
    ]


def test_sarif_names_rule_and_place(run: Run) -> None:
    sarif = json.loads(run("check", ".", "--output-format", "sarif").stdout)
    log = sarif["runs"][0]
    assert log["tool"]["driver"]["rules"] == [{"id": "word"}]
    place = log["results"][1]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "a.py"},
        "region": {"startLine": 1, "startColumn": 16},
    }
    assert log["invocations"][0]["executionSuccessful"] is False


def test_junit_counts_add_up(run: Run) -> None:
    suites = Xml.fromstring(run("check", ".", "--output-format", "junit").stdout.encode())  # noqa: S314
    counts = {
        suite.get("name"): (suite.get("tests"), suite.get("failures"), suite.get("errors"))
        for suite in suites
    }
    assert counts == {"a.py": ("2", "2", "0"), "b.py": ("1", "0", "0"), "c.py": ("1", "0", "1")}
    assert all(len(suite) == int(suite.get("tests", "0")) for suite in suites)


def test_statistics_are_counts_by_what_can_be_done(run: Run) -> None:
    lines = run("check", "a.py", "--statistics").stdout.splitlines()
    assert {line[3:20].strip(): int(line[:1]) for line in lines} == {
        "seen": 2,
        "safe": 1,
        "unsafe": 0,
        "todo": 0,
        "manual": 1,
        "unknown": 0,
        "receiver unknown": 0,
    }


def test_exit_zero_forgives_findings_but_not_failures(run: Run) -> None:
    assert run("check", "a.py", "--exit-zero").exit_code == 0
    assert run("check", "c.py", "--exit-zero").exit_code == 2
    assert run("check", "b.py").exit_code == 0


def test_a_target_limits_the_hints(run: Run) -> None:
    assert run("check", "a.py", "--to", "keras").stdout == ""
    assert run("check", "a.py", "--from", "torch").stdout == ""
    assert run("check", "a.py", "--from", "tensorflow").stdout != ""
    assert run("check", "a.py", "--to", "torch", "--from", "torch").exit_code == 2


def test_a_failure_is_told_once(run: Run) -> None:
    assert run("check", "c.py").stderr.count("never closed") == 1


def test_stdin(run: Run) -> None:
    result = run("check", "-", "--stdin-filename", "m.py", input="keras.manual\n")
    assert result.stdout == "m.py:1:1 word [manual] keras.manual: manual by design\n"


def test_stdin_is_checked_in_both_directions(run: Run) -> None:
    result = run("check", "-", input="torch.safe + keras.safe\n")
    assert result.stdout == (
        "<stdin>:1:1 word [safe] torch.safe → k\n<stdin>:1:14 word [safe] keras.safe → torch.safe\n"
    )


def test_stdin_that_cannot_be_written_back_is_a_failure(run: Run) -> None:
    result = run("check", "-", input=b"# coding: ascii\nkeras.arrow\n")
    assert result.exit_code == 2
    assert "cannot be written in ascii" in result.stderr
