import subprocess
import sys

import pytest

from porter.cli import main

PROBE = """
import sys
from porter.cli import main
status = main({argv!r})
print(sorted({{name.split(".")[0] for name in sys.modules}}))
sys.exit(status)
"""
FRAMEWORKS = {"torch", "tensorflow", "keras", "tf_keras", "jax"}


def modules_after(*argv: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(argv=list(argv))],
        check=True,
        capture_output=True,
        text=True,
    )
    names: list[str] = done.stdout.strip().splitlines()[-1].strip("[]").split(", ")
    return {name.strip("'") for name in names}


ARGUMENTS = [
    ["--help"],
    ["migrate", "--help"],
    ["check", "--help"],
    ["verify", "--help"],
    ["rules", "list"],
    ["rules", "show", "conv2d"],
]


@pytest.mark.parametrize("argv", ARGUMENTS, ids=" ".join)
def test_no_framework_is_imported(argv: list[str]) -> None:
    assert not modules_after(*argv) & FRAMEWORKS


def test_help_imports_nothing_heavy() -> None:
    assert not modules_after("--help") & {"libcst", "numpy", "rich", "json"}


def test_importing_porter_imports_nothing_heavy() -> None:
    probe = "import sys, porter; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    for name in (*FRAMEWORKS, "libcst", "numpy", "rich", "click"):
        assert f"'{name}'" not in done.stdout


def test_wrong_use_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "No such command" in capsys.readouterr().err


def test_a_crash_of_porter_is_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr("porter.cli.rules.rule_dirs", broken)
    assert main(["rules", "list"]) == 2
    error = capsys.readouterr().err
    assert "ZeroDivisionError: by design" in error
    assert "porter crashed" in error


def test_python_m_porter() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "porter", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("porter, version 0.1.0")
