"""Promises that the engine keeps, held from the command line."""

import json
from pathlib import Path

import jsonschema
import pytest

from porter.report import schema
from tests.promises.examples import (
    BOTH,
    CNN,
    NET,
    SOURCES,
    UNKNOWN,
    Porter,
    imported,
    migrated,
    parameters,
    python,
)


def test_unknown_apis_and_unknown_receivers_are_counted_apart(porter: Porter) -> None:
    Path("model.py").write_text(UNKNOWN)
    done = porter("check", "model.py", "--to", "torch", "--output-format", "json")
    statistics = json.loads(done.stdout)["statistics"]
    assert statistics["unknown"] == 1
    assert statistics["receiver_unknown"] == 1
    assert statistics["safe"] == 1


def test_the_class_keeps_its_name_and_parameters(porter: Porter) -> None:
    text = migrated(porter, NET, "keras")
    assert "class Net(" in text
    assert parameters(text, "__init__").startswith("self, hidden=16, classes=4")


@pytest.mark.parametrize(
    ("layout", "shape"), [("preserve", "2, 32, 32, 3"), ("native", "2, 3, 32, 32")]
)
def test_the_layout_is_kept_unless_asked(porter: Porter, layout: str, shape: str) -> None:
    migrated(porter, CNN, "torch", "--layout", layout)
    code = f"import torch, model; print(tuple(model.make_cnn(5)(torch.zeros({shape})).shape))"
    assert python(code) == "(2, 5)\n"


@BOTH
def test_the_output_does_not_depend_on_porter(porter: Porter, to: str) -> None:
    text = migrated(porter, SOURCES[to], to)
    assert imported(text) <= {"numpy", "math", to}


@BOTH
def test_comments_and_docstrings_move_with_the_code(porter: Porter, to: str) -> None:
    text = migrated(porter, SOURCES[to], to)
    for kept in ("# Copyright Ann", "A small", "Classify 32x32", "# Edges first.", "# logits"):
        assert (kept in text) == (kept in SOURCES[to])


@BOTH
def test_a_second_run_in_place_changes_nothing(porter: Porter, to: str) -> None:
    Path("model.py").write_text(SOURCES[to])
    porter("migrate", "model.py", "--to", to, "--in-place")
    files = {path: path.read_bytes() for path in Path().iterdir()}
    assert files[Path("model.py")] != SOURCES[to].encode()
    assert porter("migrate", "model.py", "--to", to, "--in-place").returncode == 0
    assert {path: path.read_bytes() for path in Path().iterdir()} == files


def test_names_stay_those_of_the_source(porter: Porter) -> None:
    text = migrated(porter, NET, "keras")
    assert "self.fc1 = " in text
    assert "self.fc2 = " in text
    assert imported(text) == {"keras"}


@BOTH
def test_the_manifest_is_as_its_schema_says(porter: Porter, to: str) -> None:
    Path("model.py").write_text(SOURCES[to])
    porter("migrate", "model.py", "--to", to, "-o", "out")
    manifest = json.loads(Path("out/porter.json").read_text())
    assert manifest["parameters"]
    jsonschema.validate(manifest, schema("porter"))


@BOTH
def test_every_use_that_migrate_translates_is_a_hint(porter: Porter, to: str) -> None:
    Path("model.py").write_text(SOURCES[to])
    done = porter("check", "model.py", "--to", to, "--output-format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["statistics"]["safe"] >= 3
    hints = {each["api"]: each["replacement"] for each in document["findings"]}
    layer = {"torch": "keras.layers.Dense", "keras": "torch.nn.Linear"}[to]
    assert {"torch": "Linear(", "keras": "Dense("}[to] in hints[layer]
