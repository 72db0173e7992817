"""What the engine translates by itself, with no rule: models, containers, inputs.

A construct says which names it covers and shows it by a program. What it is worth is what running
that program on both sides earned. What it drops falls away where nothing uses its value.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from porter.rulebook.compile import RuleError
from porter.rulebook.rule import SIDES, Side

_NEEDED = {"id", "from", "what", "example", "build", "input", "path", "line"}
_KEYS = _NEEDED | {"apis", "drop", "trap"}


@dataclass(frozen=True)
class Dropped:
    """An API without meaning on the other side, and why; `given` are the only arguments for which
    that holds, as they are written, or None where it does for all.
    """

    api: str
    given: str | None
    why: str


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
    dropped: tuple[Dropped, ...] = ()
    traps: tuple[str, ...] = ()


def compile_construct(raw: Mapping[str, Any]) -> Construct:
    """Check and compile one entry; raises RuleError."""
    problem = _problem(raw)
    if problem:
        raise RuleError(raw["path"], raw["line"], str(raw.get("id", "")), problem)
    dropped = tuple(_dropped(text, why) for text, why in raw.get("drop", {}).items())
    return Construct(
        raw["id"],
        raw["from"],
        (*raw.get("apis", ()), *(each.api for each in dropped)),
        raw["what"],
        raw["example"],
        raw["build"],
        tuple(raw["input"]),
        dropped,
        tuple(raw.get("trap", ())),
    )


def _dropped(text: str, why: str) -> Dropped:
    api, parenthesis, _ = text.partition("(")
    return Dropped(api, arguments(text) if parenthesis else None, why)


def arguments(call: str) -> str:
    """The arguments of a call, in one spelling."""
    parsed = ast.parse(call.strip(), mode="eval").body
    if not isinstance(parsed, ast.Call):
        raise ValueError(f"{call!r} is no call")
    return ", ".join(map(ast.unparse, [*parsed.args, *parsed.keywords]))


def _problem(raw: Mapping[str, Any]) -> str:
    unknown, absent = sorted(set(raw) - _KEYS), sorted(_NEEDED - set(raw))
    if unknown:
        return f"unknown key {unknown[0]!r}"
    if absent or not {"apis", "drop"} & set(raw):
        return f"a construct needs {(absent or ['apis'])[0]!r}"
    unseen = [text for text in raw.get("drop", {}) if _name(text) not in raw["example"]]
    if unseen:
        return f"drop: the example does not show {unseen[0]!r}"
    return "" if raw["from"] in SIDES else f"from: {raw['from']!r} is no side"


def _name(text: str) -> str:
    return text.partition("(")[0].rpartition(".")[2]
