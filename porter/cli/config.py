"""What `[tool.porter]` in the nearest `pyproject.toml` says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from porter.rulebook import RuleError, load_rulebook


def rule_dirs() -> tuple[Path, ...]:
    """The folders of the user's own rules (`rule-dirs`), all rules in them checked."""
    file, table = _table()
    entries = table.get("rule-dirs", [])
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise click.UsageError(f"{file}: [tool.porter] rule-dirs must be a list of folders")
    folders = tuple(file.parent / entry for entry in entries)
    for folder in folders:
        if not folder.is_dir():
            raise click.UsageError(f"{file}: [tool.porter] rule-dirs: no folder {folder}")
    try:
        load_rulebook(folders)
    except RuleError as error:
        raise click.UsageError(str(error)) from error
    return folders


def _table() -> tuple[Path, dict[str, Any]]:
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        try:
            document = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise click.UsageError(f"{file}: {error}") from error
        table = document.get("tool", {}).get("porter", {})
        return file, table if isinstance(table, dict) else {}
    return here / "pyproject.toml", {}
