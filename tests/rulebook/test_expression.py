"""The language of rules: what it may say, and what follows from what is not known."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.rulebook import (
    FUNCTIONS,
    UNKNOWN,
    Expression,
    ExpressionError,
    Record,
    Symbol,
    Tensor,
    is_known,
    truth,
    write,
)  # fmt: skip

N = Symbol.parse("n")
ENV = {
    "a": 3, "b": (1, 2), "n": N, "u": UNKNOWN, "s": "same", "none": None,
    "x": Tensor((2, 5, 4)), "y": Tensor(), "layer": Record("keras.layers.LSTM", {"units": 7}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + 1", 4),
        ("1 - 0.99", 0.01),
        ("-7.0 // 2", -4.0),
        ("-7.5 % 2", 0.5),
        ("a // 0", UNKNOWN),
        ("b[1]", 2),
        ("b[5]", UNKNOWN),
        ("x.shape[-1]", 4),
        ("x.shape[1:]", (5, 4)),
        ("x.rank", 3),
        ("y.rank", UNKNOWN),
        ("[*x.shape[:1], 9]", [2, 9]),
        ("layer.units", 7),
        ("layer.bias", UNKNOWN),
        ("a if s == 'same' else 0", 3),
        ("a if u else 0", UNKNOWN),
        ("spread(a, 2)", (3, 3)),
        ("spread(u, 2)", UNKNOWN),
        ("not none", True),
        ("same_pads((5, 6), 3, 2, 1)", ((1, 1), (0, 1))),
    ],
)
def test_value(text: str, value: object) -> None:
    result = Expression(text).evaluate(ENV)
    assert result is value if value is UNKNOWN else result == value


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("a == 3", True),
        ("n == 3", None),
        ("n == n", True),
        ("a == 3 and n == 3", None),
        ("a == 4 and n == 3", False),
        ("a == 3 or n == 3", True),
        ("a == 4 or n == 3", None),
        ("not n", None),
        ("a in (1, 3)", True),
        ("a in (1, n)", None),
        ("n in (1, 3)", None),
        ("a not in (1, 2)", True),
        ("1 < a < 4", True),
        ("5 < a < n", False),
        ("a < s", None),
        ("x is None", False),
        ("x is not None", True),
        ("x == 3", None),
        ("none is None", True),
        ("a == True", False),
    ],
)
def test_truth(text: str, verdict: bool | None) -> None:
    assert truth(Expression(text).evaluate(ENV)) is verdict


@pytest.mark.parametrize(
    ("text", "written"),
    [("2 * n", "2 * n"), ("n + 0", "n"), ("1 * n", "n"), ("4 * (n + 1)", "4 * (n + 1)")],
)
def test_symbols_compose_text(text: str, written: str) -> None:
    assert write(Expression(text).evaluate(ENV)) == written


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "open('f')", "(lambda: 1)()", "[i for i in b]", "{1: 2}", "(a := 3)",
        "f'{a}'", "x.shape.index(2)", "spread.__globals__['x']()", "a b", "",
    ],
)  # fmt: skip
def test_outside_the_grammar(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text).check()


NAMES = st.from_regex(r"[a-z_]{1,6}", fullmatch=True).filter(lambda n: not keyword.iskeyword(n))
ATOMS = st.one_of(st.integers(-9, 9).map(str), NAMES, st.just("None"), st.just("'same'"))


def _compounds(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "*", "//", "==", "in", "and", "<"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        inner.map(lambda t: f"(not {t})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]}, {t[1]})"),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        st.tuples(inner, inner).map(lambda t: f"{t[0]}[{t[1]}]"),
    )


@given(st.recursive(ATOMS, _compounds, max_leaves=8))
def test_what_is_in_the_grammar_evaluates_without_raising(text: str) -> None:
    expression = Expression(text)
    try:
        expression.check()
    except ExpressionError:
        return
    expression.evaluate(ENV)


@given(st.recursive(ATOMS, _compounds, max_leaves=8))
def test_nothing_known_comes_from_nothing(text: str) -> None:
    expression = Expression(text)
    try:
        expression.check()
    except ExpressionError:
        return
    value = expression.evaluate({})
    if not expression.names:
        return
    known = Expression(text).evaluate(dict.fromkeys(expression.names, 1))
    if is_known(value):
        assert value == known or not is_known(known)


CALLED = st.from_regex(r"[a-z_]{2,8}", fullmatch=True).filter(
    lambda n: n not in FUNCTIONS and not keyword.iskeyword(n)
)


@given(CALLED, ATOMS)
def test_only_rule_functions_are_called(name: str, argument: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(f"{name}({argument})").check()


@pytest.mark.parametrize("text", ["x.permute(0, 1)[None]", "float('inf')", "lambda: a"])
def test_what_a_template_says_beyond_the_grammar_is_unknown(text: str) -> None:
    assert Expression(text).evaluate(ENV) is UNKNOWN
