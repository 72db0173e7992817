"""Running one side: load it, give it values, and keep what it computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from porter.verify.arrays import Array
from porter.verify.inputs import Layout
from porter.verify.process import Arrays, Worker, WorkerError
from porter.verify.tree import Tree, read_tree

Precision = Literal["float32", "float64"]


@dataclass(frozen=True)
class Side:
    """What is run on one side: a file's text, the expression to build, and its inputs."""

    path: Path
    text: str
    build: str
    argv: tuple[str, ...]
    arrays: tuple[Array, ...]
    layout: tuple[Layout, ...]
    keywords: tuple[str | None, ...]
    # Which arrays may be of any size, by number: drawn freely, within no bounds of the user's.
    free: tuple[int, ...] = ()

    def factors(self, scale: float | None) -> list[float] | None:
        """What each array is multiplied by where the free ones are that much larger."""
        if scale is None:
            return None
        return [scale if i in self.free else 1.0 for i in range(len(self.arrays))]


@dataclass(frozen=True)
class Draw:
    """One random array that a run drew, and where."""

    kind: str
    values: Array
    site: tuple[Any, ...] | None


@dataclass(frozen=True)
class Loaded:
    """A built model: its tree, its outputs, the arrays as they were built."""

    tree: Tree
    outputs: list[dict[str, Any]]
    initial: Arrays
    lines: tuple[int, ...]
    versions: Mapping[str, str]
    # Why it could be built but not called.
    failure: WorkerError | None = None


@dataclass(frozen=True)
class Trace:
    """What one side computed in one run, by path of output, number of input, id of array."""

    shapes: list[dict[str, Any]]
    outputs: Arrays
    inputs: Arrays
    gradients: Arrays
    state: Arrays
    corrected: Arrays
    draws: tuple[Draw, ...] = field(default=())
    draws_left: int = 0
    remarks: tuple[str, ...] = ()
    # What each container of the outputs is, by path.
    containers: Mapping[str, str] = field(default_factory=dict)
    # The lines that had run by then, where they are watched.
    lines: tuple[int, ...] = ()

    @property
    def has_gradients(self) -> bool:
        """Does anything that comes out depend on anything by a gradient?"""
        return bool(self.inputs or self.gradients)


def load(worker: Worker, side: Side, precision: Precision, watched: bool = False) -> Loaded:
    """Build the model of a side, fresh; `watched`: say which lines run, now and later."""
    worker.send(
        "load",
        precision=precision,
        file=str(side.path),
        text=side.text,
        build=side.build,
        argv=list(side.argv),
        watched=watched,
        layout=side.layout,
        keywords=side.keywords,
        arrays={str(i): a for i, a in enumerate(side.arrays)},
    )
    raw = worker.answer()
    return Loaded(
        read_tree(worker.side, raw["tree"]),
        raw["outputs"],
        worker.load(raw["initial"]),
        tuple(raw["lines"]),
        raw["versions"],
        WorkerError.of(raw["failure"]) if raw["failure"] else None,
    )


def observe(
    worker: Worker,
    training: bool,
    weights: Arrays,
    state: Sequence[str] = (),
    *,
    record: int | None = None,
    replay: Sequence[Draw] | None = None,
    gradients: bool = True,
    factors: list[float] | None = None,
) -> Trace:
    """Run the loaded model once."""
    dice: dict[str, Any] = {"record": record}
    if replay is not None:
        dice = {
            "replay": {str(i): d.values for i, d in enumerate(replay)},
            "kinds": [d.kind for d in replay],
        }
    raw = worker.ask(
        "run",
        training=training,
        gradients=gradients,
        weights=weights,
        state=list(state),
        factors=factors,
        **dice,
    )
    drawn = worker.load(raw["drawn"])
    draws = tuple(
        Draw(d["kind"], drawn[str(i)], tuple(d["site"]) if d["site"] else None)
        for i, d in enumerate(raw["draws"])
    )
    return Trace(
        raw["outputs"],
        worker.load(raw["arrays"]),
        worker.load(raw["inputs"]),
        worker.load(raw["gradients"]),
        worker.load(raw["state"]),
        worker.load(raw["corrected"]),
        draws,
        raw["draws_left"],
        tuple(raw["remarks"]),
        raw["containers"],
        tuple(raw["lines"]),
    )
