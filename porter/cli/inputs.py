"""From the paths on the command line to the files that a run is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from porter.source import local_modules, package_root, walk


@dataclass(frozen=True)
class Input:
    """A file to work on: as the user names it, and relative to its package root."""

    path: Path
    root: Path

    @property
    def relative(self) -> Path:
        """The file's place below its root, where a new tree has it too."""
        return self.path.absolute().relative_to(self.root)


def find_inputs(paths: Sequence[Path], output: Path | None = None) -> list[Input]:
    """The files that `paths` name, folders searched; each once, in the order named.

    What a search finds under `output` is left out: an earlier run may have written there.
    """
    found: dict[Path, Input] = {}
    for path in paths:
        if path.is_dir():
            # A folder is moved as a whole, so its own folders keep their place below it.
            root = package_root(path / "__init__.py")
            files = [Input(file, root) for file in walk(path) if not _is_below(file, output)]
            if not files:
                click.echo(f"warning: no Python files or notebooks under {path}", err=True)
        else:
            files = [Input(path, package_root(path))]
        for file in files:
            found.setdefault(file.path.absolute(), file)
    return list(found.values())


def find_imported(inputs: Sequence[Input]) -> list[Input]:
    """The local modules that `inputs` import and that are not among them."""
    roots = sorted({each.root for each in inputs}, key=lambda root: len(root.parts), reverse=True)
    imported = []
    for path in local_modules([each.path for each in inputs]):
        root = next((root for root in roots if path.is_relative_to(root)), package_root(path))
        imported.append(Input(_as_named(path), root))
    return imported


def _is_below(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.absolute().is_relative_to(folder.absolute())


def _as_named(path: Path) -> Path:
    """`path` relative to the working directory where it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
