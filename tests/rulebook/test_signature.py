"""Binding a call's arguments to signatures as rules write them."""

from __future__ import annotations

import pytest

from porter.rulebook import SignatureMismatch
from porter.rulebook.signature import parse_signature, parse_spelling

TYPES = {"axis": "axis", "x": "tensor"}
MEAN = parse_signature("keras.ops.mean(x, axis=None, keepdims=False)", TYPES)


@pytest.mark.parametrize(
    ("signature", "positional", "keywords", "bound"),
    [
        pytest.param("a.f(x, y=1)", [2], {}, {"x": 2}, id="positional"),
        pytest.param("a.f(x, y=1)", [], {"y": 3, "x": 2}, {"x": 2, "y": 3}, id="keywords"),
        pytest.param("a.f(x, *, y=1)", [2], {"y": 3}, {"x": 2, "y": 3}, id="keyword-only"),
        pytest.param("a.f(x, *rest)", [1, 2, 3], {}, {"x": 1, "rest": (2, 3)}, id="variadic"),
        pytest.param("a.f(*rest)", [], {}, {"rest": ()}, id="variadic-of-none"),
        pytest.param("a.f(*rest)", [], {"rest": 5}, {"rest": 5}, id="variadic-by-name"),
        pytest.param("a.f(**more)", [], {"z": 1}, {}, id="any-keyword"),
        pytest.param("a.f(x, /, y=1)", [2, 3], {}, {"x": 2, "y": 3}, id="positional-only"),
    ],
)
def test_bind(
    signature: str, positional: list[int], keywords: dict[str, int], bound: dict[str, object]
) -> None:
    assert parse_signature(signature, {}).bind(positional, keywords) == bound


@pytest.mark.parametrize(
    ("signature", "positional", "keywords", "message"),
    [
        pytest.param(
            "a.f(x)", [1, 2], {}, "no rule for so many arguments of a.f by position", id="too-many"
        ),
        pytest.param("a.f(x)", [1], {"x": 2}, "a.f got 'x' twice", id="twice"),
        pytest.param("a.f(x)", [1], {"z": 2}, "no rule for the argument 'z' of a.f", id="unknown"),
        pytest.param("a.f(x, y, z=1)", [1], {}, "a.f needs y", id="missing"),
        pytest.param("a.f(x, *, y)", [1], {}, "a.f needs y", id="missing-keyword-only"),
        pytest.param(
            "a.f(x, *, y=1)",
            [1, 2],
            {},
            "so many arguments of a.f",
            id="keyword-only-as-positional",
        ),
    ],
)
def test_mismatch(
    signature: str, positional: list[int], keywords: dict[str, int], message: str
) -> None:
    with pytest.raises(SignatureMismatch, match=message):
        parse_signature(signature, {}).bind(positional, keywords)


def test_types_come_from_annotations_and_names() -> None:
    signature = parse_signature("a.f(x, axis=-1, n: size = 2)", TYPES)
    assert [p.type for p in signature.parameters] == ["tensor", "axis", "size"]
    assert [p.default for p in signature.parameters] == [None, -1, 2]


def test_an_attribute_takes_nothing() -> None:
    assert not parse_signature("torch.Tensor.shape", {}).is_call


@pytest.mark.parametrize("text", ["a.f(x", "a.f(x y)", "a.f(x=g())", "a.f(x) + 1"])
def test_malformed(text: str) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        parse_signature(text, {})


@pytest.mark.parametrize(
    ("spelling", "positional", "keywords", "bound"),
    [
        pytest.param("keras.backend.mean", [1], {"axis": 2}, {"x": 1, "axis": 2}, id="name-alone"),
        pytest.param(
            "tensorflow.reduce_mean(input_tensor, axis=None, name=None)",
            [],
            {"input_tensor": 1, "axis": 2},
            {"x": 1, "axis": 2},
            id="first-stands-for-first",
        ),
        pytest.param("a.f(t, dims: axis)", [1, 2], {}, {"x": 1, "axis": 2}, id="annotated"),
        pytest.param("a.f(x, name: name = None)", [1], {"name": "m"}, {"x": 1}, id="name-dropped"),
    ],
)
def test_spelling(
    spelling: str, positional: list[int], keywords: dict[str, object], bound: dict[str, object]
) -> None:
    assert parse_spelling(spelling, MEAN, TYPES).bind(positional, keywords) == bound


def test_a_spelling_refuses_what_has_no_counterpart() -> None:
    spelling = parse_spelling("a.f(x, reverse=False)", MEAN, TYPES)
    with pytest.raises(SignatureMismatch, match="the argument reverse has no counterpart"):
        spelling.bind([1], {"reverse": True})


def test_a_spelling_has_defaults_of_its_own() -> None:
    assert parse_spelling("a.f(x, axis=-1)", MEAN, TYPES).defaults == {"axis": -1}


OLDER = "K.Conv2D(n: filters, row: size[0] = None, col: size[1] = None, *, mode: pad = 0, size=1)"


@pytest.mark.parametrize(
    ("positional", "keywords", "size"),
    [
        ((8, 3, 5), {"mode": 1}, (3, 5)),
        ((8,), {"col": 5, "row": 3}, (3, 5)),
        ((8, 3), {}, 3),
        ((8,), {"size": 4}, 4),
    ],
)
def test_parts_of_an_argument_are_taken_together(
    positional: tuple[int, ...], keywords: dict[str, int], size: object
) -> None:
    first = parse_signature("K.Conv(filters, size, pad=0)", {})
    spelling = parse_spelling(OLDER, first, {})
    assert spelling.bind(positional, keywords)["size"] == size


def test_a_part_by_position_needs_a_keyword_that_shows_the_version() -> None:
    first = parse_signature("K.Conv(filters, size, pad=0)", {})
    spelling = parse_spelling(OLDER, first, {})
    with pytest.raises(SignatureMismatch, match="newer versions do not take col here"):
        spelling.bind((8, 3, 3), {})
