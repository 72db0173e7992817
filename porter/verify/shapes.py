"""Running the source alone, to see the shapes of what its layers are applied to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from porter.source import Module, SeenCall, SeenShape, SeenShapes
from porter.verify import inputs as specs
from porter.verify.events import Event, traced
from porter.verify.observe import Side, load
from porter.verify.process import Interpreter, Worker


def seen_shapes(
    module: Module,
    build: str,
    inputs: tuple[specs.Input, ...],
    argv: tuple[str, ...],
    interpreter: Interpreter,
    seed: int = 0,
) -> dict[Path, SeenShapes]:
    """Build a model, apply it once, and say what was seen, by file of the source.

    Raises WorkerError where it could not be built or applied.
    """
    arrays, layouts = specs.draw(inputs, seed)
    path = Path(module.path)
    side = Side(
        path, module.text, build, argv, tuple(arrays), tuple(layouts),
        tuple(i.keyword for i in inputs),
    )  # fmt: skip
    with Worker(interpreter) as worker:
        loaded = load(worker, side, "float32")
        if loaded.failure is not None:
            raise loaded.failure
        events = traced(worker, False, None, seed)
    if events.failure is not None:
        raise events.failure
    calls = [e for e in events.all if e.what == "call"]
    files = {Path(e.made.file).resolve() for e in calls if e.made is not None}
    ours = sorted(f for f in {*files, path.resolve()} if f.is_file())
    return {file: _seen(file, build, calls) for file in ours}


def _seen(file: Path, build: str, calls: Sequence[Event]) -> SeenShapes:
    places: dict[tuple[int, int], list[Event]] = {}
    classes: dict[str, list[Event]] = {}
    for event in calls:
        if event.made is not None and Path(event.made.file).resolve() == file:
            places.setdefault((event.made.line, event.made.column), []).append(event)
        if not event.leaf:
            classes.setdefault(event.kind, []).append(event)
    return SeenShapes(
        build,
        tuple(SeenCall(*place, _common(events)) for place, events in sorted(places.items())),
        {name: _common(events) for name, events in sorted(classes.items())},
    )


def _common(events: Iterable[Event]) -> tuple[SeenShape, ...]:
    """The shapes of what was given, as far as they were the same each time."""
    given = [tuple(array.shape for array in event.inputs) for event in events]
    if len({len(shapes) for shapes in given}) != 1:
        return ()
    return tuple(_agreed(shapes) for shapes in zip(*given, strict=True))


def _agreed(shapes: Sequence[tuple[int, ...]]) -> SeenShape:
    if len({len(shape) for shape in shapes}) != 1:
        return None
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True))
