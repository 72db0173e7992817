"""The shape that a rule says, against the one that came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from porter.rulebook import Rulebook, load_rulebook
from porter.verify.prove.claim import disputed, is_empty, silent
from porter.verify.prove.drawing import Call, Input


def _call(rule_id: str, side: str, *inputs: Input, used: object = None, **given: str) -> Call:
    rule = load_rulebook().by_id(rule_id)
    assert rule is not None
    api = rule.signatures[side].api  # type: ignore[index]
    return Call(rule, side, api, inputs, tuple(given.items()), used=used)  # type: ignore[arg-type]


X = Input("x", (2, 3, 4))
IMAGE = Input("input", (2, 5, 6, 3))


@pytest.mark.parametrize(
    ("call", "shapes", "right"),
    [
        pytest.param(_call("reduce-sum", "keras", X, axis="1"), [(2, 4)], True, id="right"),
        pytest.param(_call("reduce-sum", "keras", X, axis="1"), [(2, 3)], False, id="wrong"),
        pytest.param(
            _call("reduce-sum", "torch", Input("input", (2, 3, 4)), dim="1", keepdim="True"),
            [(2, 1, 4)], True, id="from-torch",
        ),
        pytest.param(
            _call("max", "torch", Input("input", (2, 3, 4)), dim="1", used=(1,)),
            [(2, 4)], True, id="one-part",
        ),
        pytest.param(
            _call("max", "torch", Input("input", (2, 3, 4)), dim="1", used="all"),
            [(2, 4)], False, id="a-part-is-missing",
        ),
        pytest.param(_call("dense", "keras", X, units="5"), [(2, 3, 5)], True, id="layer"),
        pytest.param(_call("ones", "keras", shape="(2, 3)"), [(2, 3)], True, id="alone"),
        pytest.param(_call("ones", "keras", shape="(2, 3)"), [(7,)], False, id="alone-and-wrong"),
        pytest.param(_call("ones", "keras", shape="(2, 3)"), [], True, id="nothing-to-look-at"),
    ],
)  # fmt: skip
def test_shapes_are_compared(call: Call, shapes: Sequence[tuple[int, ...]], right: bool) -> None:
    outputs = [{"path": str(n), "shape": list(shape)} for n, shape in enumerate(shapes)]
    assert (disputed(call, outputs) is None) == right


def test_a_window_larger_than_the_image_leaves_nothing() -> None:
    given = {"filters": "1", "padding": "'valid'"}
    assert is_empty(_call("conv2d", "keras", IMAGE, kernel_size="6", **given))
    assert not is_empty(_call("conv2d", "keras", IMAGE, kernel_size="5", **given))


STATES = (Input("input", (2, 4)), Input("input_h", (2, 3)), Input("input_c", (2, 3)))
TENSORS = (Input("input", (2, 4)), Input("input_b", (2, 3)))


@pytest.mark.parametrize(
    ("call", "shapes"),
    [
        pytest.param(_call("concatenate-layer", "keras", *TENSORS), [(2, 7)], id="a-list"),
        pytest.param(
            _call("lstm-cell", "torch", *STATES, input_size="4", hidden_size="3"),
            [(2, 3), (2, 3)], id="states",
        ),
    ],
)  # fmt: skip
def test_what_a_layer_is_called_on_is_known(call: Call, shapes: Sequence[tuple[int, ...]]) -> None:
    outputs = [{"path": str(n), "shape": list(shape)} for n, shape in enumerate(shapes)]
    assert disputed(call, outputs) is None
    assert disputed(call, [{"path": "0", "shape": [9, 9]}, *outputs[1:]]) is not None


@pytest.mark.parametrize(("kind", "right"), [("bool", True), ("float32", False)])
def test_the_dtype_that_a_rule_says_is_the_one_that_comes_out(kind: str, right: bool) -> None:
    call = _call("equal", "keras", Input("x1", (2, 3)), Input("x2", (2, 3)))
    outputs = [{"path": "0", "shape": [2, 3], "kind": kind}]
    assert (disputed(call, outputs) is None) == right


SHAPED = """
[[rule]]
id = "reduce-sum"
keras = "keras.ops.sum(x, axis=None, keepdims=False)"
torch = "torch.sum(input, dim=None, keepdim=False)"
args = {{ x = "input", axis = "dim", keepdims = "keepdim" }}
shape.keras = "{shape}"
"""


def _book(folder: Path, shape: str) -> Rulebook:
    (folder / "own.toml").write_text(SHAPED.format(shape=shape), encoding="utf-8")
    load_rulebook.cache_clear()
    return load_rulebook((folder,))


@pytest.mark.parametrize(
    ("shape", "tells"),
    [
        pytest.param("[*reduced(x.shape, axis, keepdims)]", True, id="sizes"),
        pytest.param("[*reduced(axis, x.shape, keepdims)]", False, id="nothing"),
        pytest.param("[x.shape[4]]", False, id="a-rank-without-sizes"),
        pytest.param("[*x.shape] if axis == 1 else [*reduced(axis, 1, 2)]", True, id="at-times"),
    ],
)
def test_a_formula_that_never_gives_a_shape_is_worth_nothing(
    tmp_path: Path, shape: str, tells: bool
) -> None:
    rule = _book(tmp_path, shape).by_id("reduce-sum")
    assert rule is not None
    calls = [
        Call(rule, "keras", rule.signatures["keras"].api, (X,), (("axis", axis),))
        for axis in ("0", "1")
    ]
    assert (silent(calls) is None) == tells
    assert silent([]) is None
