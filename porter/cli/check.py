"""`porter check`: what migrate would do, without doing it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from porter import __version__
from porter.cli.config import rule_dirs
from porter.cli.inputs import find_inputs
from porter.cli.options import SIDES, paths_argument, rule_options, source_framework
from porter.cli.progress import shown
from porter.cli.work import Outcome, migrate_files, migrate_module
from porter.report import (
    Failure,
    Report,
    as_concise,
    as_full,
    as_github,
    as_json,
    as_junit,
    as_sarif,
    as_statistics,
)
from porter.rewrite import Options
from porter.source import Finding, SourceError, module_from_bytes

Target = Literal["torch", "keras"]


@click.command()
@paths_argument
@click.option("--to", type=click.Choice(["torch", "keras"]), help="Only hints for this target.")
@rule_options
@click.option(
    "--output-format",
    type=click.Choice(["full", "concise", "json", "github", "sarif", "junit"]),
    default="concise",
    help="How findings are shown.",
)
@click.option("--statistics", is_flag=True, help="Show counts instead of findings.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even where there are findings.")
@click.option("--stdin-filename", metavar="FILE", help="What stdin is called.")
def command(
    paths: tuple[Path, ...],
    to: Target | None,
    from_: str | None,
    layout: Literal["preserve", "native"],
    unsafe: bool,
    flavor: Literal["keras", "tf.keras"],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    jobs: int,
    output_format: str,
    statistics: bool,
    exit_zero: bool,
    stdin_filename: str | None,
) -> None:
    """Say for each use of a framework in PATH... what migrate would do with it.

    Exit status: 0 nothing found, 1 findings, 2 a file could not be read.
    """
    source_framework(from_, to)
    if Path("-") in paths and len(paths) > 1:
        raise click.UsageError("- (stdin) goes with no other path")
    data = sys.stdin.buffer.read() if Path("-") in paths else None
    folders = rule_dirs()
    passes = []
    for side in _targets(from_, to):
        options = Options(side, layout, unsafe, flavor, select, ignore, folders)
        if data is None:
            passes.append(_outcomes(paths, options, jobs))
        else:
            passes.append([_outcome(data, stdin_filename or "<stdin>", options)])
    report = _report(passes)
    _show(report, output_format, statistics=statistics)
    status = report.exit_status
    click.get_current_context().exit(0 if exit_zero and status == 1 else status)


def _targets(from_: str | None, to: Target | None) -> list[Target]:
    if to is not None:
        return [to]
    if from_ is not None:
        return ["keras" if SIDES[from_] == "torch" else "torch"]
    return ["torch", "keras"]


def _outcomes(paths: Sequence[Path], options: Options, jobs: int) -> list[Outcome]:
    inputs = find_inputs(paths)
    return list(shown(migrate_files([each.path for each in inputs], options, jobs), inputs))


def _outcome(data: bytes, name: str, options: Options) -> Outcome:
    try:
        return migrate_module(module_from_bytes(data, name), options)
    except SourceError as error:
        return Outcome(name, failure=Failure.of(error))


def _report(passes: Sequence[Sequence[Outcome]]) -> Report:
    """One report of all passes: a file's findings together, a failure only once."""
    files = list(zip(*passes, strict=True))
    return Report(
        files=tuple(same[0].path for same in files),
        findings=tuple(
            finding
            for same in files
            for finding in sorted({f for each in same for f in each.findings}, key=_in_file)
        ),
        failures=tuple(
            failure
            for same in files
            for failure in dict.fromkeys(each.failure for each in same if each.failure)
        ),
        lines={place: line for same in files for each in same for place, line in each.lines},
    )


def _in_file(finding: Finding) -> tuple[int, Finding]:
    # Within one file, paths differ by the number of a notebook's cell: 2 comes before 10.
    return len(finding.path), finding


def _show(report: Report, output_format: str, *, statistics: bool) -> None:
    if output_format == "json":
        click.echo(as_json(report, __version__), nl=False)
    elif output_format == "sarif":
        click.echo(as_sarif(report, __version__), nl=False)
    elif output_format == "junit":
        click.echo(as_junit(report), nl=False)
    elif output_format == "github":
        click.echo(as_github(report), nl=False)
    elif statistics:
        click.echo(as_statistics(report), nl=False)
    else:
        text = as_full(report) if output_format == "full" else as_concise(report.findings)
        click.echo(text, nl=False)
    for failure in report.failures:
        click.echo(f"error: {failure}", err=True)
