"""Symbols: source expressions that stand for themselves."""

import pytest

from porter.rulebook import Symbol


@pytest.mark.parametrize("text", ["a *\n    b", "a * b  # twice", " a * b "])
def test_a_symbol_may_be_written_over_lines(text: str) -> None:
    assert Symbol.parse(text).text == "a * b"


def test_what_is_no_expression_is_no_symbol() -> None:
    with pytest.raises(SyntaxError):
        Symbol.parse("a *")
