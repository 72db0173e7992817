"""One rule file's text → its tables, and the lines that errors name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from porter.rulebook.compile import RuleError
from porter.rulebook.fields import TABLES, misfit

_LISTS = ("rule", "construct", "family")


def read_tables(path: Path, content: bytes) -> tuple[str, dict[str, Any]]:
    """The text and what TOML makes of it; raises RuleError."""
    try:
        text = content.decode()
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise RuleError(str(path), 1, "", f"not UTF-8: {error.reason}") from error
    except tomllib.TOMLDecodeError as error:
        line = _line_of_error(str(error), text)
        raise RuleError(str(path), line, "", str(error)) from error
    for name, value in data.items():
        problem = _problem(name, value)
        if problem:
            raise RuleError(str(path), _line_of_table(name, text), "", problem)
    return text, data


def _problem(name: str, value: object) -> str:
    if name in TABLES:
        return misfit(TABLES, {name: value})
    if name not in _LISTS:
        return f"unknown table {name!r}: a file has {', '.join((*_LISTS, *TABLES))}"
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return f"{name} is no list of tables: write [[{name}]]"
    return ""


def _line_of_table(name: str, text: str) -> int:
    start = re.compile(rf"""\s*(\[+\s*)?["']?{re.escape(name)}["']?\s*[].=]""")
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if start.match(line)), 1)


def _line_of_error(message: str, text: str) -> int:
    place = re.search(r"at line (\d+)", message)
    return int(place[1]) if place else max(1, len(text.splitlines()))


def lines_of(text: str) -> dict[str, list[int]]:
    """The lines on which each id stands, in order."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"""\s*id\s*=\s*(["'])(.*?)\1""", line)
        if match:
            found.setdefault(match[2], []).append(number)
    return found
