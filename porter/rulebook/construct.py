"""What the engine translates by itself, with no rule: models, containers, inputs.

A construct says which names it covers and shows it by a program. What it is worth is what running
that program on both sides earned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from porter.rulebook.compile import RuleError
from porter.rulebook.rule import SIDES, Side

_KEYS = {"id", "from", "apis", "what", "example", "build", "input", "path", "line"}


@dataclass(frozen=True)
class Construct:
    """`apis` are names of APIs, and methods as `.add()`.

    `build` is what the example is asked for, and `inputs` what that is called with.
    """

    id: str
    side: Side
    apis: tuple[str, ...]
    what: str
    example: str
    build: str
    inputs: tuple[str, ...]


def compile_construct(raw: Mapping[str, Any]) -> Construct:
    """Check and compile one entry; raises RuleError."""
    problem = _problem(raw)
    if problem:
        raise RuleError(raw["path"], raw["line"], str(raw.get("id", "")), problem)
    return Construct(
        raw["id"],
        raw["from"],
        tuple(raw["apis"]),
        raw["what"],
        raw["example"],
        raw["build"],
        tuple(raw["input"]),
    )


def _problem(raw: Mapping[str, Any]) -> str:
    unknown, absent = sorted(set(raw) - _KEYS), sorted(_KEYS - set(raw))
    if unknown:
        return f"unknown key {unknown[0]!r}"
    if absent:
        return f"a construct needs {absent[0]!r}"
    return "" if raw["from"] in SIDES else f"from: {raw['from']!r} is no side"
