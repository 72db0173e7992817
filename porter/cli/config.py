"""What `[tool.porter]` in the nearest `pyproject.toml` says."""

from __future__ import annotations

from pathlib import Path

import click

from porter.rulebook import (
    RECORD,
    Proofs,
    ProofsError,
    Rule,
    Rulebook,
    RuleError,
    load_rulebook,
    read_proofs,
)
from porter.source import SourceError, find_project, read_project


class ConfigError(click.ClickException):
    """A file of the user's that says how to run is malformed; the command was used rightly."""

    exit_code = 2


def rule_dirs() -> tuple[Path, ...]:
    """The folders of the user's own rules (`rule-dirs`), all rules and records in them checked.

    Where a rule of theirs takes the place of a shipped one, standard error says so.
    """
    file = find_project(Path.cwd())
    if file is None:
        return ()
    try:
        table = read_project(file)
    except SourceError as error:
        raise ConfigError(str(error)) from error
    folders = tuple(file.parent / entry for entry in table.get("rule-dirs", []))
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"{file}: [tool.porter] rule-dirs: no folder {folder}")
    try:
        book = load_rulebook(folders)
        for folder in folders:
            read_proofs(folder / RECORD)
    except (RuleError, ProofsError) as error:
        raise ConfigError(str(error)) from error
    for line in _replacements(book) if folders else ():
        click.echo(f"note: {line}", err=True)
    return folders


def proofs_on_record(path: Path | None, folders: tuple[Path, ...]) -> Proofs:
    """What is on record in one file, or with the shipped rules and the user's."""
    try:
        return read_proofs(path, folders)
    except ProofsError as error:
        raise ConfigError(str(error)) from error


def _replacements(book: Rulebook) -> dict[str, None]:
    """Which of the user's rules go before shipped ones, a line each."""
    found: dict[str, None] = {}
    for rule_id, place in book.replaced.items():
        rule = book.by_id(rule_id)
        where = f" ({_place(rule)})" if rule else ""
        found[f"your rule {rule_id}{where} replaces the shipped one ({place})"] = None
    for api, rule, shipped in book.overrides:
        found[f"your rule {rule.id} ({_place(rule)}) goes before {shipped.id} for {api}"] = None
    return found


def _place(rule: Rule) -> str:
    return f"{Path(rule.path).name}:{rule.line}"
