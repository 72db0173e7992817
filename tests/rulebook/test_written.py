"""What rules/README.md tells a newcomer is what porter does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from porter.rewrite import Options, migrate_source
from porter.rulebook import RuleError, load_rulebook
from porter.rulebook.types import TYPES
from porter.source import rules_dir

TEXT = (rules_dir() / "README.md").read_text(encoding="utf-8")


def _block(language: str, part: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return next(block for block in blocks if part in block)


def test_every_type_is_told() -> None:
    section = TEXT.partition("## Types of parameters\n")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)) == TYPES


def test_a_type_that_is_none_is_an_error(tmp_path: Path) -> None:
    rule = _block("toml", "inner-product").replace("x2: tensor", "x2: tensr")
    (tmp_path / "own.toml").write_text(rule)
    with pytest.raises(
        RuleError, match=r"own\.toml:2: rule 'inner-product': keras: x2: 'tensr' is no type"
    ):
        load_rulebook((tmp_path,))


def test_the_rule_of_ones_own_translates_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "inner.toml").write_text(_block("toml", "inner-product"))
    lines = _block("diff", "inner").splitlines()
    before, after = (
        "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", sign)) for sign in "-+"
    )
    options = Options("torch", rule_dirs=(str(tmp_path),))
    assert migrate_source(before, to="torch", options=options).code == after
