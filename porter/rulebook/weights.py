"""The closed, invertible algebra that relates Keras's parameters to torch's.

A map says how each Keras parameter is made from torch's: `kernel = "weight.T"`. From that one
statement come the transfer in both directions and the pull-back of gradients. Terms are

    name            a torch parameter; in quotes where it starts with a number ('0.weight')
    a + b           Keras holds the sum (two LSTM biases); to torch, the first takes it all
    stack(a, b)     Keras holds both, one above the other (a GRU's two biases)
    x.chunk(n)[k]   the k-th of n equal parts along dimension 0 (packed q, k, v)

followed by any of `.T`, `.permute(…)`, `.reshape(…)`, `.reorder(n, […])` (n equal blocks along
dimension 0, rearranged). `.reshape()` is to the shape that Keras has. Parameters named `constant`
have no partner and keep their value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
Arrays = Mapping[str, Array]
Shapes = Mapping[str, tuple[int, ...]]


class WeightMapError(ValueError):
    """A weight map is malformed or does not fit the parameters that it is given."""


@dataclass(frozen=True)
class Step:
    """One rearrangement: its name and integer arguments."""

    name: str
    order: tuple[int, ...] = ()
    count: int = 0

    def forward(self, x: Array, shape: tuple[int, ...] | None) -> Array:
        match self.name:
            case "T":
                return x.T
            case "permute":
                return x.transpose(self.order)
            case "reorder":
                blocks = np.split(x, self.count)
                return np.concatenate([blocks[i] for i in self.order])
            case "reshape":
                return x.reshape(self.order if shape is None else shape)
        raise WeightMapError(self.name)

    def inverse(self, x: Array, shape: tuple[int, ...] | None) -> Array:
        match self.name:
            case "T":
                return x.T
            case "permute":
                return x.transpose(np.argsort(self.order))
            case "reorder":
                blocks = np.split(x, self.count)
                return np.concatenate([blocks[i] for i in np.argsort(self.order)])
            case "reshape":
                if shape is None:
                    raise WeightMapError("a reshape is inverted only where the shape is known")
                return x.reshape(shape)
        raise WeightMapError(self.name)


@dataclass(frozen=True)
class Chain:
    """A Keras parameter: torch names, summed or stacked, or one part of a name; then steps."""

    names: tuple[str, ...]
    part: tuple[int, int] | None
    steps: tuple[Step, ...]
    stacked: bool = False

    def start(self, torch: Arrays) -> Array:
        if self.stacked:
            return np.stack([torch[name] for name in self.names])
        x = torch[self.names[0]]
        for name in self.names[1:]:
            x = np.asarray(x + torch[name])  # type: ignore[operator]
        if self.part is not None:
            count, index = self.part
            x = np.split(x, count)[index]
        return x

    def forward(self, torch: Arrays, shape: tuple[int, ...] | None) -> Array:
        return self._steps(self.start(torch), shape)

    def _steps(self, x: Array, shape: tuple[int, ...] | None) -> Array:
        for i, step in enumerate(self.steps):
            x = step.forward(x, shape if i == len(self.steps) - 1 else None)
        return x

    def inverse(self, keras: Array, torch_shape: tuple[int, ...]) -> Array:
        """The torch array (or part) that the Keras array comes from."""
        shape = (len(self.names), *torch_shape) if self.stacked else torch_shape
        if self.part is not None:
            shape = (shape[0] // self.part[0], *shape[1:])
        shapes = [shape]
        probe: Array = np.lib.stride_tricks.as_strided(
            np.zeros(1, dtype=np.int8), shape, (0,) * len(shape)
        )
        for step in self.steps[:-1]:
            probe = step.forward(probe, None)
            shapes.append(probe.shape)
        x = keras
        for step, before in zip(reversed(self.steps), reversed(shapes), strict=False):
            x = step.inverse(x, before)
        if x.shape != shape:
            raise WeightMapError(f"{self.names[0]} has shape {shape}, its partner gives {x.shape}")
        return x


@dataclass(frozen=True)
class WeightMap:
    """Chains by Keras name; see the module docstring."""

    chains: Mapping[str, Chain]
    constant: tuple[str, ...] = ()

    @classmethod
    def parse(cls, mapping: Mapping[str, str], constant: tuple[str, ...] = ()) -> WeightMap:
        return cls({k: _parse_chain(v) for k, v in mapping.items()}, tuple(constant))

    @property
    def keras_names(self) -> tuple[str, ...]:
        return tuple(self.chains)

    @property
    def torch_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(n for chain in self.chains.values() for n in chain.names))

    def expanded(self, torch_names: set[str]) -> WeightMap:
        """`{k}` in names counted up for as long as torch has such a parameter."""
        chains: dict[str, Chain] = {}
        for name, chain in self.chains.items():
            if not any("{k}" in n for n in chain.names):
                chains[name] = chain
                continue
            k = 0
            while chain.names[0].replace("{k}", str(k)) in torch_names:
                names = tuple(n.replace("{k}", str(k)) for n in chain.names)
                chains[name.replace("{k}", str(k))] = replace(chain, names=names)
                k += 1
        return WeightMap(chains, self.constant)

    def present(self, keras_names: set[str], torch_names: set[str]) -> WeightMap:
        """Only what a layer really has: a chain whose two ends are both absent falls away."""
        kept = {
            k: c
            for k, c in self.chains.items()
            if k in keras_names or any(n in torch_names for n in c.names)
        }
        return WeightMap(kept, self.constant)

    def to_keras(self, torch: Arrays, keras_shapes: Shapes) -> dict[str, Array]:
        """Keras's parameters from torch's; raises WeightMapError where one does not fit."""
        result: dict[str, Array] = {}
        for name, chain in self.chains.items():
            with _named(name):
                array = chain.forward(torch, keras_shapes.get(name))
            if array.shape != tuple(keras_shapes.get(name, array.shape)):
                raise WeightMapError(
                    f"{name} has shape {keras_shapes[name]}, its partner gives {array.shape}"
                )
            result[name] = array
        return result

    def to_torch(self, keras: Arrays, torch_shapes: Shapes) -> dict[str, Array]:
        """Torch's parameters from Keras's; raises WeightMapError where one does not fit."""
        result: dict[str, Array] = {}
        parts: dict[str, dict[int, Array]] = {}
        for name, chain in self.chains.items():
            first, *rest = chain.names
            with _named(name):
                array = chain.inverse(keras[name], tuple(torch_shapes[first]))
            if chain.stacked:
                result.update(zip(chain.names, array, strict=True))
                continue
            if chain.part is None:
                result[first] = array
            else:
                parts.setdefault(first, {})[chain.part[1]] = array
            for extra in rest:
                result[extra] = np.zeros_like(array)
        for name, pieces in parts.items():
            result[name] = np.concatenate([pieces[i] for i in sorted(pieces)])
            if result[name].shape != tuple(torch_shapes[name]):
                raise WeightMapError(f"only some parts of {name} have a partner")
        return result

    def gradients_to_keras(self, torch_gradients: Arrays, keras_shapes: Shapes) -> dict[str, Array]:
        """Torch's gradients as Keras's parameters see them.

        Every step is a rearrangement, so the gradient follows the value; under a sum each
        summand has the gradient of the sum, and the first stands for it.
        """
        result = {}
        for name, chain in self.chains.items():
            single = chain if chain.stacked else replace(chain, names=chain.names[:1])
            if all(n in torch_gradients for n in single.names):
                result[name] = single.forward(torch_gradients, keras_shapes.get(name))
        return result


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, IndexError, KeyError) as error:
        if isinstance(error, WeightMapError):
            raise
        raise WeightMapError(f"{name}: {error}") from error


def _parse_chain(text: str) -> Chain:
    """Parse one term of the algebra; raises WeightMapError on anything else."""
    protected = re.sub(r"\{(\w+)\}", r"__brace_\1__", text)
    try:
        node = ast.parse(protected, mode="eval").body
    except SyntaxError as error:
        raise WeightMapError(f"{text!r} is not a weight map") from error
    steps: list[Step] = []
    while True:
        step, inner = _step(node)
        if step is None:
            break
        steps.append(step)
        node = inner
    match node:
        case ast.Call(func=ast.Name(id="stack"), args=[_, *_] as parts, keywords=[]):
            names = tuple(_name(part, text) for part in parts)
            return Chain(names, None, tuple(reversed(steps)), stacked=True)
    names, part = _start(node, text)
    return Chain(names, part, tuple(reversed(steps)))


def _step(node: ast.expr) -> tuple[Step | None, ast.expr]:
    match node:
        case ast.Attribute(value=inner, attr="T"):
            return Step("T"), inner
        case ast.Call(func=ast.Attribute(value=inner, attr="permute"), args=args):
            return Step("permute", tuple(_integer(a) for a in args)), inner
        case ast.Call(func=ast.Attribute(value=inner, attr="reshape"), args=args):
            return Step("reshape", tuple(_integer(a) for a in args)), inner
        case ast.Call(
            func=ast.Attribute(value=inner, attr="reorder"), args=[count, ast.List(elts=order)]
        ):
            return Step("reorder", tuple(_integer(a) for a in order), _integer(count)), inner
    return None, node


def _integer(node: ast.expr) -> int:
    try:
        value = ast.literal_eval(node)
    except ValueError as error:
        raise WeightMapError(f"{ast.unparse(node)!r} is not a number") from error
    if not isinstance(value, int):
        raise WeightMapError(f"{value!r} is not a whole number")
    return value


def _start(node: ast.expr, text: str) -> tuple[tuple[str, ...], tuple[int, int] | None]:
    match node:
        case ast.Subscript(
            value=ast.Call(func=ast.Attribute(value=inner, attr="chunk"), args=[count]), slice=index
        ):
            return (_name(inner, text),), (_integer(count), _integer(index))
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _start(left, text)[0] + _start(right, text)[0], None
    return (_name(node, text),), None


def _name(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.Name | ast.Attribute):
        raise WeightMapError(f"{text!r} is outside the algebra of weights")
    return re.sub(r"__brace_(\w+?)__", r"{\1}", ast.unparse(node))
