"""What porter writes for the gallery reads as it stands there, and computes what went in."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.cli import main
from porter.rewrite import migrate_source
from porter.verify import verify

from .cases import FIXTURES, Fixture, fixtures

ALL = pytest.mark.parametrize("fixture", fixtures(), ids=lambda f: f.name)


def migrated(source: Path, to: str, folder: Path) -> Path:
    """Migrate a file into a folder by the command line; everything in it must be translated."""
    assert main(["migrate", str(source), "--to", to, "-o", str(folder)]) == 0
    return folder / source.name


def test_every_model_has_a_case() -> None:
    found = {path.parent for path in FIXTURES.glob("*/*/before.py")}
    assert found == {fixture.folder for fixture in fixtures()}


@ALL
def test_the_gallery_shows_what_porter_writes(fixture: Fixture) -> None:
    before = (fixture.folder / "before.py").read_text()
    after = migrate_source(before, to=fixture.to, path="before.py").code
    assert after == (fixture.folder / "after.py").read_text()
    assert migrate_source(after, to=fixture.to, path="before.py").code == after


@ALL
def test_there(fixture: Fixture, tmp_path: Path) -> None:
    source = fixture.folder / "before.py"
    migrated(source, fixture.to, tmp_path)
    result = verify(source, tmp_path, fixture.inputs, build=fixture.build)
    assert (result.status, result.error) == ("equal", None)


@pytest.mark.parametrize(
    "fixture", [f for f in fixtures() if f.to == "torch"], ids=lambda f: f.name
)
def test_and_back(fixture: Fixture, tmp_path: Path) -> None:
    """Keras → PyTorch → Keras: the way there is held above, for whatever weights are drawn."""
    there = migrated(fixture.folder / "before.py", "torch", tmp_path / "there")
    migrated(there, "keras", tmp_path / "back")
    result = verify(there, tmp_path / "back", fixture.inputs, build=fixture.build)
    assert (result.status, result.error) == ("equal", None)
