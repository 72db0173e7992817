"""Where outcomes are written, and the `porter.json` that says so."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
) -> list[Failure]:
    """Write every outcome that has one; returns what could not be written."""
    failures: list[Failure] = []
    by_folder: dict[Path, list[tuple[Target, Outcome]]] = {}
    for target, outcome in zip(targets, outcomes, strict=True):
        if outcome.failure is None and (outcome.changed or not target.in_place):
            by_folder.setdefault(target.folder, []).append((target, outcome))
    for folder, pairs in by_folder.items():
        failures += _write_folder(folder, pairs, to=to, force=force)
    return failures


def _write_folder(
    folder: Path, pairs: Sequence[tuple[Target, Outcome]], *, to: str, force: bool
) -> list[Failure]:
    try:
        before = read_manifest(folder)
    except SourceError as error:
        return [Failure.of(error)]
    if before is not None and before.get("to") != to:
        if not force:
            message = f"belongs to a migration to {before.get('to')}; use another folder or --force"
            return [Failure(str(folder / MANIFEST_NAME), 0, 0, message)]
        before = None
    known = digests(before)
    failures, written = [], []
    for target, outcome in pairs:
        try:
            _write(target, outcome.data, known, force=force)
        except SourceError as error:
            failures.append(Failure.of(error))
        except OSError as error:
            failures.append(Failure(str(target.path), 0, 0, f"cannot be written: {error.strerror}"))
        else:
            written.append(_record(target, outcome))
    if written:
        data = dump(merge(before, written, to=to, version=__version__))
        place = folder / MANIFEST_NAME
        if not place.exists() or place.read_bytes() != data:
            write_atomically(place, data)
    return failures


def _write(target: Target, data: bytes, known: Mapping[str, str], *, force: bool) -> None:
    path = target.path
    if path.exists() and path.read_bytes() == data:
        return
    if not force:
        written = known.get(target.name.as_posix())
        refuse_if_unsaved(path, written=written, in_place=target.in_place)
    write_atomically(path, data)


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
