"""Writing files so that nothing is lost: atomically, and never over unsaved work."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from porter.source.errors import SourceError


def digest(data: bytes) -> str:
    """SHA-256 of `data`, as `porter.json` records it."""
    return hashlib.sha256(data).hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step, keeping its mode; folders are made as needed.

    Raises SourceError where that fails, and then has changed nothing.
    """
    try:
        _replace(path.resolve(), data)
    except OSError as error:
        raise SourceError(str(path), 0, 0, f"cannot be written: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask())
        os.replace(name, path)  # noqa: PTH105 - the one call whose atomicity is promised
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def refuse_if_unsaved(path: Path, *, written: str | None, in_place: bool) -> None:
    """Raise SourceError where overwriting `path` would lose work.

    `written` is the digest of what porter last wrote there, if it did. In place,
    the file is the input, so an edit that git has is not lost; elsewhere an
    edited target and a file that porter did not write are kept.
    """
    if not path.exists():
        return
    if written is not None and digest(path.read_bytes()) == written:
        return
    committed = _is_committed(path)
    if committed is False:
        raise SourceError(str(path), 0, 0, "has uncommitted changes; commit them, or use --force")
    if written is not None and not (in_place and committed):
        raise SourceError(str(path), 0, 0, "was edited since porter wrote it; use --force")
    if not in_place and not committed:
        raise SourceError(str(path), 0, 0, "exists and was not written by porter; use --force")


def _is_committed(path: Path) -> bool | None:
    """Whether git holds `path` as it is now; None outside a work tree."""
    command = ["git", "--literal-pathspecs", "status", "--porcelain", "--ignored", "--", path.name]
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, cwd=path.parent, env=environment, capture_output=True, check=False, text=True
        )
    except FileNotFoundError as error:
        if not any((parent / ".git").exists() for parent in path.absolute().parents):
            return None
        raise _unsure(path, "not installed") from error
    if done.returncode == 0:
        return not done.stdout.strip()
    # Any other trouble (an untrusted owner, a broken config) must not pass for "no git here".
    if "not a git repository" in done.stderr:
        return None
    raise _unsure(path, done.stderr.strip())


def _unsure(path: Path, why: str) -> SourceError:
    return SourceError(str(path), 0, 0, f"git cannot say whether it is saved: {why}; use --force")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
