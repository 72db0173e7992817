"""The README's table of support is what the rules and their proofs say now."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from porter.rulebook import load_rulebook, read_proofs

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from readme_table import AREAS, README, area_of, table, written


def test_the_table_is_up_to_date() -> None:
    readme = README.read_text(encoding="utf-8")
    text = table(load_rulebook(), read_proofs())
    assert written(readme, text) == readme, "run python scripts/readme_table.py"


def test_every_area_has_rules() -> None:
    assert {area_of(rule) for rule in load_rulebook()} == set(AREAS)


def test_what_is_not_proven_is_not_counted() -> None:
    assert table(load_rulebook(), {}).splitlines()[-1].split(" | ")[2:4] == ["**0**", "**0**"]


def test_a_readme_without_its_marks_is_refused() -> None:
    with pytest.raises(SystemExit, match="has no <!-- support -->"):
        written("# porter\n", "")
