"""What `porter observe` keeps is read again as it was written; anything else is refused."""

import json
from pathlib import Path

import pytest

from porter.source import SHAPES_NAME, SeenCall, SeenShapes, SourceError, read_shapes, write_shapes

SEEN = SeenShapes("net(5)", (SeenCall(3, 1, ((2, None, 3), None)),), {"Net": ((2, 4),)})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    assert write_shapes(path, "x = 1\n", SEEN) == tmp_path / SHAPES_NAME
    assert read_shapes(path, "x = 1\n") == SEEN


def test_files_of_a_package_are_kept_beside_its_top(tmp_path: Path) -> None:
    package = tmp_path / "models"
    package.mkdir()
    for name in ("__init__.py", "a.py", "b.py"):
        (package / name).write_text("")
    write_shapes(package / "a.py", "", SEEN)
    assert write_shapes(package / "b.py", "", SEEN) == tmp_path / SHAPES_NAME
    files = json.loads((tmp_path / SHAPES_NAME).read_text())["files"]
    assert list(files) == ["models/a.py", "models/b.py"]
    assert read_shapes(package / "__init__.py", "") is None


def test_a_file_that_was_changed_since_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    write_shapes(path, "x = 1\n", SEEN)
    found = read_shapes(path, "x = 2\n")
    assert found is not None
    assert found.is_stale


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"version": 2, "files": {}}',
        '{"version": 1, "files": []}',
        '{"version": 1, "files": {"net.py": 3}}',
        '{"version": 1, "files": {"net.py": {}}}',
        '{"version": 1, "files": {"net.py": {"sha256": "", "build": "", "classes": {},'
        ' "calls": [{"line": 1, "column": 1, "shapes": [["a"]]}]}}}',
        '{"version": 1, "files": {"net.py": {"sha256": "", "build": "", "classes": {"A": [[-1]]},'
        ' "calls": []}}}',
    ],
)
def test_what_porter_does_not_write_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / SHAPES_NAME).write_text(text)
    with pytest.raises(SourceError, match=SHAPES_NAME):
        read_shapes(tmp_path / "net.py", "")
