"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

# What `--from` may say, and which side of a rule that is.
SIDES = {"keras": "keras", "tensorflow": "keras", "torch": "torch"}


def split(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """`--select a,b --select c` as three names."""
    return tuple(name.strip() for text in value for name in text.split(",") if name.strip())


def pairs(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`K=V` options as a mapping."""
    found = {}
    for value in values:
        name, equals, content = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not K=V", param=option)
        found[name] = content
    return found


def source_framework(from_: str | None, to: str | None) -> None:
    """Refuse a migration from a framework to itself."""
    if from_ is not None and SIDES[from_] == to:
        raise click.UsageError(f"--from {from_} and --to {to} name the same side")


def rule_options(command: Command) -> Command:
    """Add the options that decide which rules apply and how."""
    for option in (
        click.option(
            "--jobs", type=click.IntRange(0), default=0, help="Processes; 0 decides by the files."
        ),
        click.option(
            "--ignore",
            multiple=True,
            callback=split,
            metavar="RULES",
            help="Rules to leave out (globs).",
        ),
        click.option(
            "--select",
            multiple=True,
            callback=split,
            metavar="RULES",
            help="Only these rules; * stands for anything.",
        ),
        click.option(
            "--flavor",
            type=click.Choice(["keras", "tf.keras"]),
            default="keras",
            help="How Keras is imported in the output.",
        ),
        click.option(
            "--unsafe", is_flag=True, help="Apply what is right only under a condition, too."
        ),
        click.option(
            "--layout",
            type=click.Choice(["preserve", "native"]),
            default="preserve",
            help="Keep the layout of inputs and outputs, or use the target's own.",
        ),
        click.option(
            "--from", "from_", type=click.Choice(list(SIDES)), help="Inferred if not given."
        ),
    ):
        command = option(command)
    return command


paths_argument = click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(exists=True, path_type=Path, allow_dash=True),
)
