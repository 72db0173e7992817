"""Batches: what a loader of PyTorch gives, and what their use says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from porter.facts.arguments import Arguments
from porter.facts.values import Collated, Loader, Scope, Sequence, Tensor, Value

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

# What a loader also collates into: a name that these have says nothing.
_STRUCTURES = frozenset((*dir(list), *dir(dict), *dir(str)))


def loader(it: Interpreter, api: str, args: Arguments) -> Loader | None:
    """The loader that a call makes; None where none is, or one that collates in its own way."""
    own = it.rulebook.names.get("loader", {}).get(api)
    plain = own is not None and own not in args.keywords and not args.open
    return Loader() if plain else None


def iterated(value: Value) -> Value:
    """An iterable as a sequence, where it can be told what it gives."""
    return Sequence("list", [Collated()], open=True) if isinstance(value, Loader) else value


def used_as(it: Interpreter, value: Collated, name: str, scope: Scope) -> Value:
    """Part of a batch of which a member is read: a tensor, where only tensors have that one."""
    known = it.rulebook.knows(f"torch.Tensor.{name}") or name == "shape"
    if name in _STRUCTURES or not known:
        return value
    tensor = Tensor()
    narrow(scope, value, tensor)
    return tensor


def as_tensor(value: Value) -> Value:
    """Part of a batch where only a tensor can stand."""
    return Tensor() if isinstance(value, Collated) else value


def narrow(scope: Scope, value: Value, better: Value) -> None:
    """Know more of a value from here on, under each name that it has in a function."""
    for name, held in scope.names.items():
        if held is value:
            scope.names[name] = better
