"""What porter says about one place in the user's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["safe", "unsafe", "manual", "unknown", "receiver-unknown", "todo", "note"]


@dataclass(frozen=True, order=True)
class Finding:
    """One remark about one place; `line` and `column` count from 1."""

    path: str
    line: int
    column: int
    rule: str
    kind: Kind
    message: str
    api: str = ""
    replacement: str = ""
