"""The shape that a rule says, against the one that came out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from porter.rulebook import load_rulebook
from porter.verify.prove.claim import disputed, is_empty
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
        pytest.param(
            _call("ones", "keras", shape="(2, 3)"), [(7,)], True, id="within-something-else"
        ),
    ],
)  # fmt: skip
def test_shapes_are_compared(call: Call, shapes: Sequence[tuple[int, ...]], right: bool) -> None:
    outputs = [{"path": str(n), "shape": list(shape)} for n, shape in enumerate(shapes)]
    assert (disputed(call, outputs) is None) == right


def test_a_window_larger_than_the_image_leaves_nothing() -> None:
    given = {"filters": "1", "padding": "'valid'"}
    assert is_empty(_call("conv2d", "keras", IMAGE, kernel_size="6", **given))
    assert not is_empty(_call("conv2d", "keras", IMAGE, kernel_size="5", **given))
