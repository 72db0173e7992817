"""Mistakes in rules: which there are, how they are written, and what a proof makes of them."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from mutate_rules import Equivalent, Mutant, judged, mutants, status, summary, toml
from rule_mutations import Mutation, mutations, variants

from porter.rulebook import Earned, load_rulebook

BOOK = load_rulebook()
RAW = {raw["id"]: raw for raw in BOOK.raw}


def _mutations(rule_id: str) -> list[Mutation]:
    rule = BOOK.by_id(rule_id)
    assert rule is not None
    return list(mutations(RAW[rule_id], rule, BOOK.types))


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("0", ["1"]),
        ("True", ["False"]),
        ("0.5", ["0.75"]),
        ("-1", ["1", "-2"]),
        ("'valid'", ["'same'"]),
        ("name", []),
        ("a == 1", ["a != 1", "a == 2"]),
        ("a and b", ["b", "a"]),
        ("a + b", ["a - b"]),
        ("weight.T", ["weight"]),
        ("f(x, y, k=z)", ["f(y, x, k=z)", "f(x, y)"]),
        ("x.permute(1, 0)", ["x.permute(0, 1)", "x.permute(2, 0)", "x.permute(1, 1)"]),
        ("a if c else b", ["b if c else a"]),
        ("bias_l{k}.T", ["bias_l{k}"]),
    ],
)
def test_variants(text: str, changed: list[str]) -> None:
    assert list(variants(text)) == changed


UNMENTIONED = '''
[[rule]]
id = "mine"
keras = "keras.ops.average_pool(inputs: tensor, pool_size, strides=None, padding='valid')"
torch = """torch.nn.functional.avg_pool1d(input, kernel_size, stride=None,
  padding: window = 0, ceil_mode=False)"""
args = { inputs = "input", pool_size = "kernel_size", strides = "stride" }
from = "torch"
fixed.torch = { ceil_mode = "False" }
when.torch = "squeeze(padding) == 0 and stride is None and input.rank == 3"
'''


def test_what_an_argument_must_be_that_nothing_else_mentions_is_left(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(UNMENTIONED)
    book = load_rulebook((tmp_path,))
    raw, rule = next(r for r in book.raw if r["id"] == "mine"), book.by_id("mine")
    assert rule is not None
    made = list(mutations(raw, rule, book.types))
    after = {mutation.after for mutation in made if mutation.kind == "when"}
    assert "squeeze(padding) == 0 and input.rank == 3" in after  # a stride is handed on
    assert "stride is None and input.rank == 3" not in after
    assert "squeeze(padding) == 0 and stride is None" in after
    assert not any(mutation.kind == "fixed left out" for mutation in made)


def test_every_part_of_a_rule_is_changed() -> None:
    kinds = {mutation.kind for mutation in _mutations("conv2d")}
    assert kinds >= {
        "default", "order of parameters", "args swapped", "args left out", "infer", "weights",
        "weights swapped", "weights left out", "shape", "when", "when left out", "set", "before",
        "layout", "fixed", "from left out",
    }  # fmt: skip


def test_what_nobody_reads_is_left_alone() -> None:
    changed = {mutation.path[0] for rule_id in RAW for mutation in _mutations(rule_id)}
    assert not changed & {"id", "doc", "notes", "trap", "draw", "example", "bound", "manual"}
    torch = [m.after for m in _mutations("dense") if m.path == ("torch",)]
    assert not any("device=1" in text for text in torch)


def test_a_mistake_is_in_one_field() -> None:
    raw = RAW["conv2d"]
    for mutation in _mutations("conv2d"):
        changed = mutation.apply(raw)
        assert changed != raw
        assert {key for key in raw if raw[key] != changed.get(key)} == {mutation.path[0]}


def test_a_rule_is_written_as_it_was_read() -> None:
    for rule_id in ("conv2d", "relu", "lstm", "batchnorm-2d"):
        (written,) = tomllib.loads(toml(RAW[rule_id]))["rule"]
        kept = {k: v for k, v in RAW[rule_id].items() if k in written}
        assert set(RAW[rule_id]) - set(written) == {"path", "line", "shipped", "spelled"}
        assert {k: v for k, v in written.items() if k not in ("keras", "torch", "also")} == {
            k: v for k, v in kept.items() if k not in ("keras", "torch", "also")
        }


def test_the_same_seed_draws_the_same_mistakes() -> None:
    first = mutants(BOOK, 1, 2, ["dense", "elu"], None)
    assert first == mutants(BOOK, 1, 2, ["dense", "elu"], None)
    assert [mutant.rule for mutant in first].count("dense") == 2
    assert first != mutants(BOOK, 2, 2, ["dense", "elu"], None)


def test_an_equivalent_mistake_is_known_by_what_was_changed() -> None:
    mutation = Mutation("default", ("torch",), "torch.f(x, device=None)", "torch.f(x, device=1)")
    mutant = Mutant("f", mutation, "", {})
    assert Equivalent("", kind="default", after="device=1").covers(mutant)
    assert not Equivalent("", rule="^g$", after="device=1").covers(mutant)


PROVEN = Earned("", "safe", {"safe": 3}, ("forward",), 3)


def test_a_mistake_is_refuted_and_a_harmless_one_survives() -> None:
    wrong = next(m for m in _mutations("elu-layer") if m.kind == "default")
    harmless = Mutation("doc", ("notes",), None, ["nothing"])
    narrowing = Mutation("when", ("when",), None, {"torch": "alpha == 1.0"})
    made = [
        Mutant("elu-layer", m, toml(m.apply(RAW["elu-layer"])), {"torch": PROVEN})
        for m in (wrong, harmless, narrowing)
    ]
    verdicts = {mutant.mutation.kind: verdict for mutant, verdict in judged(made, 1, 3)}
    assert {kind: verdict.name for kind, verdict in verdicts.items()} == {
        "default": "refuted", "doc": "survived", "when": "refuted",
    }  # fmt: skip
    assert "narrowed" in verdicts["when"].why


@pytest.mark.parametrize(
    ("tally", "code", "said"),
    [
        ({"refuted": 3}, 0, "100.0% of the others refuted; at least 97% is asked: reached"),
        ({"refuted": 3, "equivalent": 9}, 0, "100.0%"),
        ({"refuted": 99, "survived": 1}, 1, "99.0% of the others refuted; at least 97% is asked"),
        ({"refuted": 96, "survived": 4}, 1, "missed"),
    ],
)
def test_each_survivor_without_a_reason_fails(tally: dict[str, int], code: int, said: str) -> None:
    assert status(Counter(tally)) == code
    assert said in summary(Counter(tally))
