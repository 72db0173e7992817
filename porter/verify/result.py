"""What a verification found, in the words and the JSON that people and CI read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from porter.verify.inputs import Input

Status = Literal["equal", "different", "inconclusive", "error"]
_UNKNOWN = {"framework": None, "version": None}
PHASES = ("forward", "gradient", "training", "steps", "timing")


@dataclass(frozen=True)
class Case:
    """One thing to verify: two files, what to build, what to feed it."""

    name: str
    source: Path
    target: Path
    build: str
    inputs: tuple[Input, ...]
    target_build: str | None = None
    argv: tuple[str, ...] = ()
    compare: tuple[str, ...] = ("forward", "gradient", "training")
    seed: int = 0
    rtol: float | None = None
    source_python: str | None = None
    target_python: str | None = None
    source_env: Mapping[str, str] = field(default_factory=dict)
    target_env: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    timeout: float = 600.0
    manifest: Path | None = None
    # The commit at which the source is taken.
    source_ref: str | None = None
    # How many steps of training are compared, if any are.
    steps: int | None = None

    @property
    def wanted(self) -> tuple[str, ...]:
        """The phases to compare; a number of steps asks for them."""
        asked = self.steps is not None and "steps" not in self.compare
        return (*self.compare, "steps") if asked else self.compare


@dataclass(frozen=True)
class Comparison:
    """One phase: equal or not, and the largest relative distance in each precision."""

    equal: bool
    float32: float | None = None
    float64: float | None = None
    worst: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "equal": self.equal,
            "float32": None if self.float32 is None else {"max_rel": _number(self.float32)},
            "float64": None if self.float64 is None else {"max_rel": _number(self.float64)},
        }


@dataclass(frozen=True)
class Divergence:
    """Where the two sides first part."""

    source: str | None
    target: str | None
    layer: str
    max_rel: float
    likely: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "target": self.target,
            "layer": self.layer,
            "max_rel": _number(self.max_rel),
            "likely": self.likely,
        }


@dataclass(frozen=True)
class Parameters:
    """How the arrays of both sides relate."""

    trainable: tuple[int, int]
    buffers: tuple[int, int]
    mapped: int
    constant: int
    merged: int
    unmatched: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "trainable": {"source": self.trainable[0], "target": self.trainable[1]},
            "buffers": {"source": self.buffers[0], "target": self.buffers[1]},
            "mapped": self.mapped,
            "constant": self.constant,
            "merged": self.merged,
            "unmatched": list(self.unmatched),
        }


@dataclass(frozen=True)
class Timing:
    """One row of times, in milliseconds a round."""

    device: str
    mode: str
    what: str
    batch: int
    source_ms: tuple[float, ...]
    target_ms: tuple[float, ...]
    ratio: float

    def to_json(self) -> dict[str, Any]:
        return {
            "device": self.device,
            "mode": self.mode,
            "what": self.what,
            "batch": self.batch,
            "source_ms": list(self.source_ms),
            "target_ms": list(self.target_ms),
            "ratio": self.ratio,
        }


@dataclass(frozen=True)
class Verification:
    """The verdict on one case, with its evidence; a phase that was not run is None."""

    name: str
    status: Status
    error: str | None = None
    parameters: Parameters | None = None
    forward: Comparison | None = None
    gradient: Comparison | None = None
    training: Comparison | None = None
    steps: Comparison | None = None
    first_divergence: Divergence | None = None
    timing: tuple[Timing, ...] | None = None
    findings: tuple[str, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    target: Mapping[str, str] = field(default_factory=dict)
    # The source's lines that were run.
    lines: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One entry of `cases`."""

        def shown(part: Any) -> Any:
            return None if part is None else part.to_json()

        return {
            "name": self.name,
            "status": self.status,
            "error": self.error,
            "parameters": shown(self.parameters),
            "forward": shown(self.forward),
            "gradient": shown(self.gradient),
            "training": shown(self.training),
            "steps": shown(self.steps),
            "first_divergence": shown(self.first_divergence),
            "timing": None if self.timing is None else [t.to_json() for t in self.timing],
            "findings": list(self.findings),
        }


def report_json(version: str, results: list[Verification]) -> dict[str, Any]:
    """The document that `verify --json` writes."""
    return {
        "schema": 1,
        "porter": version,
        "source": next((dict(r.source) for r in results if r.source), dict(_UNKNOWN)),
        "target": next((dict(r.target) for r in results if r.target), dict(_UNKNOWN)),
        "cases": [r.to_json() for r in results],
    }


def exit_status(results: list[Verification]) -> int:
    """0 all equal; 1 a difference or nothing decided; 2 a side could not run."""
    if any(r.status == "error" for r in results):
        return 2
    return 0 if all(r.status == "equal" for r in results) else 1


def _number(value: float) -> float | None:
    """JSON has no infinity: a distance that cannot be told (shapes differ) is null."""
    return value if math.isfinite(value) else None
