"""What each key of a rule file must be, as tables: `misfit` says what is wrong with an entry.

What does not fit would be dropped, and a rule without its condition applies to every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from porter.rulebook.rule import SIDES, Layout

Inside = Callable[[str, Any], Iterator[str]]
KINDS = (
    "layer", "function", "method", "attribute", "value", "shape", "creation", "random",
    "optimizer", "object", "initializer", "weight", "text",
)  # fmt: skip


def _nothing(key: str, value: Any) -> Iterator[str]:
    yield from ()


@dataclass(frozen=True)
class Field:
    """What a value must be, in words and as a test, and what may be wrong inside of it.

    In words, `{0}` is the key.
    """

    wanted: str
    fits: Callable[[Any], bool]
    inside: Inside = _nothing

    def problems(self, key: str, value: Any) -> Iterator[str]:
        if self.fits(value):
            yield from self.inside(key, value)
        else:
            yield f"{key} must be {self.wanted.format(key)}"


Fields = Mapping[str, Field]


def misfit(fields: Fields, entry: Mapping[str, Any]) -> str:
    """The first thing that is wrong with an entry; nothing where all fits."""
    return next(_misfits(fields, entry), "")


def _misfits(fields: Fields, entry: Mapping[str, Any]) -> Iterator[str]:
    for key, value in entry.items():
        if key in fields:
            yield from fields[key].problems(key, value)
        else:
            yield f"unknown key {key!r}"


def _one_of(words: Sequence[str]) -> Field:
    def inside(key: str, value: str) -> Iterator[str]:
        if value not in words:
            yield f"{key}: {value!r} is none of {', '.join(words)}"

    return Field("a text", _is_text, inside)


def _named(each: Field) -> Field:
    def inside(key: str, value: Mapping[str, Any]) -> Iterator[str]:
        for name, item in value.items():
            yield from each.problems(f"{key}.{name}", item)

    return Field("a table", _is_table, inside)


def _by_side(each: Field) -> Field:
    def inside(key: str, value: Mapping[str, Any]) -> Iterator[str]:
        for side, item in value.items():
            if side in SIDES:
                yield from each.problems(f"{key}.{side}", item)
            else:
                yield f"{key}: {side!r} is no side, only {' and '.join(SIDES)} are"

    sides = ", ".join(f"{{0}}.{side}" for side in SIDES)
    return Field(f"a table by side: {sides}", _is_table, inside)


def _either(one: Field, other: Field) -> Field:
    def inside(key: str, value: Any) -> Iterator[str]:
        yield from (one if one.fits(value) else other).inside(key, value)

    return Field(f"{one.wanted} or {other.wanted}", lambda v: one.fits(v) or other.fits(v), inside)


def _rows(each: Callable[[Mapping[str, Any]], Iterator[str]]) -> Field:
    def inside(key: str, value: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        for number, row in enumerate(value, 1):
            yield from (f"{key} {number}: {problem}" for problem in each(row))

    return Field("a list of tables, one at least", _is_rows, inside)


def _case(row: Mapping[str, Any]) -> Iterator[str]:
    return _misfits(CASE, row)


def _refusal(row: Mapping[str, Any]) -> Iterator[str]:
    yield from _misfits(_REFUSAL, row)
    yield from (f"it needs {key!r}" for key in ("from", "when", "why") if key not in row)


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        yield from TEXT.problems(name, value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))


def _is_translated(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return _is_text(value[0]) and _is_table(value[1]) and all(map(_is_text, value[1].values()))


TEXT = Field("a text", _is_text)
_TEXTS = Field("a list of texts", _is_texts)
_TABLE = Field("a table", _is_table)
_SIDE = _one_of(SIDES)
_FORMULA = _by_side(TEXT)
_FORMULAS = _by_side(_named(TEXT))
_RESULT = _either(TEXT, _FORMULA)
_ARGUMENT = _either(TEXT, Field("a formula and a table of texts", _is_translated))
_REFUSAL: Fields = {"from": _SIDE, "when": TEXT, "why": TEXT, "trap": TEXT}

# What a case may say too: there `keras` and `torch` are what is fixed.
_SHARED: Fields = {
    "from": _SIDE, "when": _FORMULA, "assume": _FORMULA, "set": _FORMULAS,
    "write": _FORMULA, "call": _FORMULA, "before": _by_side(_TEXTS), "after": _by_side(_TEXTS),
    "weights": _named(TEXT), "constant": _TEXTS, "infer": _named(TEXT), "notes": _TEXTS,
    "helper": _either(TEXT, _TEXTS), "shape": _RESULT, "dtype": _RESULT,
    "layout": _one_of(get_args(Layout)),
}  # fmt: skip
CASE: Fields = {**_SHARED, "keras": _named(TEXT), "torch": _named(TEXT)}
RULE: Fields = {
    **_SHARED, "id": TEXT, "keras": TEXT, "torch": TEXT, "also": _by_side(_TEXTS),
    "former": _FORMULAS, "default": _FORMULAS, "called": _FORMULA, "args": _named(_ARGUMENT),
    "fixed": _FORMULAS, "rank": TEXT, "kind": _one_of(KINDS), "refuse": _rows(_refusal),
    "trap": _TEXTS, "manual": TEXT, "doc": _TEXTS, "example": _TEXTS, "bound": _FORMULA,
    "draw": _TABLE, "foreach": _rows(_row), "case": _rows(_case),
}  # fmt: skip
CONSTRUCT: Fields = {
    "id": TEXT, "from": TEXT, "what": TEXT, "example": TEXT, "build": TEXT, "input": _TEXTS,
    "apis": _TEXTS, "drop": _named(TEXT), "trap": _TEXTS,
}  # fmt: skip
FAMILY: Fields = {
    "id": TEXT, "from": TEXT, "below": _either(TEXT, _TEXTS), "each": _named(TEXT), "rest": TEXT,
    "trap": _named(_TEXTS),
}  # fmt: skip
# What stands in a file beside the lists of rules, constructs and families.
TABLES: Fields = {
    "types": _named(TEXT), "renamed": _named(TEXT), "names": _named(_named(TEXT)),
    "facet": _named(_named(TEXT)),
}  # fmt: skip
