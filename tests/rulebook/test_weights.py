"""The algebra of weights: there and back is the identity, gradients are its adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.rulebook import WeightMap, WeightMapError, load_rulebook

Arrays = dict[str, np.ndarray[Any, Any]]
RNG = np.random.default_rng(0)


def _arrays(shapes: dict[str, tuple[int, ...]]) -> Arrays:
    return {name: RNG.normal(size=shape) for name, shape in shapes.items()}


def _shapes(arrays: Arrays) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in arrays.items()}


@st.composite
def chains(draw: st.DrawFn) -> tuple[str, tuple[int, ...]]:
    """A chain over one torch parameter, and that parameter's shape."""
    shape = (6, *draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    text, probe = "weight", np.empty(shape)
    for _ in range(draw(st.integers(0, 4))):
        step = draw(st.sampled_from(["T", "permute", "reorder", "reshape"]))
        if step == "T":
            text, probe = f"{text}.T", probe.T
        elif step == "permute":
            order = draw(st.permutations(range(probe.ndim)))
            text, probe = f"{text}.permute({', '.join(map(str, order))})", probe.transpose(order)
        elif step == "reorder" and probe.shape[0] % 2 == 0:
            text = f"{text}.reorder(2, [1, 0])"
        elif step == "reshape":
            text, probe = (
                f"{text}.reshape(-1, {probe.shape[-1]})",
                probe.reshape(-1, probe.shape[-1]),
            )
    return text, shape


@given(chains())
def test_there_and_back(chain: tuple[str, tuple[int, ...]]) -> None:
    text, shape = chain
    weights = WeightMap.parse({"kernel": text})
    torch = _arrays({"weight": shape})
    keras = weights.to_keras(torch, {})
    again = weights.to_torch(keras, _shapes(torch))
    np.testing.assert_array_equal(again["weight"], torch["weight"])


@given(chains())
def test_gradients_are_the_adjoint(chain: tuple[str, tuple[int, ...]]) -> None:
    """<keras, L*(g)> == <L⁻¹(keras), g> for the map L⁻¹ that carries Keras's values to torch."""
    text, shape = chain
    weights = WeightMap.parse({"kernel": text})
    gradient = _arrays({"weight": shape})
    pulled = weights.gradients_to_keras(gradient, {})
    keras = _arrays(_shapes(pulled))
    carried = weights.to_torch(keras, {"weight": shape})
    assert np.isclose(
        np.vdot(carried["weight"], gradient["weight"]), np.vdot(keras["kernel"], pulled["kernel"])
    )


def test_a_sum_goes_to_its_first_summand() -> None:
    weights = WeightMap.parse({"bias": "bias_ih + bias_hh"})
    torch = weights.to_torch({"bias": np.arange(4.0)}, {"bias_ih": (4,), "bias_hh": (4,)})
    np.testing.assert_array_equal(torch["bias_ih"], np.arange(4.0))
    np.testing.assert_array_equal(torch["bias_hh"], np.zeros(4))
    np.testing.assert_array_equal(weights.to_keras(torch, {})["bias"], np.arange(4.0))


def test_parts_make_a_whole() -> None:
    weights = WeightMap.parse({name: f"packed.chunk(3)[{i}].T" for i, name in enumerate("qkv")})
    torch = _arrays({"packed": (6, 4)})
    keras = weights.to_keras(torch, {})
    assert _shapes(keras) == {"q": (4, 2), "k": (4, 2), "v": (4, 2)}
    again = weights.to_torch(keras, _shapes(torch))
    np.testing.assert_array_equal(again["packed"], torch["packed"])


def test_a_stack_keeps_both() -> None:
    weights = WeightMap.parse({"bias": "stack(bi, bh).T.reorder(3, [1, 0, 2]).T"})
    torch = {"bi": np.arange(6.0), "bh": np.arange(6.0) + 10}
    keras = weights.to_keras(torch, {})
    np.testing.assert_array_equal(keras["bias"][0], [2, 3, 0, 1, 4, 5])
    again = weights.to_torch(keras, _shapes(torch))
    for name, array in torch.items():
        np.testing.assert_array_equal(again[name], array)


def test_numbered_names_count_up() -> None:
    weights = WeightMap.parse({"{k}.kernel": "weight_l{k}.T"})
    expanded = weights.expanded({"weight_l0", "weight_l1", "weight_l3"})
    assert expanded.keras_names == ("0.kernel", "1.kernel")


def test_what_neither_side_has_falls_away() -> None:
    weights = WeightMap.parse({"kernel": "weight.T", "bias": "bias"})
    assert weights.present({"kernel"}, {"weight"}).keras_names == ("kernel",)


@pytest.mark.parametrize(
    "text",
    [
        "weight.sum()",
        "weight * 2",
        "weight[0]",
        "f(weight)",
        "weight.permute(x)",
        "1",
        "a +",
        "stack()",
    ],
)
def test_outside_the_algebra(text: str) -> None:
    with pytest.raises(WeightMapError):
        WeightMap.parse({"kernel": text})


@pytest.mark.parametrize(
    ("mapping", "keras", "torch"),
    [
        pytest.param({"kernel": "weight.T"}, (3, 2), (3, 2), id="another-shape"),
        pytest.param({"kernel": "weight.chunk(2)[0]"}, (2, 2), (4, 2), id="only-some-parts"),
        pytest.param({"kernel": "weight.permute(1, 2, 0)"}, (2, 2), (2, 2), id="another-rank"),
    ],
)
def test_what_does_not_fit_is_refused(
    mapping: dict[str, str], keras: tuple[int, ...], torch: tuple[int, ...]
) -> None:
    with pytest.raises(WeightMapError):
        WeightMap.parse(mapping).to_torch({"kernel": np.zeros(keras)}, {"weight": torch})


def test_every_shipped_map_parses() -> None:
    maps = [
        WeightMap.parse(case.weights, case.constant)
        for rule in load_rulebook()
        for case in rule.cases
        if case.weights is not None
    ]
    assert len(maps) > 40
