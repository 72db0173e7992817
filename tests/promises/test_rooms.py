"""The way through the house is one way, and through the doors."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PORTER = Path(__file__).resolve().parents[2] / "porter"
ORDER = ["source", "rulebook", "facts", "rewrite", "verify", "weights", "report", "cli"]


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """Every dotted name that `path` imports from porter, without `porter` itself."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(["porter", *here(path)[: -node.level]]) if node.level else ""
            base = ".".join(filter(None, [base, node.module]))
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            head, *rest = name.split(".")
            if head == "porter" and rest:
                yield tuple(rest)


def here(path: Path) -> tuple[str, ...]:
    return path.relative_to(PORTER).with_suffix("").parts


@cache
def door(room: str) -> frozenset[str]:
    """What the room's door says that it exports."""
    for node in ast.parse((PORTER / room / "__init__.py").read_bytes()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def complaints(path: Path) -> Iterator[str]:
    room = here(path)[0]
    for parts in imports(path):
        other = parts[0]
        if other == room or other not in ORDER:
            continue
        if room in ORDER and ORDER.index(other) > ORDER.index(room):
            yield f"{path.name} ({room}) imports {'.'.join(parts)}, which is to its right"
        if len(parts) != 2 or parts[1] not in door(other):
            yield f"{path.name} ({room}) imports {'.'.join(parts)} past the door of {other}"


def all_files() -> list[Path]:
    return sorted(PORTER.rglob("*.py"))


@pytest.mark.parametrize("path", all_files(), ids=lambda path: "/".join(here(path)))
def test_rooms_use_only_the_doors_of_rooms_to_their_left(path: Path) -> None:
    assert list(complaints(path)) == []


def test_every_room_is_known() -> None:
    rooms = {path.name for path in PORTER.iterdir() if (path / "__init__.py").is_file()}
    assert rooms <= set(ORDER)
    assert {"source", "rulebook", "report", "cli"} <= rooms


def test_the_check_sees_both_kinds_of_trespass(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "porter/source/x.py": "from porter.cli import main",
        "porter/cli/y.py": "import porter.source.module\nfrom ..report import html",
    }
    monkeypatch.setattr(Path, "read_text", lambda path: texts["/".join(path.parts[-3:])])
    left = list(complaints(PORTER / "source/x.py"))
    past = list(complaints(PORTER / "cli/y.py"))
    assert [text.split(", ")[-1] for text in left] == ["which is to its right"]
    assert [text.split("past")[-1] for text in past] == [
        " the door of source",
        " the door of report",
    ]


@pytest.mark.parametrize("path", all_files(), ids=lambda path: "/".join(here(path)))
def test_files_stay_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 400
