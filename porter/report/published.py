"""The JSON schemas that porter publishes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Literal


def schema(name: Literal["check", "porter", "verify"]) -> dict[str, Any]:
    """The JSON schema of `check --output-format json`, `porter.json` or `verify --json`."""
    text = (files("porter.report") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
