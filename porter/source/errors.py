"""What can be wrong with a file before porter has looked at what it means."""

from __future__ import annotations


class SourceError(Exception):
    """A file that cannot be read or must not be written: where, and why."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(path, line, column, message)
        self.path = path
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{where}: {self.message}"
