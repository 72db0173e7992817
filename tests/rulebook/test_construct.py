"""What the engine translates without a rule is counted by its proof, what people do by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.rulebook import (
    Earned,
    Rulebook,
    RuleError,
    coverage_of,
    load_rulebook,
    proof_key,
    read_proofs,
)

CONSTRUCT = """
[[construct]]
id = "own-construct"
from = "{side}"
apis = ["mine.Stack"]
what = "a stack"
build = "model"
input = ["float32[2]"]
example = "model = len"
"""
FAMILY = """
[[family]]
id = "own-family"
from = "keras"
below = ["mine.Thing", "mine.other"]
rest = "something else"
[family.each]
shut = "open it"
"""


def _book(folder: Path, text: str) -> Rulebook:
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(text, encoding="utf-8")
    return load_rulebook((folder,))


@pytest.mark.parametrize(
    ("verdict", "status"), [("safe", "convertible"), ("unproven", "unknown"), ("failed", "unknown")]
)
def test_a_construct_counts_by_what_its_example_earned(
    tmp_path: Path, verdict: str, status: str
) -> None:
    book = _book(tmp_path, CONSTRUCT.format(side="keras"))
    construct = next(c for c in book.constructs if c.id == "own-construct")
    earned = Earned(proof_key(book, construct), verdict, {verdict: 1}, ("forward",))
    assert coverage_of(book, {construct.id: {"keras": earned}}, "mine.Stack") == status
    assert coverage_of(book, {}, "mine.Stack") == "unknown"


def test_a_family_leaves_its_names_to_people(tmp_path: Path) -> None:
    book = _book(tmp_path, FAMILY)
    assert [rule.manual for rule in book.find("mine.Thing.shut", "keras")] == ["open it"]
    assert [rule.manual for rule in book.find("mine.other.name", "keras")] == ["something else"]
    assert book.find("mine.Thing.shut", "torch") == ()
    assert book.find("mine.Thingy", "keras") == ()
    assert coverage_of(book, {}, "mine.Thing.shut") == "by hand"
    assert coverage_of(book, {}, ".shut()") == "by hand"


def test_a_rule_goes_before_a_family() -> None:
    book = load_rulebook()
    assert [rule.id for rule in book.find("keras.utils.set_random_seed", "keras")] == ["seed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONSTRUCT.format(side="jax"), "no side"),
        (CONSTRUCT.format(side="keras") + 'more = "x"', "unknown key 'more'"),
        (CONSTRUCT.format(side="keras").replace('what = "a stack"', ""), "needs 'what'"),
        (FAMILY.replace('"keras"', '"jax"'), "no side"),
        ('[[family]]\nid = "f"\nfrom = "keras"\n', "needs 'below'"),
        (FAMILY.replace("own-family", "dense"), "also defined in"),
    ],
)
def test_a_malformed_entry_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        _book(tmp_path, text)
    assert caught.value.path.endswith(".toml")


def test_an_unproven_rule_is_not_called_convertible() -> None:
    book, proofs = load_rulebook(), read_proofs()
    assert coverage_of(book, proofs, "keras.layers.Dense") == "convertible"
    assert coverage_of(book, {}, "keras.layers.Dense") == "by hand"


DROP = """
[construct.drop]
"mine.stack.set('a')" = "because"
"mine.stack.{name}" = "it is so"
"""


def test_what_a_construct_drops_depends_on_its_arguments(tmp_path: Path) -> None:
    text = CONSTRUCT.format(side="keras").replace("len", "len.set")
    book = _book(tmp_path, text + DROP.format(name="len"))
    assert book.dropped("mine.stack.set", "keras", 'K.set( "a")') == ("own-construct", "because")
    assert book.dropped("mine.stack.set", "keras", "K.set('b')") is None
    assert book.dropped("mine.stack.len", "keras") == ("own-construct", "it is so")
    assert book.dropped("mine.stack.len", "torch") is None
    assert "mine.stack.len" in next(c for c in book.constructs if c.id == "own-construct").apis


def test_what_a_construct_drops_is_shown(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="the example does not show"):
        _book(tmp_path, CONSTRUCT.format(side="keras") + DROP.format(name="unseen"))
