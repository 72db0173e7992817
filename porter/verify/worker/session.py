"""What one worker holds between requests: a loaded model, its variables, its inputs."""

from __future__ import annotations

import gc
import random
import time
from pathlib import Path
from typing import Any

import numpy as np

from . import exact, structure, tracing
from .calls import CALLS
from .dice import DICE
from .failure import describe
from .program import Program


class Session:
    """Answers requests by name; `load` first, then `set`, then any number of runs."""

    def __init__(self, side: str, device: str, folder: str) -> None:
        self.folder = folder
        self.files = 0
        self.model: Any = None
        self.variables: dict[str, Any] = {}
        self.start: dict[str, Any] = {}
        if side == "torch":
            from .torch_side import TorchSide

            self.side: Any = TorchSide(device)
        else:
            from .keras_side import KerasSide

            self.side = KerasSide(device)
        # Keras collects garbage before every build; a framework's own million objects never are.
        gc.collect()
        gc.freeze()

    def do(self, request: dict[str, Any]) -> Any:
        return getattr(self, "do_" + request["do"])(request)

    def do_hello(self, request: dict[str, Any]) -> Any:
        return self.side.versions

    def do_load(self, request: dict[str, Any]) -> Any:
        """Run the slice, build, call once, and say what there is."""
        self.model = None
        self.variables = {}
        self.start = {}
        np.random.seed(0)
        random.seed(0)
        DICE.stop()
        CALLS.reset(False)
        exact.BUILT.clear()
        self.side.prepare(request["precision"], request["text"])
        said = (request[key] for key in ("file", "text", "build", "argv", "watched"))
        self.program = Program(*said)
        self.model = self.side.place(self.program.build())
        if not callable(self.model):
            kind = type(self.model).__name__
            raise TypeError(f"{request['build']} is {kind}, not a model or a function")
        self.layout = request["layout"]
        self.keywords = request["keywords"]
        self.leaves = list(self._arrays(request["arrays"]).values())
        args, kwargs = self._inputs([self.side.tensor(x) for x in self.leaves])
        outputs, failure = self._first_call(args, kwargs)
        try:
            tree, self.variables = self.side.tree(self.model, self.program)
            values = {k: self.side.read(v) for k, v in self.variables.items()}
        except Exception:
            # What was never called may have no arrays to look at yet.
            if failure is not None:
                raise failure from None
            raise
        return {
            "tree": tree,
            "outputs": [self._describe(p, v) for p, v in self._flat(outputs)],
            "lines": self.program.lines,
            "initial": self._save(values),
            "versions": self.side.versions,
            "failure": describe(failure) if failure else None,
        }

    def _first_call(self, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """A model that was built but can't be called is still looked at, to say where it fails."""
        try:
            with self.program.watching():
                return self.side.first_call(self.model, args, kwargs), None
        except Exception as error:
            return (), error

    def do_set(self, request: dict[str, Any]) -> Any:
        """Give every named variable its value; all later runs start from these."""
        for key, value in self._arrays(request["arrays"]).items():
            self.side.write(self.variables[key], value)
        self.side.settle()
        self.start = {k: self.side.read(v) for k, v in self.variables.items()}

    def do_run(self, request: dict[str, Any]) -> Any:
        """One pass with its gradients; random numbers recorded or replayed where asked."""
        self._restart()
        # What only drew the first weights does not matter.
        exact.REMARKS.clear()
        weights = self._arrays(request["weights"]) if request.get("weights") else {}
        self._roll(request)
        keys = list(self.variables)
        CALLS.reset(False)
        try:
            with self.side.running(), self.program.watching():
                run = self._runner(request["training"])
                leaves = self._leaves(request)
                if request["gradients"]:
                    outputs, inputs, gradients = self.side.gradients(
                        run, leaves, [self.variables[k] for k in keys], weights
                    )
                else:
                    outputs, inputs, gradients = run(leaves, self.side.forward), [], []
            draws, drawn = DICE.log, DICE.arrays
            left = self.side.draws_left() if DICE.replayed is not None else 0
        finally:
            DICE.stop()
        flat = self._flat(outputs)
        tracked = {k: self.variables[k] for k in request.get("state", [])}
        state = {k: self.side.read(v) for k, v in tracked.items()}
        return {
            "outputs": [self._describe(p, v) for p, v in flat],
            "containers": structure.kinds(outputs, self.side.is_leaf),
            "arrays": self._save({p: self.side.numpy(v) for p, v in flat if self.side.is_leaf(v)}),
            "inputs": self._save({str(i): g for i, g in enumerate(inputs) if g is not None}),
            "gradients": self._save({k: g for k, g in zip(keys, gradients) if g is not None}),
            "state": self._save(state),
            "corrected": self._save(self.side.corrected(tracked)),
            "draws": draws,
            "drawn": self._save({str(i): a for i, a in enumerate(drawn)}),
            "draws_left": left,
            "lines": self.program.lines,
            "remarks": sorted(exact.REMARKS | exact.BUILT),
        }

    def do_steps(self, request: dict[str, Any]) -> Any:
        """Train for some steps by gradient descent with momentum, and say where that led."""
        self._restart()
        weights, rates = self._arrays(request["weights"]), self._arrays(request["rates"])
        self._roll(request)
        CALLS.reset(False)
        keys = list(rates)
        speed = dict.fromkeys(keys, 0.0)
        losses = {}
        try:
            with self.side.running():
                for step in range(request["count"]):
                    outputs, _, gradients = self.side.gradients(
                        self._runner(True), [self.side.tensor(x) for x in self.leaves],
                        [self.variables[k] for k in keys], weights,
                    )  # fmt: skip
                    losses[str(step)] = self._loss(outputs, weights)
                    for key, gradient in zip(keys, gradients):
                        if gradient is not None:
                            speed[key] = 0.9 * speed[key] - rates[key] * gradient
                            variable = self.variables[key]
                            self.side.write(variable, self.side.read(variable) + speed[key])
            draws, drawn = DICE.log, DICE.arrays
        finally:
            DICE.stop()
        values = {k: self.side.read(self.variables[k]) for k in keys}
        return {
            "losses": self._save(losses),
            "values": self._save(values),
            "draws": draws,
            "drawn": self._save({str(i): a for i, a in enumerate(drawn)}),
        }

    def _loss(self, outputs: Any, weights: dict[str, Any]) -> Any:
        """The weighted sum of the outputs, and beside it how much there is to cancel out."""
        terms = [
            self.side.numpy(value).astype("float64") * weights[path]
            for path, value in self._flat(outputs)
            if path in weights
        ]
        return np.array([sum(float(t.sum()) for t in terms), sum(abs(t).sum() for t in terms)])

    def do_trace(self, request: dict[str, Any]) -> Any:
        """One pass with every layer call and every line's tensors."""
        self._restart()
        self._roll(request)
        try:
            with self.side.running():
                run = self._runner(request["training"])
                leaves = self._leaves(request)
                events, arrays, error = tracing.trace(
                    self.side, lambda: run(leaves, self.side.forward)
                )
        finally:
            DICE.stop()
        failure = describe(error) if error else None
        return {"events": events, "arrays": self._save(arrays), "failure": failure}

    def do_time(self, request: dict[str, Any]) -> Any:
        """Milliseconds of one more repetition, after everything is warm."""
        args, kwargs = self._inputs([self.side.tensor(x) for x in self.leaves])
        variables = list(self.variables.values())
        training = request["what"] == "training step"
        weights = self._arrays(request["weights"])
        result = []
        for _ in range(request["repeat"]):
            self.side.synchronise()
            start = time.perf_counter()
            if training:
                leaves = [self.side.tensor(x) for x in self.leaves]
                self.side.gradients(self._runner(True), leaves, variables, weights)
            else:
                self.side.forward(self.model, args, kwargs, False)
            self.side.synchronise()
            result.append((time.perf_counter() - start) * 1e3)
        return result

    def _runner(self, training: bool) -> Any:
        def run(leaves: Any, call: Any = self.side.call) -> Any:
            args, kwargs = self._inputs(leaves)
            return call(self.model, args, kwargs, training)

        return run

    def _restart(self) -> None:
        np.random.seed(0)
        random.seed(0)
        for key, value in self.start.items():
            self.side.write(self.variables[key], value)

    def _roll(self, request: dict[str, Any]) -> None:
        if request.get("record") is not None:
            DICE.record(request["record"])
        elif request.get("replay"):
            arrays = self._arrays(request["replay"])
            kinds = request["kinds"]
            DICE.replay([(kinds[i], arrays[str(i)]) for i in range(len(kinds))])

    def _leaves(self, request: dict[str, Any]) -> list[Any]:
        """The inputs as tensors, some of them larger where that is asked for."""
        factors = request.get("factors") or [1.0] * len(self.leaves)
        scaled = [x if f == 1.0 else x.astype("float64") * f for x, f in zip(self.leaves, factors)]
        return [self.side.tensor(x) for x in scaled]

    def _inputs(self, leaves: list[Any]) -> Any:
        values = [structure.rebuild(shape, leaves) for shape in self.layout]
        plain = [v for v, k in zip(values, self.keywords) if k is None]
        return plain, {k: v for v, k in zip(values, self.keywords) if k is not None}

    def _flat(self, outputs: Any) -> Any:
        return structure.flatten(outputs, self.side.is_leaf)

    def _describe(self, path: str, value: Any) -> Any:
        if not self.side.is_leaf(value):
            return {
                "path": path,
                "kind": type(value).__name__,
                "shape": None,
                "value": repr(value)[:80],
            }
        array = self.side.numpy(value)
        return {"path": path, "kind": str(array.dtype), "shape": list(array.shape), "value": None}

    def _save(self, arrays: dict[str, Any]) -> str:
        """Write arrays under numbers, since their names may not be file names."""
        self.files += 1
        name = str(Path(self.folder) / f"{self.side.name}{self.files}.npz")
        names = np.array(list(arrays), dtype=np.str_)
        np.savez(name, names=names, **{f"a{i}": a for i, a in enumerate(arrays.values())})
        return name

    def _arrays(self, name: str) -> dict[str, Any]:
        """The arrays of a file by name; a file is read once."""
        with np.load(name, allow_pickle=False) as file:
            names = [str(n) for n in file["names"]]
            values = [file[f"a{i}"] for i in range(len(names))]
        Path(name).unlink()
        return dict(zip(names, values))
