"""What `[tool.porter]` of a `pyproject.toml` says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from porter.source.errors import SourceError

KEYS = ("rule-dirs", "verify")


def find_project(folder: Path) -> Path | None:
    """The nearest `pyproject.toml` at `folder` or above it."""
    files = (each / "pyproject.toml" for each in (folder, *folder.parents))
    return next((file for file in files if file.is_file()), None)


def read_project(file: Path) -> dict[str, Any]:
    """The table of porter, empty where there is none; SourceError where it is not as it must be."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(str(file), 0, 0, str(error)) from error
    table = _table(_table(document, "tool", file), "porter", file, "tool.")
    for key in table:
        if key not in KEYS:
            message = f"[tool.porter] {key} is not known; these are: {', '.join(KEYS)}"
            raise SourceError(str(file), 0, 0, message)
    dirs = table.get("rule-dirs", [])
    if not isinstance(dirs, list) or not all(isinstance(each, str) for each in dirs):
        raise SourceError(str(file), 0, 0, "[tool.porter] rule-dirs must be a list of folders")
    for name in _table(table, "verify", file, "tool.porter."):
        _table(table["verify"], name, file, "tool.porter.verify.")
    return table


def _table(owner: dict[str, Any], key: str, file: Path, prefix: str = "") -> dict[str, Any]:
    found = owner.get(key, {})
    if not isinstance(found, dict):
        raise SourceError(str(file), 0, 0, f"{prefix}{key} must be a table, [{prefix}{key}]")
    return found
