"""The source as it was at a commit, for targets that took its place."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from porter.source import SourceError


@contextmanager
def as_it_was(path: Path, ref: str) -> Iterator[Path]:
    """The file at a git ref, with all that lies around it there; raises SourceError."""
    folder = path.resolve().parent
    root = Path(_git(path, folder, "rev-parse", "--show-toplevel").decode().strip())
    archive = _git(path, root, "archive", "--format=tar", ref)
    with tempfile.TemporaryDirectory(prefix="porter-source-") as name:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(name, filter="data")
        old = Path(name) / path.resolve().relative_to(root.resolve())
        if not old.is_file():
            raise SourceError(str(path), 0, 0, f"is not there at {ref}")
        yield old


def _git(path: Path, folder: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)
    except OSError as error:
        raise SourceError(str(path), 0, 0, f"git cannot be run: {error}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SourceError(str(path), 0, 0, f"git: {said[-1] if said else 'failed'}")
    return done.stdout
