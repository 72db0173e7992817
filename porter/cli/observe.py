"""`porter observe`: run the source once, and keep the shapes that it saw."""

from __future__ import annotations

import sys

import click

from porter.cli.options import pairs
from porter.report import plural
from porter.source import SourceError, read_module, write_shapes
from porter.verify import (
    InputError,
    Interpreter,
    WorkerError,
    find_file,
    guess_framework,
    located,
    parse_input,
    seen_shapes,
)


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--build", required=True, metavar="EXPR", help="The model or function to run.")
@click.option("--input", "inputs", multiple=True, metavar="SPEC", help="float32[2,8], and so on.")
@click.option("--argv", multiple=True, metavar="ARG", help="An argument in the code's sys.argv.")
@click.option("--seed", type=int, default=0, help="For the inputs that are drawn.")
@click.option("--source-python", metavar="PATH", help="The interpreter to run it with.")
@click.option("--source-env", multiple=True, callback=pairs, metavar="K=V")
@click.option("--timeout", type=float, default=600.0, metavar="SECONDS")
def command(
    source: str,
    build: str,
    inputs: tuple[str, ...],
    argv: tuple[str, ...],
    seed: int,
    source_python: str | None,
    source_env: dict[str, str],
    timeout: float,
) -> None:
    """Run SOURCE once, and keep the shapes that it saw for `migrate`.

    Where the code does not say a size (what comes from a file, say), `migrate` writes the one that
    was seen, and says so. They are kept in porter-shapes.json beside the top of the package.
    Exit status: 0 kept, 2 it could not be run.
    """
    path = find_file(source)
    if not path.is_file():
        raise click.UsageError(f"{source}: there is no such file or module")
    try:
        module = read_module(path)
        interpreter = Interpreter(
            guess_framework(module.text), source_python or sys.executable, source_env,
            timeout=timeout,
        )  # fmt: skip
        given = tuple(parse_input(text) for text in inputs)
        seen = seen_shapes(module, build, given, argv, interpreter, seed)
        for file, shapes in seen.items():
            kept = write_shapes(file, read_module(file).text, shapes)
            click.echo(f"{file}: {plural(len(shapes.calls), 'layer')} seen, kept in {kept}")
    except InputError as error:
        raise click.UsageError(str(error)) from error
    except (SourceError, WorkerError) as error:
        said = located(error) if isinstance(error, WorkerError) else str(error)
        click.echo(f"{path}: {said}", err=True)
        raise SystemExit(2) from error
