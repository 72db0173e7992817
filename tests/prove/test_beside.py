"""Calls beside those that are drawn: what a forgotten condition would let through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from porter.rulebook import Earned, Rule, load_rulebook
from porter.verify.prove import Proof, lost, prove_all
from porter.verify.prove.beside import beside
from porter.verify.prove.drawing import Call, Input
from porter.verify.prove.outcome import Outcome
from tests.prove.test_proof import RECORDED

X = Input("input", (2, 3))
PIXELS = Input("input", (2, 3, 5, 5))


def _rule(rule_id: str) -> Rule:
    rule = load_rulebook().by_id(rule_id)
    assert rule is not None
    return rule


def _beside(rule_id: str, *ran: Call, **words: str) -> set[tuple[object, ...]]:
    """What is tried: the shapes that go in, and the arguments."""
    found = beside(_rule(rule_id), ran[0].side, ran, words)
    return {(*((i.name, i.shape) for i in call.inputs), *call.arguments) for call in found}


def _call(rule_id: str, *arguments: tuple[str, str], inputs: tuple[Input, ...] = (X,)) -> Call:
    rule = _rule(rule_id)
    return Call(rule, "torch", rule.signatures["torch"].api, inputs, arguments)


def test_an_argument_that_is_always_the_same_is_another() -> None:
    tried = _beside("normalize", _call("normalize"), p="'fro'")
    assert (("input", (2, 3)), ("p", "4.5")) in tried
    assert (("input", (2, 3)), ("dim", "2")) in tried


def test_an_argument_that_was_drawn_as_two_is_left_alone() -> None:
    tried = _beside("normalize", _call("normalize", ("dim", "1")), _call("normalize", ("dim", "0")))
    told = {text for _, *pairs in tried for name, text in pairs if name == "dim"}
    assert told == {"0", "1", "max([0])", "max([1])"}


def test_an_argument_is_told_by_a_run_alone_and_is_a_tensor() -> None:
    tried = _beside("normalize", _call("normalize", ("p", "3.0"), ("dim", "(0, 1)")))
    told = {pair for _, *pairs in tried for pair in pairs}
    assert {("p", "max([3.0])"), ("p", "torch.tensor(3.0)"), ("dim", "max([(0, 1)])")} <= told


def test_every_case_has_calls_beside_it() -> None:
    sizes = ("in_channels", "3"), ("out_channels", "4"), ("kernel_size", "3")
    ran = [_call("conv2d", *sizes, ("padding", text), inputs=(PIXELS,)) for text in "0120"]
    tried = _beside("conv2d", *ran)
    told = {text for _, *pairs in tried for name, text in pairs if name == "padding"}
    assert {"max([0])", "max([1])", "max([2])"} <= told


def test_a_word_is_another_word_of_that_name() -> None:
    call = _call("pad", ("mode", "'constant'"), ("pad", "(1, 1)"))
    tried = _beside("pad", call, mode="'constant' | 'reflect'")
    assert any(("mode", "'reflect'") in each for each in tried)
    assert not any(each.count(("mode", "'constant'")) > 1 for each in tried)


def test_a_tensor_is_left_out_or_comes_besides() -> None:
    weight = Input("weight", (3,))
    with_weight = _beside("layer-norm-function", _call("layer-norm-function", inputs=(X, weight)))
    assert (("input", (2, 3)),) in with_weight
    without = _beside("layer-norm-function", _call("layer-norm-function"))
    assert (("input", (2, 3)), ("weight", (3,))) in without


def test_a_tensor_has_another_rank() -> None:
    tried = _beside("normalize", _call("normalize"))
    assert {(("input", (2, 2, 3)),), (("input", (3,)),)} <= tried


FORGOTTEN = """
[[rule]] # draws no dimension that is kept, and may have forgotten that there are such
id = "mine"
keras = "keras.ops.max(x, axis=None, keepdims=False)"
torch = "torch.amax(input, dim=(), keepdim=False)"
from = "keras"
when.keras = "keepdims in (True, False)"
write.torch = "torch.amax(x, dim=axis{more})"
draw = {{ x = "float[2, 3]", axis = ["1"], keepdims = [] }}
"""


@pytest.mark.parametrize(("more", "earned"), [("", "failed"), (", keepdim=keepdims", "safe")])
def test_what_a_rule_forgot_refutes_it(tmp_path: Path, more: str, earned: str) -> None:
    (tmp_path / "mine.toml").write_text(FORGOTTEN.format(more=more), encoding="utf-8")
    rule = load_rulebook((tmp_path,)).by_id("mine")
    assert rule is not None
    (proof,) = prove_all([(rule, "keras")], 3, rule_dirs=(tmp_path,))
    assert proof.earned == earned


def test_what_does_not_run_is_counted_and_no_more_than_on_record() -> None:
    assert Outcome("failed", "target: before.py:3: TypeError: no", "").is_loud
    assert not Outcome("failed", "forward differs at output by 2.0", "").is_loud
    proof = Proof("own", "keras", {"safe": 12}, phases=RECORDED.phases, asked=12, loud=3)
    assert lost(proof, RECORDED) is None
    assert lost(proof, _recorded(3)) is None
    assert lost(proof, _recorded(2)) == "narrowed: 3 calls beside it do not run, 2 recorded"


def _recorded(loud: int) -> Earned:
    return replace(RECORDED, loud=loud)


def test_a_layer_is_applied_where_nothing_is_known_of_what_goes_in() -> None:
    rule = _rule("flatten")
    call = Call(rule, "keras", "keras.layers.Flatten", (PIXELS,), ())
    assert next(each.bare for each in beside(rule, "keras", [call], {}))
    assert not any(each.bare for each in beside(rule, "torch", [replace(call, side="torch")], {}))
