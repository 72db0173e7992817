"""PyTorch's side of a verification."""

from __future__ import annotations

import contextlib
import types
from typing import Any

import numpy as np

from . import datasets, exact, structure, torch_dice
from .calls import CALLS, mark
from .dice import DICE
from .tree import Tree, attributes

_REGISTRIES = ("_parameters", "_buffers", "_modules")
_STATISTICS = ("running_mean", "running_var")
_HIDDEN = ("_non_persistent_buffers_set", "_is_full_backward_hook", "training")


class TorchSide:
    """Builds, fills and runs torch modules or functions of tensors."""

    name = "torch"

    def __init__(self, device: str) -> None:
        import torch

        self.torch = torch
        self.device = device
        self.versions = {"framework": "torch", "version": torch.__version__}
        torch.set_num_threads(max(1, torch.get_num_threads()))
        _patch(torch)
        torch_dice.install(torch)
        exact.install_torch(torch)

    def prepare(self, precision: str, text: str) -> None:
        self.torch.set_default_dtype(getattr(self.torch, precision))
        CALLS.is_graph = self.is_graph
        datasets.install_for(text)

    def is_graph(self, value: Any) -> bool:
        return type(value) is self.torch.nn.Sequential

    def is_variable(self, value: Any) -> bool:
        torch = self.torch
        return isinstance(value, torch.nn.Parameter) or (
            isinstance(value, torch.Tensor) and value.requires_grad and value.is_leaf
        )

    def is_layer(self, value: Any) -> bool:
        return isinstance(value, self.torch.nn.Module)

    def is_leaf(self, value: Any) -> bool:
        return isinstance(value, self.torch.Tensor)

    def is_concrete(self, value: Any) -> bool:
        """Tensors always have numbers here."""
        return True

    def parts(self, value: Any) -> list[tuple[str, Any]]:
        if isinstance(value, types.ModuleType):
            return [(k, v) for k, v in vars(value).items() if not isinstance(v, type)]
        found = attributes(value, (*_REGISTRIES, *_HIDDEN))
        if self.is_layer(value):
            found += [
                (k, v) for r in ("_parameters", "_modules") for k, v in vars(value)[r].items()
            ]
            found += [(k, _Buffer.of(v)) for k, v in vars(value)["_buffers"].items()]
        return [(k, v) for k, v in found if v is not None]

    def tree(self, model: Any, program: Any) -> tuple[Any, dict[str, Any]]:
        walker = _TorchTree(self)
        root = walker.walk(model if self.is_layer(model) else program.module, "")
        self.node_ids = walker.ids()
        return walker.report(root), walker.variables

    def describe(self, owner: Any, attribute: str, value: Any) -> dict[str, Any]:
        buffer = attribute in getattr(owner, "_buffers", {})
        floating = bool(value.is_floating_point())
        user = not type(owner).__module__.startswith("torch.")
        role = "weight"
        if buffer:
            role = "statistic" if attribute in _STATISTICS and not user else "constant"
        return {
            "shape": list(value.shape),
            "dtype": str(value.dtype).replace("torch.", ""),
            "trainable": bool(value.requires_grad),
            "role": role if floating else "constant",
        }

    def read(self, variable: Any) -> Any:
        return variable.detach().cpu().numpy().copy()

    def write(self, variable: Any, value: Any) -> None:
        with self.torch.no_grad():
            variable.copy_(
                self.torch.as_tensor(np.ascontiguousarray(value)).reshape(variable.shape)
            )

    def settle(self) -> None:
        """PyTorch's modules read their arrays whenever they are called."""

    def tensor(self, array: Any) -> Any:
        torch = self.torch
        tensor = torch.as_tensor(np.array(array))
        if tensor.is_floating_point():
            tensor = tensor.to(torch.get_default_dtype())
        return tensor.to(self.device)

    def place(self, model: Any) -> Any:
        return model.to(self.device) if self.is_layer(model) else model

    def call(self, model: Any, args: Any, kwargs: Any, training: bool) -> Any:
        if self.is_layer(model):
            model.train(training)
        return model(*args, **kwargs)

    def first_call(self, model: Any, args: Any, kwargs: Any) -> Any:
        with self.torch.no_grad():
            return self.call(model, args, kwargs, False)

    def forward(self, model: Any, args: Any, kwargs: Any, training: bool) -> Any:
        with self.torch.no_grad():
            return self.call(model, args, kwargs, training)

    def gradients(self, run: Any, leaves: list[Any], variables: list[Any], weights: Any) -> Any:
        """`run(leaves)` and the gradients of its weighted outputs."""
        torch = self.torch
        float_leaves = [x for x in leaves if x.is_floating_point()]
        for leaf in float_leaves:
            leaf.requires_grad_(True)
        # Not the leaves themselves: the model may change its input in place.
        with torch.enable_grad():
            outputs = run([x.clone() if x.requires_grad else x for x in leaves])
            loss = None
            for path, value in structure.flatten(outputs, self.is_leaf):
                if path in weights and self.is_leaf(value) and value.requires_grad:
                    term = (value * self.tensor(weights[path]).to(value.dtype)).sum()
                    loss = term if loss is None else loss + term
            wanted = [v for v in variables if v.requires_grad]
            found: list[Any] = [None] * (len(float_leaves) + len(wanted))
            if loss is not None and found:
                found = list(torch.autograd.grad(loss, float_leaves + wanted, allow_unused=True))
        by_id = {id(v): g for v, g in zip(float_leaves + wanted, found)}
        dense = [None if g is None else _dense(g) for g in map(by_id.get, map(id, leaves))]
        return outputs, dense, [
            None if (g := by_id.get(id(v))) is None else _dense(g) for v in variables
        ]  # fmt: skip

    def numpy(self, value: Any) -> Any:
        return value.detach().cpu().numpy()

    def corrected(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Running variances as they were without Bessel's correction."""
        biased = torch_dice.BIASED
        return {k: biased[id(v)] for k, v in variables.items() if id(v) in biased}

    @contextlib.contextmanager
    def running(self) -> Any:
        torch_dice.BIASED.clear()
        self.torch.manual_seed(0)
        yield

    @contextlib.contextmanager
    def watching(self, before: dict[int, Any]) -> Any:
        """Modules have no activation of their own."""
        yield

    def synchronise(self) -> None:
        if self.device == "cuda":
            self.torch.cuda.synchronize()

    def draws_left(self) -> int:
        return DICE.unused()


class _Buffer:
    """A buffer on its way through the tree: not a leaf that asks for gradients, but kept."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    @classmethod
    def of(cls, tensor: Any) -> Any:
        return None if tensor is None else cls(tensor)


class _TorchTree(Tree):
    def _add(self, node: Any, owner: Any, attribute: str, part: Any) -> None:
        if isinstance(part, _Buffer):
            node["own"][attribute] = self.variable(owner, attribute, part.tensor)
            self._keep.append(part.tensor)
        else:
            super()._add(node, owner, attribute, part)


def _dense(gradient: Any) -> Any:
    return (gradient.to_dense() if gradient.is_sparse else gradient).detach().cpu().numpy()


def _patch(torch: Any) -> None:
    """Modules remember where they were made, and say when they are called."""

    def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        instance = object.__new__(cls)
        mark(instance)
        return instance

    torch.nn.Module.__new__ = staticmethod(new)
    call = torch.nn.Module.__call__

    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        return CALLS.run(self, call, args, kwargs)

    torch.nn.Module.__call__ = called
    parameter = torch.nn.Parameter.__new__

    def new_parameter(cls: Any, *args: Any, **kwargs: Any) -> Any:
        instance = parameter(cls, *args, **kwargs)
        mark(instance)
        return instance

    torch.nn.Parameter.__new__ = staticmethod(new_parameter)
