"""What is drawn for a proof: calls that bind, programs that parse, and the same ones again."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from porter.rulebook import Earned, Rule, Side, load_rulebook, read_proofs, write_proofs
from porter.verify import parse_input
from porter.verify.prove import Proof, directions, record
from porter.verify.prove.drawing import Call, Input, calls
from porter.verify.prove.snippet import snippet

STARTS = [(rule, side) for rule in load_rulebook() for side in directions(rule)]
IDS = [f"{rule.id}-{side}" for rule, side in STARTS]


@pytest.mark.parametrize(("rule", "side"), STARTS, ids=IDS)
def test_every_rule_can_be_drawn(rule: Rule, side: Side) -> None:
    # The plugin nests the settings of a hypothesis test once per parameter, without end.
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(call=calls(rule, side))
    def check(call: Call) -> None:
        written = snippet(call)
        ast.parse(written.text)
        assert call.api in rule.apis(side)
        assert bool([parse_input(text) for text in written.inputs]) == (rule.kind != "optimizer")
        names = {name for name, _ in call.arguments}
        assert names <= set(rule.spelling(side, call.api).signature.by_name)

    check()


def _rule(rule_id: str) -> Rule:
    rule = load_rulebook().by_id(rule_id)
    assert rule is not None
    return rule


@pytest.mark.parametrize(
    ("rule_id", "side", "api", "inputs", "arguments", "line"),
    [
        pytest.param(
            "dense", "keras", "keras.layers.Dense", [Input("input", (2, 3))], [("units", "4")],
            "model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])", id="layer",
        ),
        pytest.param(
            "dense", "torch", "torch.nn.Linear", [Input("input", (2, 3))],
            [("in_features", "3"), ("out_features", "4")], "        self.layer = nn.Linear(3, 4)",
            id="module",
        ),
        pytest.param(
            "reduce-sum", "torch", "torch.Tensor.sum", [Input("input", (2, 3))], [("dim", "1")],
            "        return x.sum(dim=1)", id="method",
        ),
        pytest.param(
            "sqrt", "keras", "tensorflow.sqrt", [Input("x", (2, 3), "positive")], [],
            "        x = x * x + 0.5", id="domain",
        ),
        pytest.param(
            "transpose", "torch", "torch.Tensor.permute", [Input("self", (2, 3))],
            [("dims", "(1, 0)")], "        return x.permute(1, 0)", id="variadic",
        ),
        pytest.param(
            "masked-fill", "torch", "torch.Tensor.masked_fill_",
            [Input("self", (2, 3)), Input("mask", (2, 3), "bool")], [("value", "0.0")],
            "        x = x * 1.0", id="in-place-works-on-a-copy",
        ),
        pytest.param(
            "ones", "torch", "torch.ones", [Input("input", (2, 1))], [("size", "(2, 3)")],
            "        return torch.ones(2, 3) * x + x", id="within",
        ),
        pytest.param(
            "shape-attribute", "keras", "tensorflow.shape", [Input("x", (2, 3))], [],
            "        return keras.ops.reshape(x, (-1, tf.shape(x)[1]))", id="within-for-one-side",
        ),
        pytest.param(
            "floor-divide", "torch", "torch.floor_divide",
            [Input("input", (2, 3), "int", 9), Input("other", (2, 3), "count", 4)], [],
            "        y = y + 1", id="counts-from-one",
        ),
    ],
)  # fmt: skip
def test_program(
    rule_id: str,
    side: Side,
    api: str,
    inputs: list[Input],
    arguments: list[tuple[str, str]],
    line: str,
) -> None:
    call = Call(_rule(rule_id), side, api, tuple(inputs), tuple(arguments))
    assert line in snippet(call).text.splitlines()


@pytest.mark.parametrize(
    ("rule_id", "side", "api", "given_input", "arguments", "how", "line"),
    [
        pytest.param(
            "cumsum", "torch", "torch.cumsum", Input("input", (2, 3)), [("dim", "1")],
            {"plain": True}, "        return torch.cumsum(x, 1)", id="without-names",
        ),
        pytest.param(
            "dense", "keras", "keras.layers.Dense", Input("input", (2, 3)),
            [("units", "4"), ("use_bias", "False")], {"plain": True},
            "model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, use_bias=False)])",
            id="names-after-a-gap",
        ),
        pytest.param(
            "max-pool-2d", "keras", "keras.layers.MaxPooling2D", Input("input", (2, 5, 6, 3)),
            [("pool_size", "2")], {"open": True},
            "model = keras.Sequential([keras.Input((None, None, 3)), "
            "keras.layers.MaxPooling2D(pool_size=2)])", id="open-sizes",
        ),
        pytest.param(
            "softmax", "keras", "keras.ops.softmax", Input("x", (2, 5, 6, 3)), [],
            {"behind": True}, "        x = keras.ops.max_pool(x, 1)", id="behind-pixels",
        ),
        pytest.param(
            "elu-layer", "torch", "torch.nn.ELU", Input("input", (2, 5, 3)), [],
            {"behind": True}, "        x = F.max_pool1d(x, 1)", id="module-behind-pixels",
        ),
        pytest.param(
            "elu-layer", "keras", "keras.layers.ELU", Input("input", (2, 5, 3)), [],
            {"behind": True}, "model = keras.Sequential([keras.Input((5, 3)), "
            "keras.layers.MaxPooling1D(1), keras.layers.ELU()])", id="layer-behind-pixels",
        ),
    ],
)  # fmt: skip
def test_surroundings(
    rule_id: str,
    side: Side,
    api: str,
    given_input: Input,
    arguments: list[tuple[str, str]],
    how: dict[str, bool],
    line: str,
) -> None:
    call = Call(_rule(rule_id), side, api, (given_input,), tuple(arguments), **how)  # type: ignore[arg-type]
    assert line in snippet(call).text.splitlines()


@pytest.mark.parametrize(
    ("given_input", "spec"),
    [
        (Input("x", (2, 3)), "float32[2,3]"),
        (Input("x", (2, 3), "unit"), "float32[2,3]"),
        (Input("x", (2,), "bool"), "bool[2]"),
        (Input("x", (2, 4), "int", 7), "int64[2,4] in 0..7"),
        (Input("x", (2, 4), "count", 7), "int64[2,4] in 0..7"),
    ],
)
def test_spec(given_input: Input, spec: str) -> None:
    assert given_input.spec == spec


@pytest.mark.parametrize(
    ("counts", "earned"),
    [
        ({}, "unproven"),
        ({"refused": 3}, "unproven"),
        ({"inconclusive": 3, "invalid": 1}, "unproven"),
        ({"unsafe": 2}, "unsafe"),
        ({"safe": 1, "unsafe": 2}, "safe"),
        ({"single": 3}, "safe"),
        ({"safe": 9, "failed": 1}, "failed"),
    ],
)
def test_what_is_earned(counts: dict[str, int], earned: str) -> None:
    assert Proof("r", "keras", counts).earned == earned


def test_a_record_keeps_other_rules(tmp_path: Path) -> None:
    place, book = tmp_path / "proofs.json", load_rulebook()
    record(place, book, [Proof("dense", "keras", {"safe": 2}, phases=("forward",))])
    before = place.read_text()
    record(place, book, [Proof("elu", "torch", {"safe": 1})])
    assert before.splitlines()[1] + "," in place.read_text().splitlines()
    assert read_proofs(place)["dense"]["keras"].phases == ("forward",)


def test_a_record_forgets_rules_that_are_gone(tmp_path: Path) -> None:
    place, book = tmp_path / "proofs.json", load_rulebook()
    once = Earned("0", "safe", {"safe": 1})
    # `l2-normalize` is read from Keras only.
    write_proofs(place, {"gone": {"keras": once}, "l2-normalize": {"torch": once}})
    record(place, book, [Proof("dense", "keras", {"safe": 2})])
    assert list(read_proofs(place)) == ["dense"]


def test_a_tensor_that_may_be_left_out_is_left_out_at_times() -> None:
    drawn: set[tuple[str, ...]] = set()

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(call=calls(_rule("average"), "keras"))
    def check(call: Call) -> None:
        drawn.add(tuple(i.name for i in call.inputs))
        assert "weights" not in dict(call.arguments)

    check()
    assert drawn == {("x",), ("x", "weights")}


def test_what_a_case_asks_for_is_drawn_where_the_rule_draws_something_else() -> None:
    rule = _rule("relu-layer")
    case = next(c for c in rule.cases if c.origin == "keras")

    @settings(max_examples=6, deadline=None, database=None)
    @given(call=calls(rule, "keras", case))
    def check(call: Call) -> None:
        assert dict(call.arguments)["max_value"] == "6.0"
        assert dict(call.arguments).get("negative_slope", "0.0") == "0.0"

    check()


def test_a_layer_of_which_no_text_says_what_goes_in() -> None:
    rule = _rule("flatten")
    call = Call(rule, "keras", "keras.layers.Flatten", (Input("input", (2, 3, 4)),), (), bare=True)
    written = snippet(call)
    assert written.build == "Net()"
    assert "keras.Input" not in written.text
    assert written.inputs == ("float32[2,3,4]",)
