"""The nine promises of the design, each held to the command line."""

import subprocess
from pathlib import Path

import pytest

from tests.promises.examples import (
    BOTH,
    CNN,
    SOURCES,
    UNKNOWN,
    Porter,
    imported,
    migrated,
    parameters,
)

# 1. No framework is imported, and the user's code is not run.


@BOTH
@pytest.mark.parametrize("command", ["migrate", "check"])
def test_no_framework_is_imported_and_nothing_is_run(porter: Porter, command: str, to: str) -> None:
    Path("model.py").write_text(SOURCES[to] + "\nopen('was_run', 'w')\n")
    for name in ("torch", "tensorflow", "keras", "tf_keras"):
        Path(f"{name}.py").write_text("raise SystemExit('imported')\n")
    done = porter(command, "model.py", "--to", to)
    assert done.returncode in (0, 1), done.stderr
    assert not Path("was_run").exists()


# 2. What comes out compiles; what is not known stays, is marked and is counted.


def test_what_is_not_known_stays_with_its_import_and_is_a_finding(porter: Porter) -> None:
    Path("model.py").write_text(UNKNOWN)
    done = porter("migrate", "model.py", "--to", "torch", "-o", "out")
    assert done.returncode == 1
    text = Path("out/model.py").read_text()
    compile(text, "model.py", "exec")
    assert "tf.no_such_function(" in text
    assert "# porter: todo[" in text
    assert "import tensorflow as tf" in text
    assert "no_such_function" in done.stderr


# 3. What other code can call keeps its name, parameters, defaults and layout.


def test_the_builder_keeps_its_name_and_parameters(porter: Porter) -> None:
    assert parameters(migrated(porter, CNN, "torch"), "make_cnn") == "classes=10, width=8"


# 5. Untouched text keeps every byte; comments and docstrings move with the code.

PLAIN = b"# coding: latin-1\r\n'''D\xe9j\xe0 vu'''\r\n\r\nx   =  {'a' :1}  # odd  spacing\r\n"


def test_untouched_text_keeps_every_byte(porter: Porter) -> None:
    body = b"import tensorflow as tf\r\ny = tf.nn.relu(  x['a'] )   # kept\r\n"
    Path("model.py").write_bytes(PLAIN + body + PLAIN.split(b"\r\n", 1)[1])
    porter("migrate", "model.py", "--to", "torch", "--in-place")
    data = Path("model.py").read_bytes()
    assert b"relu(" in data
    assert b"tf." not in data
    assert data.startswith(PLAIN.splitlines(keepends=True)[0])
    assert data.endswith(PLAIN.split(b"\r\n", 1)[1])
    assert b"   # kept\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")


# 6. Same input, same output; a second run changes nothing.


@BOTH
def test_the_same_input_gives_the_same_output(
    porter: Porter, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("model.py").write_text(SOURCES[to])
    outputs = set()
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        porter("migrate", "model.py", "--to", to, "-o", seed)
        outputs.add(
            (Path(seed) / "model.py").read_bytes() + (Path(seed) / "porter.json").read_bytes()
        )
    assert len(outputs) == 1


def test_an_edited_target_is_not_overwritten(porter: Porter) -> None:
    migrated(porter, CNN, "torch")
    Path("out/model.py").write_text("mine = 1\n")
    assert porter("migrate", "model.py", "--to", "torch", "-o", "out").returncode == 2
    assert Path("out/model.py").read_text() == "mine = 1\n"


# 7. Nothing is lost.


@BOTH
def test_without_being_asked_nothing_is_written(porter: Porter, to: str) -> None:
    Path("model.py").write_text(SOURCES[to])
    done = porter("migrate", "model.py", "--to", to)
    assert done.stdout.startswith("--- a/model.py\n+++ b/model.py\n")
    assert [path.name for path in Path().iterdir()] == ["model.py"]
    assert Path("model.py").read_text() == SOURCES[to]


def test_uncommitted_work_is_not_overwritten(porter: Porter) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    Path("model.py").write_text(CNN)
    assert porter("migrate", "model.py", "--to", "torch", "--in-place").returncode == 2
    assert Path("model.py").read_text() == CNN
    assert porter("migrate", "model.py", "--to", "torch", "--in-place", "--force").returncode == 0
    assert Path("model.py").read_text() != CNN


# 8. Converted, verified and not run are three counts.


@BOTH
def test_what_was_not_run_is_not_called_verified(porter: Porter, to: str) -> None:
    Path("model.py").write_text(SOURCES[to])
    done = porter("migrate", "model.py", "--to", to)
    assert "1 file: 1 converted, 0 verified, 1 not run" in done.stderr


# 9. The output reads as an expert would write it.


def test_sizes_and_settings_are_written_as_an_expert_would(porter: Porter) -> None:
    text = migrated(porter, CNN, "torch")
    assert "nn.Conv2d(3, width, 3, padding=" in text
    assert "nn.BatchNorm2d(width, eps=0.001, momentum=0.01)" in text
    assert imported(text) == {"torch"}
    assert "Lazy" not in text
