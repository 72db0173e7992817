"""The source's side of a verification: run once, compared with as many targets as one likes."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass

from porter.verify import signal
from porter.verify.events import Events, traced
from porter.verify.observe import Loaded, Precision, Side, Trace, load, observe
from porter.verify.process import Arrays, Worker, WorkerError

PRECISIONS: tuple[Precision, ...] = ("float32", "float64")


@dataclass(frozen=True)
class Moment:
    """One of the runs that are compared."""

    precision: Precision
    training: bool


class Reference:
    """Loads and runs the source in the background; each result is a future."""

    def __init__(self, worker: Worker, side: Side, seed: int, watched: bool = True) -> None:
        self.worker, self.side, self.seed, self.watched = worker, side, seed, watched
        self.loaded: Future[Loaded] = Future()
        self.values: Future[Arrays] = Future()
        self.traces: dict[Moment, Future[Trace]] = {
            Moment(p, t): Future() for p in PRECISIONS for t in (False, True)
        }
        self._events: dict[tuple[Moment, float | None], Events] = {}
        self._loud: dict[tuple[Precision, float, float], Trace] = {}
        self._standing: Precision | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def trace(self, precision: Precision, training: bool) -> Trace:
        """What the source computed there; raises WorkerError if it could not."""
        return self.traces[Moment(precision, training)].result()

    def lines(self, training: bool) -> tuple[int, ...]:
        """The source's lines that ran, if watched; in training too where that is asked for."""
        moment = Moment("float32", training)
        if self.traces[moment].exception() is not None:
            return self.loaded.result().lines
        return self.traces[moment].result().lines

    def traced(self, precision: Precision, training: bool, scale: float | None = None) -> Events:
        """The source's run, watched; kept, since many targets may ask."""
        moment = Moment(precision, training)
        if (moment, scale) not in self._events:
            self.stand(precision)
            self.worker.ask("set", arrays=self.at(scale))
            seed = self.seed + 1 if training else self.seed
            factors = self.side.factors(scale)
            self._events[moment, scale] = traced(self.worker, training, None, seed, factors)
        return self._events[moment, scale]

    def at(self, scale: float | None) -> Arrays:
        """The arrays, drawn larger where the inputs are."""
        values = self.values.result()
        return values if scale is None else signal.loud(self.loaded.result().tree, values, scale)

    def loud(self, precision: Precision, scale: float, nudge: float = 0.0) -> Trace:
        """What the source computes from large numbers; `nudge` changes them by so little."""
        key = precision, scale, nudge
        if key not in self._loud:
            self.finish()
            if self._standing != precision:
                self.stand(precision)
            self.worker.ask("set", arrays=signal.nudged(self.at(scale), nudge))
            self._loud[key] = observe(
                self.worker, False, self.weights, record=self.seed, gradients=False,
                factors=self.side.factors(scale * (1.0 + nudge)),
            )  # fmt: skip
        return self._loud[key]

    def stand(self, precision: Precision) -> None:
        """Build the source anew in a precision; its arrays are to be set."""
        self.finish()
        self._standing = None
        load(self.worker, self.side, precision)
        self._standing = precision

    def finish(self) -> None:
        """Wait until the source's worker is free again."""
        self._thread.join()

    def _run(self) -> None:
        for precision in PRECISIONS:
            try:
                self._precision(precision)
            except BaseException as error:
                self._fail(error, precision)

    def _precision(self, precision: Precision) -> None:
        self._standing = None
        loaded = load(
            self.worker, self.side, precision, watched=self.watched and precision == "float32"
        )
        if loaded.failure is not None:
            raise loaded.failure
        if precision == "float32":
            self.weights = signal.weights_of(loaded.outputs, self.seed)
            values = signal.draw(loaded.tree, loaded.initial, self.seed)
            self.loaded.set_result(loaded)
            self.values.set_result(values)
        self._standing = precision
        self.worker.ask("set", arrays=self.values.result())
        for training in (False, True):
            future = self.traces[Moment(precision, training)]
            state = statistics(loaded) if training else []
            try:
                future.set_result(
                    observe(
                        self.worker, training, self.weights, state,
                        record=self.seed + 1 if training else self.seed,
                    )
                )  # fmt: skip
            except WorkerError as error:
                future.set_exception(error)

    def _fail(self, error: BaseException, precision: Precision) -> None:
        futures = [f for m, f in self.traces.items() if m.precision == precision]
        if precision == "float32":
            futures += [self.loaded, self.values]  # type: ignore[list-item]
        for future in futures:
            if not future.done():
                future.set_exception(error)


def statistics(loaded: Loaded) -> list[str]:
    """The arrays that a training step moves."""
    return [k for k, v in loaded.tree.variables.items() if v.role == "statistic"]
