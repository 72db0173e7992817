"""A proof that can fail: a right rule earns its keep, a wrong one is refuted by a small call."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from porter.rulebook import Earned, load_rulebook
from porter.verify.prove import Proof, directions, lost, prove_all
from porter.verify.prove.drawing import Call, Input
from porter.verify.prove.outcome import Outcome
from porter.verify.prove.proof import prove
from porter.verify.prove.trial import Bench

WRONG = """
[[rule]] # the slopes that are the defaults differ: this one forgets to write them
id = "leaky-relu-layer"
keras = "keras.layers.LeakyReLU(negative_slope=0.3, *, name: name = None)"
torch = "torch.nn.LeakyReLU(negative_slope=0.01, inplace=False)"
layout = "follow"
shape = "input.shape"
draw = { negative_slope = "0.0..0.9" }
"""


def test_a_right_rule_and_a_wrong_one(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(WRONG, encoding="utf-8")
    dirs = (tmp_path,)
    book = load_rulebook(dirs)
    assert list(book.replaced) == ["leaky-relu-layer"]
    rules = [rule for rule in book if rule.id in ("leaky-relu-layer", "elu-layer")]
    starts = [(rule, side) for rule in rules for side in directions(rule)]
    proofs = {(p.rule, p.side): p for p in prove_all(starts, 6, rule_dirs=dirs)}
    for side in ("keras", "torch"):
        assert proofs["elu-layer", side].earned == "safe"
        assert proofs["elu-layer", side].phases == ("forward", "gradient", "training")
        wrong = proofs["leaky-relu-layer", side]
        assert wrong.earned == "failed"
        assert wrong.refuted is not None
        assert "LeakyReLU()" in wrong.refuted.source
        assert "differs" in wrong.refuted.reason


VANISHING = """
[[rule]]
id = "square"
keras = "keras.ops.square(x)"
torch = "torch.square(input)"
from = "keras"
write.torch = "vanish(x)"
helper = "vanish"
shape.keras = "[*x.shape]"
"""
HELPER = """import os


def vanish(x):
    os._exit(3)
"""


def test_a_rule_that_takes_its_worker_along_is_refuted_and_the_next_one_proven(
    tmp_path: Path,
) -> None:
    (tmp_path / "vanishing.toml").write_text(VANISHING, encoding="utf-8")
    (tmp_path / "helpers/torch").mkdir(parents=True)
    (tmp_path / "helpers/torch/vanish.py").write_text(HELPER, encoding="utf-8")
    dirs = (tmp_path,)
    rules = {rule.id: rule for rule in load_rulebook(dirs)}
    starts = [(rules["square"], "keras"), (rules["exp"], "keras")]
    proofs = {p.rule: p for p in prove_all(starts, 3, rule_dirs=dirs)}
    assert proofs["square"].counts == {"failed": 1}
    assert proofs["square"].refuted is not None
    assert "status 3" in proofs["square"].refuted.reason
    assert proofs["exp"].earned == "safe"


class Stuck(Bench):
    """A bench on which the target never answers."""

    trials = 0

    def run(self, call: Call) -> Outcome:
        self.trials += 1
        return Outcome("failed", "no answer", "", ended=True)


def test_no_smaller_call_is_sought_for_one_that_does_not_answer(tmp_path: Path) -> None:
    rule = load_rulebook().by_id("exp")
    assert rule is not None
    bench = Stuck(tmp_path, "python")
    assert prove(rule, "keras", bench, 20).earned == "failed"
    assert bench.trials == 1


def test_a_crash_of_the_engine_is_a_refutation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*args: object, **options: object) -> None:
        raise KeyError("shape")

    monkeypatch.setattr("porter.verify.prove.trial.migrate_source", crash)
    rule = load_rulebook().by_id("exp")
    assert rule is not None
    proof = prove(rule, "keras", Bench(tmp_path, "python"), 3)
    assert proof.refuted is not None
    assert "porter crashed" in proof.refuted.reason
    assert "KeyError" in proof.refuted.reason


KEPT_FLOAT32 = """
[[rule]]
id = "square"
keras = "keras.ops.square(x)"
torch = "torch.square(input)"
from = "torch"
write.keras = "in_single(input)"
helper = "in_single"
shape.torch = "[*input.shape]"
"""
SINGLE = """import tensorflow as tf


def in_single(x):
    return tf.debugging.assert_type(x, tf.float32) or x * x * {factor}
"""


@pytest.mark.parametrize(("factor", "earned"), [("1.0", "safe"), ("1.00005", "unproven")])
def test_what_has_no_float64_is_decided_by_float32_and_more_strictly(
    tmp_path: Path, factor: str, earned: str
) -> None:
    (tmp_path / "single.toml").write_text(KEPT_FLOAT32, encoding="utf-8")
    (tmp_path / "helpers/keras").mkdir(parents=True)
    (tmp_path / "helpers/keras/in_single.py").write_text(SINGLE.format(factor=factor))
    dirs = (tmp_path,)
    rule = load_rulebook(dirs).by_id("square")
    assert rule is not None
    (proof,) = prove_all([(rule, "torch")], 3, rule_dirs=dirs)
    assert proof.earned == earned
    assert set(proof.counts) == {"single" if earned == "safe" else "inconclusive"}


def test_what_cannot_be_drawn_is_the_fault_of_its_rule(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(
        WRONG.replace('draw = { negative_slope = "0.0..0.9" }', 'draw = { input = "flaot[2]" }')
    )
    rule = load_rulebook((tmp_path,)).by_id("leaky-relu-layer")
    assert rule is not None
    proof = prove(rule, "keras", Bench(tmp_path, "python"), 3)
    assert proof.earned == "failed"
    assert proof.refuted is not None
    assert "'flaot[2]' is not a tensor" in proof.refuted.reason


def test_float32_decides_where_the_source_knows_nothing_else() -> None:
    """TensorFlow's resize gives float32 whatever it is given."""
    rule = load_rulebook().by_id("resize-image")
    assert rule is not None
    (proof,) = prove_all([(rule, "keras")], 12)
    assert proof.earned == "safe"
    assert proof.phases == ("forward", "gradient", "training")


