"""What is too large to be followed: cyclic data, lists and numbers that a loop blows up."""

from __future__ import annotations

from porter.facts.values import UNKNOWN_VALUE, Const, Object, Sequence, Value
from porter.rulebook import Symbol, known

MAX_ITEMS = 2048
MAX_BITS = 128
MAX_TEXT = 300


def fits(value: Value) -> bool:
    """Whether a structure is small enough to be walked through; a cyclic one never is."""
    count = 0
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, Sequence):
            count += 1 + len(each.items)
            stack += each.items
        elif isinstance(each, Object):
            count += 1 + len(each.children)
            stack += each.children
        if count > MAX_ITEMS:
            return False
    return True


def bounded(value: Value) -> Value:
    """A value, or what is still true of it where it has become too large."""
    if isinstance(value, Sequence):
        return value if fits(value) else Sequence(value.kind, [], open=True)
    if isinstance(value, Const):
        term = known(value.term)
        if isinstance(term, int) and term.bit_length() > MAX_BITS:
            return UNKNOWN_VALUE
        if isinstance(term, Symbol) and len(term.text) > MAX_TEXT:
            return UNKNOWN_VALUE
    return value
