"""`porter migrate`: translate files, as a diff or into files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from porter.cli.config import rule_dirs
from porter.cli.inputs import Input, find_imported, find_inputs
from porter.cli.options import paths_argument, rule_options, source_framework
from porter.cli.progress import shown
from porter.cli.targets import Target, write_targets
from porter.cli.work import Outcome, migrate_files, migrate_module
from porter.report import MANIFEST_NAME, Failure, Report, as_concise, as_html, is_report, summary
from porter.rewrite import Options
from porter.source import (
    Kind,
    SourceError,
    module_from_bytes,
    package_root,
    unified_diff,
    write_atomically,
)

_SETTLED: frozenset[Kind] = frozenset({"note", "safe"})
_SETTLED_UNSAFE: frozenset[Kind] = frozenset({"note", "safe", "unsafe"})


@click.command()
@paths_argument
@click.option("--to", required=True, type=click.Choice(["torch", "keras"]), help="The target.")
@rule_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR|FILE.py",
    help="Write a new tree with what the files import, or that one file.",
)
@click.option("--in-place", is_flag=True, help="Rewrite the files themselves.")
@click.option("--diff", is_flag=True, help="Print a diff for stdin, too.")
@click.option("--stdin-filename", metavar="FILE", help="What stdin is called.")
@click.option("--force", is_flag=True, help="Overwrite uncommitted or edited files.")
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Write what changed and what is left to one page.",
)
def command(
    paths: tuple[Path, ...],
    to: Literal["torch", "keras"],
    from_: str | None,
    layout: Literal["preserve", "native"],
    unsafe: bool,
    flavor: Literal["keras", "tf.keras"],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    jobs: int,
    output: Path | None,
    in_place: bool,
    diff: bool,
    stdin_filename: str | None,
    force: bool,
    page: Path | None,
) -> None:
    """Translate PATH... (files, folders, notebooks; - is stdin) to another framework.

    Prints a unified diff and writes nothing, unless -o or --in-place is given.
    Exit status: 0 everything was translated, 1 something is left to do (it is
    listed), 2 a file could not be read, translated or written.
    """
    source_framework(from_, to)
    if output is not None and in_place:
        raise click.UsageError("-o and --in-place exclude each other")
    if diff and (output is not None or in_place):
        raise click.UsageError("--diff goes with neither -o nor --in-place")
    options = Options(to, layout, unsafe, flavor, select, ignore, rule_dirs())
    settled = _SETTLED_UNSAFE if unsafe else _SETTLED
    if Path("-") in paths:
        if len(paths) > 1 or output is not None or in_place:
            raise click.UsageError("- (stdin) goes with no other path, -o or --in-place")
        inputs: list[Input] = []
        _refuse_page(page, inputs, output, in_place=in_place, force=force)
        outcomes = [_from_stdin(stdin_filename or "<stdin>", options)]
    else:
        inputs = _inputs(paths, output)
        _refuse_page(page, inputs, output, in_place=in_place, force=force)
        outcomes = list(shown(migrate_files([each.path for each in inputs], options, jobs), inputs))
    if output is None and not in_place:
        _print(outcomes, code=not inputs and not diff)
    else:
        outcomes = write_targets(_targets(inputs, output), outcomes, to=to, force=force)
    report = _report(outcomes, settled)
    if page is not None:
        report = _write_page(page, report, outcomes)
    _tell(report)
    if output is not None and output.suffix in (".py", ".ipynb"):
        _tell_siblings(inputs)
    click.get_current_context().exit(report.exit_status)


def _inputs(paths: Sequence[Path], output: Path | None) -> list[Input]:
    inputs = find_inputs(paths, output)
    if output is None:
        return inputs
    if _is_file(output):
        if len(inputs) != 1:
            raise click.UsageError(f"-o {output} takes one file, not {len(inputs)}")
        if output.suffix != inputs[0].path.suffix:
            raise click.UsageError(f"-o {output} does not end in {inputs[0].path.suffix}")
        return inputs
    inputs += find_imported(inputs)
    places: dict[Path, Input] = {}
    for each in inputs:
        first = places.setdefault(each.relative, each)
        if first is not each:
            message = f"{first.path} and {each.path} would both be written to"
            raise click.UsageError(f"{message} {output / each.relative}")
    return inputs


def _targets(inputs: Sequence[Input], output: Path | None) -> list[Target]:
    if output is None:
        return [Target(each, package_root(each.path), _below_root(each)) for each in inputs]
    if _is_file(output):
        return [Target(inputs[0], output.parent, Path(output.name))]
    return [Target(each, output, each.relative) for each in inputs]


def _below_root(source: Input) -> Path:
    return source.path.absolute().relative_to(package_root(source.path))


def _refuse_page(
    page: Path | None,
    inputs: Sequence[Input],
    output: Path | None,
    *,
    in_place: bool,
    force: bool,
) -> None:
    """Refuse a page that would take the place of a file that people need."""
    if page is None:
        return
    targets = _targets(inputs, output) if in_place or output is not None else []
    needed = [each.path for each in inputs]
    needed += [path for each in targets for path in (each.path, each.folder / MANIFEST_NAME)]
    if page.resolve() in {path.resolve() for path in needed}:
        raise click.UsageError(f"--report {page} would overwrite what is read or written")
    if page.exists() and not force and not is_report(page.read_bytes()):
        raise click.UsageError(f"--report {page} exists and is not a report; use --force")


def _is_file(output: Path) -> bool:
    return output.suffix in (".py", ".ipynb") and not output.is_dir()


def _from_stdin(name: str, options: Options) -> Outcome:
    data = sys.stdin.buffer.read()
    try:
        return migrate_module(module_from_bytes(data, name), options)
    except SourceError as error:
        # What could not be translated comes out as it went in, so that a pipe loses nothing.
        return Outcome(name, data, data, failure=Failure.of(error))


def _print(outcomes: Sequence[Outcome], *, code: bool) -> None:
    out = sys.stdout.buffer
    for outcome in outcomes:
        if code:
            out.write(outcome.data)
        else:
            out.write(_diff(outcome).encode(outcome.encoding))
    out.flush()


def _diff(outcome: Outcome) -> str:
    before, after = (data.decode(outcome.encoding) for data in (outcome.before, outcome.data))
    path = Path(outcome.path)
    if path.is_absolute():
        here = Path.cwd()
        path = path.relative_to(here if path.is_relative_to(here) else path.anchor)
    return unified_diff(before, after, path.as_posix())


def _report(outcomes: Sequence[Outcome], settled: frozenset[Kind]) -> Report:
    return Report(
        files=tuple(outcome.path for outcome in outcomes),
        findings=tuple(finding for outcome in outcomes for finding in outcome.findings),
        failures=tuple(dict.fromkeys(each.failure for each in outcomes if each.failure)),
        settled=settled,
        converted=sum(outcome.converted and outcome.failure is None for outcome in outcomes),
    )


def _write_page(page: Path, report: Report, outcomes: Sequence[Outcome]) -> Report:
    diffs = {outcome.path: _diff(outcome) for outcome in outcomes}
    try:
        write_atomically(page, as_html(report, diffs).encode())
    except SourceError as error:
        return replace(report, failures=(*report.failures, Failure.of(error)))
    return report


def _tell(report: Report) -> None:
    told = [finding for finding in report.findings if finding.kind != "safe"]
    click.echo(as_concise(told), err=True, nl=False)
    for failure in report.failures:
        click.echo(f"error: {failure}", err=True)
    click.echo(summary(report), err=True)


def _tell_siblings(inputs: Sequence[Input]) -> None:
    for sibling in find_imported(inputs):
        click.echo(f"note: {sibling.path} is imported and was left alone", file=sys.stderr)
