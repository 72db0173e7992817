"""What is recorded of a proof, and that only a proof of the present text counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from porter.cli import rules as command
from porter.rulebook import (
    NOT_PROVEN,
    SIDES,
    Earned,
    Proofs,
    Rule,
    Rulebook,
    evidence,
    load_rulebook,
    proof_key,
    read_proofs,
    standing,
    write_proofs,
)

RULE = """
[[rule]]
id = "own"
keras = "mine.scale(x, factor={default})"
torch = "torch.mul(input, other)"
from = "keras"
{more}
write.torch = "scaled(x, factor)"
"""
HELPER = "def scaled(x, factor):\n    return x * {how}\n"


def _book(folder: Path, default: str = "2", more: str = "", how: str = "factor") -> Rulebook:
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(RULE.format(default=default, more=more), encoding="utf-8")
    (folder / "helpers/torch").mkdir(parents=True, exist_ok=True)
    (folder / "helpers/torch/scaled.py").write_text(HELPER.format(how=how), encoding="utf-8")
    load_rulebook.cache_clear()
    return load_rulebook((folder,))


def _own(book: Rulebook) -> Rule:
    rule = book.by_id("own")
    assert rule is not None
    return rule


@pytest.fixture
def proven(tmp_path: Path) -> Proofs:
    book = _book(tmp_path)
    earned = Earned(proof_key(book, _own(book)), "safe", {"safe": 3}, ("forward", "gradient"))
    return {"own": {"keras": earned}}


def test_a_proof_of_the_present_text_counts(tmp_path: Path, proven: Proofs) -> None:
    book = _book(tmp_path)
    assert standing(book, proven, _own(book), "keras") == "safe"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"default": "3"}, id="signature"),
        pytest.param({"more": "layout = 'follow'"}, id="layout"),
        pytest.param({"how": "factor + 1"}, id="helper"),
        pytest.param({"more": "draw = { factor = '1..3' }"}, id="what-is-drawn"),
    ],
)
def test_a_proof_of_another_text_is_none(
    tmp_path: Path, proven: Proofs, change: dict[str, str]
) -> None:
    book = _book(tmp_path, **change)
    assert standing(book, proven, _own(book), "keras") == NOT_PROVEN


def test_prose_makes_no_proof_stale(tmp_path: Path, proven: Proofs) -> None:
    book = _book(tmp_path, more="# why\nnotes = ['a word']\ndoc = ['https://example.org']")
    assert standing(book, proven, _own(book), "keras") == "safe"


@pytest.mark.parametrize(
    ("verdict", "worth"),
    [("safe", "safe"), ("unsafe", "unsafe"), ("failed", "failed"), ("unproven", NOT_PROVEN)],
)
def test_what_was_not_earned_is_not_claimed(tmp_path: Path, verdict: str, worth: str) -> None:
    book = _book(tmp_path)
    key = proof_key(book, _own(book))
    proofs: Proofs = {"own": {"keras": Earned(key, verdict, {})}}
    assert standing(book, proofs, _own(book), "keras") == worth
    assert standing(book, {}, _own(book), "keras") == NOT_PROVEN


def test_a_record_reads_as_it_was_written(tmp_path: Path, proven: Proofs) -> None:
    place = tmp_path / "proofs.json"
    write_proofs(place, proven)
    assert read_proofs(place) == proven
    assert [path.name for path in tmp_path.glob("*proofs*")] == ["proofs.json"]


@pytest.mark.parametrize(
    ("calls", "asked", "drawn"),
    [({"safe": 3}, 0, 12), ({"safe": 12}, 0, 12), ({"safe": 11, "refused": 3}, 0, 20),
     ({"safe": 30}, 0, 30), ({"safe": 3}, 20, 20)],
)  # fmt: skip
def test_as_many_calls_are_drawn_again(
    tmp_path: Path, calls: dict[str, int], asked: int, drawn: int
) -> None:
    place = tmp_path / "proofs.json"
    write_proofs(place, {"own": {"keras": Earned("", "safe", calls, (), asked)}})
    earned = read_proofs(place)["own"]["keras"]
    assert (earned.asked, earned.drawn) == (asked, drawn)


@pytest.mark.parametrize("verdict", ["failed", "unproven", "stale", "missing"])
def test_commands_call_nothing_proven_that_is_not(
    monkeypatch: pytest.MonkeyPatch, verdict: str
) -> None:
    book = load_rulebook()
    rule = book.by_id("dense")
    assert rule is not None
    key = "stale" if verdict == "stale" else proof_key(book, rule)
    earned = Earned(key, "safe" if verdict == "stale" else verdict, {"safe": 3}, ("forward",))
    proofs = {} if verdict == "missing" else {"dense": dict.fromkeys(SIDES, earned)}
    monkeypatch.setattr("porter.cli.rules.read_proofs", lambda *_: proofs)
    said = "failed" if verdict == "failed" else NOT_PROVEN
    listed = CliRunner().invoke(command.command, ["list"]).output
    row = next(line for line in listed.splitlines() if line.startswith("dense\t"))
    assert row.split("\t")[3:] == [said, said]
    shown = CliRunner().invoke(command.command, ["show", "dense"]).output
    assert f"from keras: {said}" in shown
    assert "safe (" not in shown


def test_every_shipped_proof_is_of_a_rule_as_it_is_written() -> None:
    """A stale or failed proof in the record is to be proven again before it is shipped."""
    book, proofs = load_rulebook(), read_proofs()
    rules = {what.id: what for what in (*book, *book.constructs)}
    assert sorted(set(proofs) - set(rules)) == []
    stale = [
        f"{rule_id} from {side}"
        for rule_id, sides in proofs.items()
        for side, earned in sides.items()
        if earned.key != proof_key(book, rules[rule_id]) or earned.verdict == "failed"
    ]
    assert stale == []


def test_traps_are_listed_with_their_proofs() -> None:
    output = CliRunner().invoke(command.command, ["list", "--trap"]).output
    rows = [line.split("\t") for line in output.splitlines()]
    assert all(row[1] for row in rows)
    assert "gelu-approximate" in json.dumps(rows)


# What the frameworks do differently under one name, and a rule for each.
TRAPS = """
conv-same-stride-2 conv-padding-1-stride-2 max-pool-same avg-pool-same flatten-order
conv-transpose-same depthwise-kernel-order axis-follows-layout depth-to-space-order
reshape-across-channels
batchnorm-momentum batchnorm-epsilon layernorm-epsilon groupnorm-epsilon instancenorm-epsilon
running-variance
gru-gate-order gru-reset-after lstm-two-biases bidirectional-last-step masking attention-mask
key-dim batch-first return-sequences return-state stateful go-backwards
legacy-resize bilinear-half-pixel nearest-resize std-correction l2-normalize-epsilon
gelu-approximate split-pieces division-signs int32-int64 hard-sigmoid-slope leaky-relu-slope
prelu-shape gather-axis boolean-mask one-hot-depth argmax-dtype top-k-order in-place
gradient-at-ties pad-order meshgrid-indexing
cross-entropy-on-logits cross-entropy-on-probabilities bce-saturation target-shape
cosine-similarity-sign kl-divergence-reduction loss-argument-order
adam-epsilon rmsprop-rho adagrad-accumulator weight-decay regularizer-factor
learning-rate-defaults
"""


def test_every_known_trap_has_a_rule_that_is_proven() -> None:
    output = CliRunner().invoke(command.command, ["list", "--trap"]).output
    standings: dict[str, set[str]] = {}
    for _, traps, _, _, *worth in (line.split("\t") for line in output.splitlines()):
        for trap in traps.split(", "):
            standings.setdefault(trap, set()).update(worth)
    left = {trap for trap in TRAPS.split() if not standings.get(trap, set()) & {"safe", "unsafe"}}
    # What a regulariser asks for is the loss's or the optimiser's, never one expression.
    assert left == {"regularizer-factor"}


def test_evidence_counts_an_api_once_and_only_where_calls_of_it_were_proven() -> None:
    book = load_rulebook()
    rules = [book.by_id(rule_id) for rule_id in ("batchnorm-1d", "batchnorm-2d", "max", "rmsnorm")]
    proofs: Proofs = {
        rule.id: {"keras": Earned(proof_key(book, rule), verdict, {"safe": 3, "refused": 2})}
        for rule, verdict in zip(rules, ("safe", "unsafe", "failed", "safe"), strict=True)
        if rule is not None
    }
    found = evidence(book, proofs)
    assert found.apis == {
        "keras": {"keras.layers.BatchNormalization", "keras.layers.RMSNormalization"},
        "torch": frozenset(),
    }
    assert (found.proofs, found.calls) == (3, 15)
