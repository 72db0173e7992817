"""`porter observe` runs the source, and `porter migrate` uses what it saw."""

from pathlib import Path

from click.testing import CliRunner, Result

from porter.cli.app import app

KERAS = """import json

import keras
from keras import layers


def net(classes):
    image = keras.Input(json.loads("[8, 8, 3]"))
    x = layers.Conv2D(4, 3)(image)
    return keras.Model(image, layers.Dense(classes)(layers.Flatten()(x)))
"""


def _run(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def test_what_was_seen_is_written_by_migrate(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(KERAS)
    seen = _run("observe", str(path), "--build", "net(5)", "--input", "float32[2,8,8,3]")
    assert seen.exit_code == 0, seen.output
    assert "4 layers seen" in seen.stdout
    result = _run("migrate", str(path), "--to", "torch")
    assert result.exit_code == 0, result.output
    assert "nn.Conv2d(3, 4, 3)" in result.stdout
    assert "nn.Linear(144, classes)" in result.stdout
    assert "those seen when net(5) ran" in result.stderr


def test_a_source_that_does_not_run_is_an_error_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("import keras\n\n\ndef net():\n    return 1 / 0\n")
    result = _run("observe", str(path), "--build", "net()", "--input", "float32[2]")
    assert result.exit_code == 2
    assert "net.py:5: " in result.stderr
    assert not (tmp_path / "porter-shapes.json").exists()


def test_a_damaged_file_of_shapes_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(KERAS)
    (tmp_path / "porter-shapes.json").write_text("{")
    result = _run("migrate", str(tmp_path / "net.py"), "--to", "torch")
    assert result.exit_code == 2
    assert "porter-shapes.json" in result.stderr
