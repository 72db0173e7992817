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
    monkeypatch.setattr("porter.cli.config.read_proofs", lambda *_: proofs)
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


# What the frameworks do differently under one name, by the sides from which a rule or a construct
# that is proven handles it.
BOTH, KERAS, TORCH = {"keras", "torch"}, {"keras"}, {"torch"}
PROVEN = {
    # Layout and padding
    "conv-same-stride-2": BOTH, "conv-padding-1-stride-2": BOTH, "max-pool-same": BOTH,
    "avg-pool-same": BOTH, "flatten-order": BOTH, "conv-transpose-same": BOTH,
    "depthwise-kernel-order": BOTH, "axis-follows-layout": BOTH, "depth-to-space-order": BOTH,
    "reshape-across-channels": BOTH, "pad-order": BOTH,
    # Normalisation
    "batchnorm-momentum": BOTH, "batchnorm-epsilon": BOTH, "layernorm-epsilon": BOTH,
    "groupnorm-epsilon": BOTH, "instancenorm-epsilon": BOTH, "running-variance": BOTH,
    "local-response-normalization": BOTH, "frozen-batchnorm": BOTH,
    # Recurrent and attention
    "gru-gate-order": BOTH, "gru-reset-after": BOTH, "lstm-two-biases": BOTH,
    "bidirectional-last-step": BOTH, "masking": BOTH, "attention-mask": BOTH, "key-dim": BOTH,
    "batch-first": BOTH, "return-sequences": BOTH, "return-state": BOTH, "stateful": BOTH,
    "go-backwards": BOTH,
    # Operations; PyTorch alone changes a tensor in place by a method
    "legacy-resize": BOTH, "bilinear-half-pixel": BOTH, "bicubic-resize": BOTH,
    "nearest-resize": BOTH, "std-correction": BOTH, "l2-normalize-epsilon": BOTH,
    "gelu-approximate": BOTH, "split-pieces": BOTH, "division-signs": BOTH, "int32-int64": BOTH,
    "float64-from-numpy": BOTH, "hard-sigmoid-slope": BOTH, "leaky-relu-slope": BOTH,
    "prelu-shape": BOTH, "gather-axis": BOTH, "scatter-indices": BOTH, "boolean-mask": BOTH,
    "one-hot-depth": BOTH, "argmax-dtype": BOTH, "top-k-order": BOTH, "meshgrid-indexing": BOTH,
    "in-place": TORCH, "augmented-alias": BOTH, "gradient-at-ties": BOTH,
    # Losses; from Keras, weights of classes and samples stand where a model is trained
    "cross-entropy-on-logits": BOTH, "cross-entropy-on-probabilities": BOTH,
    "bce-saturation": BOTH, "target-shape": BOTH, "cosine-similarity-sign": BOTH,
    "kl-divergence-reduction": BOTH, "class-weight": TORCH, "loss-argument-order": BOTH,
    # Optimisers
    "adam-epsilon": BOTH, "rmsprop-rho": BOTH, "adagrad-accumulator": BOTH, "weight-decay": BOTH,
    "learning-rate-defaults": BOTH,
    # Training
    "train-and-eval": BOTH,
}  # fmt: skip
# What is left to people, wholly or where no expression says it, and from where: a finding tells.
LEFT_TO_PEOPLE = {
    "bicubic-resize": BOTH, "frozen-batchnorm": BOTH, "frozen-weights": BOTH, "clipnorm": BOTH,
    "schedule-units": BOTH, "first-values": BOTH, "class-weight": BOTH, "train-and-eval": BOTH,
    "sample-weight": KERAS, "regularizer-factor": KERAS, "fit-shuffles": KERAS,
    "validation-split": KERAS, "batch-means": KERAS, "predict-batches": KERAS,
    "top-k-order": BOTH,
}  # fmt: skip


def _sides_of_traps(*worth: str) -> dict[str, set[str]]:
    """The traps that are handled in one of these ways, and from which sides."""
    output = CliRunner().invoke(command.command, ["list", "--trap"]).output
    found: dict[str, set[str]] = {}
    for _, traps, _, _, *sides in (line.split("\t") for line in output.splitlines()):
        for trap in traps.split(", "):
            here = {side for side, said in zip(SIDES, sides, strict=True) if said in worth}
            found.setdefault(trap, set()).update(here)
    return {trap: sides for trap, sides in found.items() if sides}


def test_every_known_trap_is_proven_or_said_to_be_left() -> None:
    assert _sides_of_traps("safe", "unsafe") == PROVEN
    assert _sides_of_traps("left to people") == LEFT_TO_PEOPLE


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
