"""How far a run over many files is, for people who wait at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from porter.cli.inputs import Input
from porter.cli.work import Outcome

_MANY = 4


def shown(outcomes: Iterable[Outcome], inputs: Sequence[Input]) -> Iterator[Outcome]:
    """`outcomes` as they come, with a bar on standard error where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal or len(inputs) < _MANY:
        yield from outcomes
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(str(inputs[0].path), total=len(inputs))
        for done, outcome in enumerate(outcomes, start=1):
            upcoming = inputs[min(done, len(inputs) - 1)]
            progress.update(task, advance=1, description=str(upcoming.path))
            yield outcome
