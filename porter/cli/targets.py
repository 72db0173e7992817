"""Where outcomes are written, and the `porter.json` that says so."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from porter import __version__
from porter.cli.inputs import Input
from porter.cli.work import Outcome
from porter.report import (
    MANIFEST_NAME,
    Failure,
    Written,
    digests,
    dump,
    merge,
    read_manifest,
)
from porter.source import SourceError, digest, refuse_if_unsaved, write_atomically


@dataclass(frozen=True)
class Target:
    """One file to write: the input it comes from, and its place below `folder`."""

    source: Input
    folder: Path
    name: Path

    @property
    def path(self) -> Path:
        """Where the file is written."""
        return self.folder / self.name

    @property
    def in_place(self) -> bool:
        """Whether the file is its own source."""
        return self.path.absolute() == self.source.path.absolute()


def write_targets(
    targets: Sequence[Target], outcomes: Sequence[Outcome], *, to: str, force: bool
) -> list[Outcome]:
    """Write every outcome that has something to write; those that could not be are failures."""
    results = list(outcomes)
    by_folder: dict[Path, list[int]] = {}
    for index, (target, outcome) in enumerate(zip(targets, outcomes, strict=True)):
        if outcome.failure is None and (outcome.changed or not target.in_place):
            by_folder.setdefault(target.folder, []).append(index)
    for folder, indices in by_folder.items():
        pairs = [(targets[index], outcomes[index]) for index in indices]
        for index, result in zip(
            indices, _write_folder(folder, pairs, to=to, force=force), strict=True
        ):
            results[index] = result
    return results


def _write_folder(
    folder: Path, pairs: Sequence[tuple[Target, Outcome]], *, to: str, force: bool
) -> list[Outcome]:
    try:
        before = _manifest(folder, to=to, force=force)
    except SourceError as error:
        return [replace(outcome, failure=Failure.of(error)) for _, outcome in pairs]
    known = digests(before)
    results, written = [], []
    for target, outcome in pairs:
        try:
            _write(target, outcome.data, known, force=force)
        except SourceError as error:
            results.append(replace(outcome, failure=Failure.of(error)))
        else:
            results.append(outcome)
            written.append(_record(target, outcome))
    if written:
        data = dump(merge(before, written, to=to, version=__version__))
        try:
            _replace(folder / MANIFEST_NAME, data)
        except SourceError as error:
            return [replace(outcome, failure=Failure.of(error)) for outcome in results]
    return results


def _manifest(folder: Path, *, to: str, force: bool) -> dict[str, Any] | None:
    before = read_manifest(folder)
    if before is None or before.get("to") == to:
        return before
    if force:
        return None
    message = f"belongs to a migration to {before.get('to')}; use another folder or --force"
    raise SourceError(str(folder / MANIFEST_NAME), 0, 0, message)


def _write(target: Target, data: bytes, known: Mapping[str, str], *, force: bool) -> None:
    if not force and not _holds(target.path, data):
        written = known.get(target.name.as_posix())
        refuse_if_unsaved(target.path, written=written, in_place=target.in_place)
    _replace(target.path, data)


def _replace(path: Path, data: bytes) -> None:
    # A file that is right already keeps its date, so that nothing is built again.
    if not _holds(path, data):
        write_atomically(path, data)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise SourceError(str(path), 0, 0, f"cannot be read: {error.strerror}") from error


def _record(target: Target, outcome: Outcome) -> Written:
    path = target.source.path.absolute()
    try:
        # Relative, so that source and target can be moved or cloned together.
        shown = Path(os.path.relpath(path, target.folder.absolute())).as_posix()
    except ValueError:
        shown = path.as_posix()
    return Written(
        source=target.source.relative.as_posix(),
        source_path=shown,
        target=target.name.as_posix(),
        sha256=digest(outcome.data),
        part=outcome.manifest,
    )