def test_a_layer_that_a_helper_changes_is_found_inside_its_call(tmp_path: Path) -> None:
    """`without_scale(nn.BatchNorm2d(…))` stands where the manifest says, the layer inside it."""
    rule = load_rulebook().by_id("batchnorm-2d")
    assert rule is not None
    given = (Input("input", (2, 1, 3, 1)),)
    call = Call(rule, "keras", "keras.layers.BatchNormalization", given, (("scale", "False"),))
    with Bench(tmp_path, sys.executable) as bench:
        outcome = bench.run(call)
    assert (outcome.verdict, outcome.reason) == ("safe", "")


def test_an_optimiser_is_driven_on_a_bench_that_held_a_model_before(tmp_path: Path) -> None:
    book = load_rulebook()
    dense, sgd = book.by_id("dense"), book.by_id("sgd")
    assert dense is not None
    assert sgd is not None
    with Bench(tmp_path, sys.executable) as bench:
        layer = Call(dense, "keras", dense.apis("keras")[0], (Input("input", (2, 3)),), ())
        assert bench.run(replace(layer, arguments=(("units", "2"),))).verdict == "safe"
        outcome = bench.run(Call(sgd, "keras", sgd.apis("keras")[0], (), ()))
    assert (outcome.verdict, outcome.reason) == ("safe", "")


def test_attention_that_is_given_nothing_but_positions_is_replayed(tmp_path: Path) -> None:
    """PyTorch's own module hands `is_causal` on without its name."""
    rule = load_rulebook().by_id("multi-head-attention")
    assert rule is not None
    given = (Input("input", (2, 3, 4)), Input("input_value", (2, 5, 4)))
    sizes = (("num_heads", "2"), ("key_dim", "2"))
    call = Call(rule, "keras", "keras.layers.MultiHeadAttention", given, sizes)
    with Bench(tmp_path, sys.executable) as bench:
        outcome = bench.run(call)
    assert (outcome.verdict, outcome.reason) == ("safe", "")
    assert outcome.build == "model"
    assert outcome.inputs == ("float32[2,3,4]", "float32[2,5,4]")


SHAPED = """
[[rule]]
id = "square"
keras = "keras.ops.square(x)"
torch = "torch.square(input)"
args = { x = "input" }
shape.keras = "[*x.shape[:-1]]"
"""


def test_a_wrong_shape_refutes_a_rule(tmp_path: Path) -> None:
    (tmp_path / "shaped.toml").write_text(SHAPED, encoding="utf-8")
    rule = load_rulebook((tmp_path,)).by_id("square")
    assert rule is not None
    (proof,) = prove_all([(rule, "keras")], 3, rule_dirs=(tmp_path,))
    assert proof.refuted is not None
    assert "the rule says that the shape is" in proof.refuted.reason


RECORDED = Earned("", "safe", {"safe": 7, "single": 2, "refused": 3}, ("forward", "gradient"), 12)


@pytest.mark.parametrize(
    ("proof", "less"),
    [
        pytest.param({"safe": 9, "refused": 3}, None, id="as-much"),
        pytest.param({"safe": 10, "refused": 2}, None, id="more"),
        pytest.param(
            {"safe": 5, "refused": 7}, "narrowed: 5 of 12 calls, 9 of 12 recorded", id="fewer"
        ),
        pytest.param(
            {"safe": 4, "invalid": 2}, "narrowed: 4 of 6 calls, 9 of 12 recorded", id="fewer-drawn"
        ),
        pytest.param(
            {"refused": 12}, "narrowed: 0 of 12 calls, 9 of 12 recorded", id="none-at-all"
        ),
        pytest.param({"unsafe": 12}, "unsafe, recorded as safe", id="unsafe"),
    ],
)
def test_what_earns_less_than_it_did_is_narrowed(proof: dict[str, int], less: str | None) -> None:
    phases = ("forward", "gradient", "training")
    assert lost(Proof("own", "keras", proof, phases=phases, asked=12), RECORDED) == less


def test_a_phase_that_is_not_compared_any_more_is_less() -> None:
    proof = Proof("own", "keras", {"safe": 12}, phases=("forward",), asked=12)
    assert lost(proof, RECORDED) == "narrowed: gradient not compared any more"


def test_fewer_calls_than_were_recorded_say_nothing_of_the_others() -> None:
    assert lost(Proof("own", "keras", {"refused": 3}, asked=3), RECORDED) is None
    assert lost(Proof("own", "keras", {"safe": 8, "refused": 12}, asked=20), RECORDED) is not None
    more = Proof("own", "keras", {"safe": 9, "refused": 11}, phases=RECORDED.phases, asked=20)
    assert lost(more, RECORDED) is None
