"""One target: loaded, aligned with its source, filled and run as the source was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from porter.verify import compare
from porter.verify.align import align
from porter.verify.compare import Difference
from porter.verify.manifest import Manifest, Site
from porter.verify.observe import Draw, Loaded, Precision, Side, Trace, load, observe
from porter.verify.orders import call_order, model_orders, order_at
from porter.verify.process import Arrays, Worker
from porter.verify.reference import Reference, statistics


class Candidate:
    """One target, loaded and aligned, ready to be compared phase by phase."""

    def __init__(
        self, reference: Reference, worker: Worker, side: Side, manifest: Manifest | None
    ) -> None:
        self.reference, self.worker, self.manifest = reference, worker, manifest
        self.orders = model_orders(manifest, reference.side)
        arrays = tuple(
            np.ascontiguousarray(compare.permute(a, order_at(self.orders.inputs, i)))
            for i, a in enumerate(side.arrays)
        )
        self.side = replace(side, arrays=arrays)
        self.remarks: dict[str, None] = {}
        self.loaded = load(worker, self.side, "float32")
        self.precision: Precision | None = "float32"
        self.alignment = align(reference.loaded.result().tree, self.loaded.tree, manifest)

    def reload(self, precision: Precision) -> None:
        """Build the target in a precision, unless it stands there so; its arrays are to be set."""
        if precision != self.precision:
            self.precision = None
            load(self.worker, self.side, precision)
            self.precision = precision

    def fill(self, scale: float | None = None) -> list[str]:
        """Give the target its arrays; says which constants were built to other values."""
        source = self.reference.loaded.result()
        carried = self.alignment.carry(self.reference.at(scale))
        wrong = []
        for key in list(carried):
            variable = self.loaded.tree.variables[key]
            if variable.role == "constant" and self._is_constant(key, source):
                built = self.loaded.initial[key]
                if compare.apart("", carried.pop(key), built).relative > compare.RTOL["float32"]:
                    wrong.append(self.loaded.tree.path(key))
        self.worker.ask("set", arrays=carried)
        return wrong

    def fill_fitting(self, scale: float | None = None) -> None:
        """Give the target whatever arrays it has a place for."""
        carried = self.alignment.carry_fitting(self.reference.at(scale))
        self.worker.ask("set", arrays=carried)

    def _is_constant(self, key: str, source: Loaded) -> bool:
        for link in self.alignment.links:
            if key in link.target.values():
                return all(
                    source.tree.variables[v].role == "constant" for v in link.source.values()
                )
        return False

    def run(self, training: bool, source: Trace) -> Trace:
        """Run the target as the source ran, with the source's random numbers."""
        state = statistics(self.loaded) if training else []
        draws = self.moved(source.draws)
        return observe(self.worker, training, self.weights(), state, replay=draws)

    def run_loud(self, scale: float, source: Trace) -> Trace:
        """Run the target, filled for it, on inputs that are so much larger."""
        factors, draws = self.side.factors(scale), self.moved(source.draws)
        return observe(self.worker, False, {}, replay=draws, gradients=False, factors=factors)

    def weights(self) -> Arrays:
        """What each output counts, in the target's layout."""
        found = {}
        for i, shape in enumerate(self.reference.loaded.result().outputs):
            path = str(shape["path"])
            if path in self.reference.weights:
                order = order_at(self.orders.outputs, i)
                found[path] = compare.permute(self.reference.weights[path], order)
        return found

    def moved(self, draws: Iterable[Draw]) -> list[Draw]:
        """What the source drew, in the target's layout."""
        return [self._moved(d) for d in draws]

    def _moved(self, draw: Draw) -> Draw:
        order = call_order(self.manifest, Site.of(list(draw.site)) if draw.site else None)
        return replace(draw, values=compare.permute(draw.values, order))

    def shapes(self, source: Trace) -> list[Difference]:
        """Outputs whose structure or shape is another already."""
        empty = replace(
            source,
            shapes=self.loaded.outputs,
            outputs={
                str(o["path"]): np.empty(o["shape"])
                for o in self.loaded.outputs
                if o["shape"] is not None
            },
        )
        ours = replace(source, outputs={k: np.empty(a.shape) for k, a in source.outputs.items()})
        found = compare.outputs(ours, empty, self.orders.outputs)
        return [d for d in found if d.reason.startswith(("shape", "structure"))]
