"""What passes in and out of the rewrite room."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from porter.source import Finding, SeenShapes


@dataclass(frozen=True)
class Options:
    """How to migrate; see `porter migrate --help`."""

    to: Literal["torch", "keras"]
    layout: Literal["preserve", "native"] = "preserve"
    unsafe: bool = False
    flavor: Literal["keras", "tf.keras"] = "keras"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rule_dirs: tuple[Path, ...] = ()
    # What `porter observe` saw of the one file that is migrated.
    seen: SeenShapes | None = None


@dataclass(frozen=True)
class Manifest:
    """One file's part of porter.json: plain data, positions 1-based."""

    models: tuple[dict[str, Any], ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    calls: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Migration:
    """What became of one file. `code == source` where there was nothing to do."""

    path: str
    source: str
    code: str
    findings: tuple[Finding, ...] = ()
    manifest: Manifest = field(default_factory=Manifest)

    @property
    def changed(self) -> bool:
        return self.code != self.source
