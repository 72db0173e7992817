"""`porter verify`: run both sides and compare them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from porter import __version__
from porter.cli.options import pairs
from porter.report import verification_junit
from porter.verify import (
    Case,
    CaseError,
    Comparison,
    InputError,
    ManifestError,
    Verification,
    cases_of_manifest,
    cases_of_project,
    exit_status,
    find_file,
    parse_input,
    phases,
    read_manifest,
    report_json,
    verify_case,
)

_COLUMNS = ("case", "status", "forward", "gradient", "training", "steps", "first difference")
_MEANING = "= or ≠, then the largest distance relative to the largest entry: float32, float64"


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME... | SOURCE TARGET]")
@click.option("--build", metavar="EXPR", help="The model or function, in the source's language.")
@click.option("--source-build", metavar="EXPR", help="The same as --build.")
@click.option("--target-build", metavar="EXPR", help="The expression for the target, if another.")
@click.option("--input", "inputs", multiple=True, metavar="SPEC", help="float32[2,8], and so on.")
@click.option("--argv", multiple=True, metavar="ARG", help="An argument in the code's sys.argv.")
@click.option("--compare", metavar="PHASES", help="forward,gradient,training,steps,timing.")
@click.option(
    "--steps", type=click.IntRange(min=1), metavar="K", help="Compare K steps of training."
)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), help="Where both sides run.")
@click.option("--seed", type=int, help="For inputs, weights and random operations.")
@click.option("--rtol", type=float, help="Tolerance in float32, relative to the largest entry.")
@click.option("--source-python", metavar="PATH", help="The interpreter of the source's side.")
@click.option("--target-python", metavar="PATH", help="The interpreter of the target's side.")
@click.option("--source-env", multiple=True, callback=pairs, metavar="K=V")
@click.option("--target-env", multiple=True, callback=pairs, metavar="K=V")
@click.option("--source-ref", metavar="GITREF", help="Take the source as it was at a commit.")
@click.option("--timeout", type=float, metavar="SECONDS", help="For one step of one side.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), metavar="FILE")
def command(
    names: tuple[str, ...],
    build: str | None,
    source_build: str | None,
    target_build: str | None,
    inputs: tuple[str, ...],
    argv: tuple[str, ...],
    compare: str | None,
    json_file: Path | None,
    junit_file: Path | None,
    **options: object,
) -> None:
    """Run both sides of cases on the same weights and inputs, and compare every number.

    Cases come from [tool.porter.verify.*] in pyproject.toml, from porter.json, or from SOURCE
    and TARGET with --build and --input. Exit status: 0 all equal, 1 a difference or nothing
    decided, 2 a side could not run.
    """
    build = source_build or build
    try:
        cases = [_line(names, build, inputs)] if build else _known(names)
        changes = {k: v for k, v in options.items() if v not in (None, {})}
        if compare:
            changes["compare"] = phases(compare)
        if target_build:
            changes["target_build"] = target_build
        if argv:
            changes["argv"] = argv
        cases = [replace(case, **changes) for case in cases]  # type: ignore[arg-type]
    except (CaseError, InputError, ManifestError) as error:
        raise click.UsageError(str(error)) from error
    for file in (json_file, junit_file):
        if file and file.resolve() in {p.resolve() for c in cases for p in (c.source, c.target)}:
            raise click.UsageError(f"{file} is one of the files to verify")
    results = list(_run(cases))
    if json_file:
        document = json.dumps(report_json(__version__, results), indent=1, allow_nan=False)
        json_file.write_text(document + "\n", encoding="utf-8")
    if junit_file:
        junit_file.write_text(verification_junit(results), encoding="utf-8")
    raise SystemExit(exit_status(results))


def _line(names: tuple[str, ...], build: str, inputs: tuple[str, ...]) -> Case:
    if len(names) != 2:
        raise click.UsageError("--build goes with SOURCE and TARGET")
    source, target = map(find_file, names)
    for path in (source, target):
        if not path.exists():
            raise click.UsageError(f"{path}: there is no such file, folder or module")
    return Case(source.stem, source, target, build, tuple(parse_input(i) for i in inputs))


def _known(names: tuple[str, ...]) -> list[Case]:
    """The named cases of this project, or all."""
    here = Path.cwd()
    known: dict[str, Case] = {}
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file():
            known = cases_of_project(folder / "pyproject.toml")
            break
    if (here / "porter.json").is_file():
        known = cases_of_manifest(read_manifest(here / "porter.json"), here / "porter.json") | known
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(
            f"no case {unknown[0]!r} in pyproject.toml or porter.json; "
            f"there is {', '.join(sorted(known)) or 'none'}. "
            "For two files, give --build and --input"
        )
    if not known:
        raise click.UsageError("no cases: neither [tool.porter.verify.*] nor porter.json has any")
    return [known[name] for name in names or known]


def _run(cases: Sequence[Case]) -> Iterable[Verification]:
    """Verify one case after the other, and show each."""
    console = Console()
    table = Table(*_COLUMNS, caption=_MEANING)
    width = max((len(case.name) for case in cases), default=0)
    if not console.is_terminal:
        click.echo(_line_of(_COLUMNS, width))
    for case in cases:
        result = verify_case(case)
        row = _row(result)
        if console.is_terminal:
            table.add_row(*row)
        else:
            click.echo(_line_of(row, width))
        yield result
        for line in _details(result):
            click.echo(f"  {line}", err=True)
    if console.is_terminal:
        console.print(table)


def _line_of(cells: Sequence[str], width: int) -> str:
    """Cells as columns, of which the first is so wide."""
    widths = (width, len("inconclusive"), *[len("= 0e+00 0e+00")] * 4, 0)
    shown = [cell.ljust(n) for cell, n in zip(cells, widths, strict=True)]
    return "  ".join(shown).rstrip()


def _row(result: Verification) -> list[str]:
    found = result.first_divergence
    where = f"{found.target} {found.layer} {found.likely or ''}".strip() if found else ""
    shown = [_cell(c) for c in (result.forward, result.gradient, result.training, result.steps)]
    return [result.name, result.status, *shown, where]


def _cell(part: Comparison | None) -> str:
    if part is None:
        return "not run"
    numbers = [f"{n:.0e}" for n in (part.float32, part.float64) if n is not None]
    return " ".join(["=" if part.equal else "≠", *numbers])


def _details(result: Verification) -> list[str]:
    lines = [f"error: {result.error}"] if result.error else []
    if result.parameters:
        lines += [f"without partner: {name}" for name in result.parameters.unmatched]
    for row in result.timing or ():
        lines.append(f"{row.what}, {row.mode}, {row.device}: target/source {row.ratio:g}")
    return lines + list(result.findings)
