"""A user's rule translates before anything has shown it to be right: the findings say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.rewrite import Options, migrate_source
from porter.rulebook import SIDES, Earned, load_rulebook, proof_key, write_proofs

RULE = """
[[rule]]
id = "own-exp"
keras = "keras.ops.exp(x)"
torch = "torch.exp(input)"
args = { x = "input" }
"""
SOURCE = "import torch\n\n\ndef f(x):\n    return torch.exp(torch.exp(x))\n"


def _notes(folder: Path) -> list[tuple[int, str, str]]:
    done = migrate_source(SOURCE, to="keras", options=Options(to="keras", rule_dirs=(folder,)))
    return [(f.line, f.rule, f.message) for f in done.findings if f.kind == "note"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(RULE, encoding="utf-8")
    return tmp_path


def _record(folder: Path, verdict: str, key: str | None = None) -> None:
    book = load_rulebook((folder,))
    rule = book.by_id("own-exp")
    assert rule is not None
    earned = Earned(key or proof_key(book, rule), verdict, {"safe": 3})
    write_proofs(folder / "proofs.json", {"own-exp": dict.fromkeys(SIDES, earned)})


def test_a_rule_without_a_proof_is_told_once_a_file(folder: Path) -> None:
    message = "your rule own-exp is not proven: see `porter rules prove own-exp`"
    assert _notes(folder) == [(5, "own-exp", message)]


@pytest.mark.parametrize(
    ("verdict", "key", "said"),
    [
        ("safe", None, []),
        ("unsafe", None, []),
        ("unproven", None, ["is not proven"]),
        ("safe", "stale", ["is not proven"]),
        ("failed", None, ["has failed its proof"]),
    ],
)
def test_what_the_record_beside_the_rules_says_counts(
    folder: Path, verdict: str, key: str | None, said: list[str]
) -> None:
    _record(folder, verdict, key)
    found = [message for _, _, message in _notes(folder)]
    assert [message.partition(":")[0] for message in found] == [
        f"your rule own-exp {s}" for s in said
    ]


def test_a_shipped_rule_is_never_told(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(RULE.replace("exp", "expm1"), encoding="utf-8")
    assert _notes(tmp_path) == []
