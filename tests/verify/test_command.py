"""`porter verify` on the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree as Xml

import jsonschema
import pytest
from click.testing import CliRunner

from porter.cli.verify import command
from porter.verify import find_file

from .twins import functional

SCHEMA = Path(__file__).parents[2] / "porter" / "report" / "schemas" / "verify.json"
INPUT = ["--build", "model", "--input", "float32[4,28,28,1]"]


def test_two_files_and_json(tmp_path: Path) -> None:
    source, target = functional(tmp_path)
    written = tmp_path / "out.json"
    words = [
        str(source),
        str(target.parent),
        *INPUT,
        "--compare",
        "gradient,timing",
        "--steps",
        "2",
    ]
    result = CliRunner().invoke(command, [*words, "--json", str(written)])
    assert result.exit_code == 0, result.output
    document = json.loads(written.read_text())
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    (case,) = document["cases"]
    assert case["status"] == "equal"
    assert case["training"] is None
    assert case["steps"]["equal"]
    assert {row["what"] for row in case["timing"]} == {"forward", "training step"}


def test_cases_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, target = functional(tmp_path)
    target.write_text(target.read_text().replace("eps=0.001", "eps=0.1"))
    (tmp_path / "pyproject.toml").write_text(
        "[tool.porter.verify.digits]\n"
        'source = "before/functional_keras.py"\ntarget = "after"\nbuild = "model"\n'
        'inputs = ["float32[4,28,28,1]"]\ncompare = ["forward"]\n'
    )
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 1
    labels, line, *_ = result.output.splitlines()
    assert labels.split() == [
        "case", "status", "forward", "gradient", "training", "steps", "first", "difference"
    ]  # fmt: skip
    assert line.split()[:3] == ["digits", "different", "≠"]
    assert line.index("≠") == labels.index("forward")
    assert "functional_keras.py:9" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.py", "b.py", *INPUT], "a.py"),
        (["one", *INPUT], "--build goes with SOURCE and TARGET"),
        (["unheard-of"], "no case 'unheard-of'"),
        (["m.py", "m.py", *INPUT, "--json", "m.py"], "m.py is one of the files"),
        ([], "no cases"),
    ],
)
def test_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.py").write_text("model = None\n")
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tool = 3", "tool must be a table"),
        ("[tool]\nporter = 3", "tool.porter must be a table"),
        ("[tool.porter]\nlayuot = 'native'", "layuot is not known"),
        ("[tool.porter]\nverify = 3", "tool.porter.verify must be a table"),
        ("[tool.porter.verify]\na = 3", "tool.porter.verify.a must be a table"),
        ("[tool.porter.verify.a]\nsource = 3", "[tool.porter.verify.a]: source must be a string"),
        ("[tool.porter.verify.a]\ninputs = [3]", "inputs must be a list of strings"),
        ("[tool.porter.verify.a]\nseed = 'x'", "seed must be a whole number"),
        ("[tool.porter.verify.a]\nsource-env = {A = 3}", "source-env must be a table of strings"),
    ],
)
def test_a_wrong_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text(text)
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 2
    assert "pyproject.toml" in result.output
    assert said in result.output


def test_an_unknown_phase_and_a_bad_input(tmp_path: Path) -> None:
    source, target = functional(tmp_path)
    both = [str(source), str(target.parent), "--build", "model"]
    for words, said in ((["--compare", "speed"], "'speed'"), (["--input", "float[2]"], "float[2]")):
        result = CliRunner().invoke(command, [*both, *words])
        assert result.exit_code == 2
        assert said in result.output


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_the_source_as_it_was_and_a_suite_for_ci(tmp_path: Path) -> None:
    source, target = functional(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "before")
    source.write_text(target.read_text().replace("eps=0.001", "eps=0.1"))
    suite = tmp_path / "suite.xml"
    words = [str(source), str(target.parent), *INPUT, "--compare", "forward"]
    result = CliRunner().invoke(
        command, [*words, "--source-ref", "HEAD", "--junit", str(suite)], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    case = Xml.parse(suite).find("testsuite/testcase")  # noqa: S314 - ours
    assert case is not None
    assert (case.get("name"), len(case)) == ("functional_keras", 0)


def test_a_commit_that_is_not_there(tmp_path: Path) -> None:
    source, target = functional(tmp_path)
    git(tmp_path, "init", "-q")
    suite = tmp_path / "suite.xml"
    words = [str(source), str(target.parent), *INPUT, "--source-ref", "v0", "--junit", str(suite)]
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 2
    error = Xml.parse(suite).find("testsuite/testcase/error")  # noqa: S314 - ours
    assert error is not None
    assert "v0" in error.attrib["message"]


def test_a_module_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, target = functional(tmp_path)
    (tmp_path / "before" / "__init__.py").write_text("raise SystemExit('only workers run code')\n")
    monkeypatch.chdir(tmp_path)
    assert find_file("before.functional_keras") == Path("before/functional_keras.py")
    assert find_file("before") == Path("before/__init__.py")
    assert find_file("json.decoder") == Path(json.decoder.__file__)
    assert find_file("after") == Path("after")
    assert find_file(".") == Path()
    words = ["before.unheard_of", str(target.parent), *INPUT]
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 2
    assert "before.unheard_of: there is no such file, folder or module" in result.output


@pytest.mark.parametrize(
    ("was", "now", "status", "code"),
    [
        ("eps=0.001", "eps=0.1", "different", 1),
        ("nn.Linear(8, 10)", "nn.Linear(8, 11)", "different", 1),
        ("model = Model()", "model = Model(1)", "error", 2),
    ],
)
def test_every_status_as_json(tmp_path: Path, was: str, now: str, status: str, code: int) -> None:
    source, target = functional(tmp_path)
    target.write_text(target.read_text().replace(was, now, 1))
    written = tmp_path / "out.json"
    words = [str(source), str(target.parent), *INPUT, "--json", str(written)]
    result = CliRunner().invoke(command, words)
    assert result.exit_code == code, result.output
    document = json.loads(written.read_text())
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    (case,) = document["cases"]
    assert case["status"] == status
    assert case["steps"] is None
    assert case["timing"] is None
    assert (case["error"] is None) == (status != "error")
