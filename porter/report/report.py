"""What a run found, how much is left to do, and the exit status that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from porter.source import Finding, Kind, SourceError

# In the order in which people read them; a note is no use of an API.
API_KINDS: tuple[Kind, ...] = ("safe", "unsafe", "todo", "manual", "unknown", "receiver-unknown")


@dataclass(frozen=True)
class Failure:
    """A file that could not be read, migrated or written; `crash` where porter is to blame."""

    path: str
    line: int
    column: int
    message: str
    crash: bool = False

    @classmethod
    def of(cls, error: SourceError) -> Failure:
        """The failure that `error` describes."""
        return cls(error.path, error.line, error.column, error.message)

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{where}: {self.message}"


@dataclass(frozen=True)
class Report:
    """The outcome of a run over `files`; owns every count and the exit status.

    `settled` are the kinds of finding that leave nothing to do. `lines` holds the
    source line of a finding by path and line. A converted model counts as verified
    only where both sides ran and came out equal; otherwise it is not run.
    """

    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    failures: tuple[Failure, ...] = ()
    settled: frozenset[Kind] = frozenset({"note"})
    lines: Mapping[tuple[str, int], str] = field(default_factory=dict)
    converted: int = 0
    verified: int = 0

    @property
    def not_run(self) -> int:
        """How many converted files nothing has been proven about."""
        return self.converted - self.verified

    @property
    def left(self) -> tuple[Finding, ...]:
        """The findings that leave something to do."""
        return tuple(finding for finding in self.findings if finding.kind not in self.settled)

    @property
    def statistics(self) -> dict[str, int]:
        """How many uses of a framework were seen, and what porter can do about each."""
        counts = Counter(finding.kind for finding in self.findings)
        return {
            "seen": sum(counts[kind] for kind in API_KINDS),
            **{kind.replace("-", "_"): counts[kind] for kind in API_KINDS},
        }

    @property
    def exit_status(self) -> int:
        """0 nothing left to do, 1 something left, 2 a file failed."""
        if self.failures:
            return 2
        return 1 if self.left else 0
