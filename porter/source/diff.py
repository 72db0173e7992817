"""The difference between two texts, as `patch` and `git apply` take it."""

from __future__ import annotations

import difflib
import io


def unified_diff(before: str, after: str, path: str, target: str | None = None) -> str:
    """A unified diff from `before` to `after`, empty where they agree."""
    chunks = []
    for line in difflib.unified_diff(
        _lines(before), _lines(after), fromfile=f"a/{path}", tofile=f"b/{target or path}"
    ):
        chunks.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(chunks)


def _lines(text: str) -> list[str]:
    # str.splitlines would also split at form feeds, which patch does not.
    return list(io.StringIO(text, newline="\n"))
