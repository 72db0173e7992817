"""Functions interpreted for whatever they may be given, not for what one program gives them.

Sizes that follow from nothing known get a symbol of their own, so that what is made with them
can be told where they come from: a parameter, a call, or the turns of a loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.builds import stored
from porter.facts.values import Const, Dict, Function, Scope, Sequence, Tensor, Value
from porter.rulebook import Symbol, Term

if TYPE_CHECKING:
    from porter.facts.arguments import Arguments
    from porter.facts.interpreter import Interpreter


@dataclass(frozen=True, eq=False)
class SizeOf:
    """Whose size a symbol is: a parameter's, a call's result's, or a loop's variable's."""

    node: cst.CSTNode
    axis: int
    name: str = ""


@dataclass(frozen=True, eq=False)
class Turns:
    """One size of a loop's tensor, before the first turn and after each."""

    start: Term
    end: Term


def is_plain(value: Value) -> bool:
    """Whether a value is made of nothing but numbers, texts and the like."""
    if isinstance(value, Sequence):
        return all(is_plain(item) for item in value.items)
    if isinstance(value, Dict):
        return all(is_plain(item) for item in value.items.values())
    return isinstance(value, Const)


def generalise(it: Interpreter, function: Function, scope: Scope) -> dict[str, Term]:
    """Forget what this program gives for the parameters that other calls decide.

    What this call gives comes back, by parameter, for those that are not assigned to.
    """
    given: dict[str, Term] = {}
    assigned = stored(function.node.body)
    for name, value in scope.names.items():
        if isinstance(value, Const) and name not in assigned:
            given[name] = value.term
    for name in it.general[function.node]:
        if is_plain(scope.names[name]):
            scope.names[name] = Const(Symbol.parse(name))
    return given


def in_general(it: Interpreter) -> bool:
    """Whether the code that runs is interpreted for every argument."""
    home = it.stack[-1].function.node if it.stack else it.facts.module
    return home in it.general


def measured(it: Interpreter, node: cst.Call, value: Value, args: Arguments) -> Value:
    """A call's result, with symbols for the sizes that only the callee knows."""
    if not isinstance(value, Tensor) or value.shape is None:
        return value
    given = [v for v in args.every if isinstance(v, Tensor) and v.shape is not None]
    own = {name for v in given for dim in v.shape or () for name in _unnamed(dim)}
    if node in it.loose:
        texts = {dim.text for v in given for dim in v.shape or () if isinstance(dim, Symbol)}
        same = [isinstance(dim, Symbol) and dim.text in texts for dim in value.shape]
        shape = tuple(dim if s else None for s, dim in zip(same, value.shape, strict=True))
    else:
        shape = tuple(None if _unnamed(dim) - own else dim for dim in value.shape)
    return _filled(it, replace(value, shape=shape), (node, ""))


def _unnamed(dim: Term) -> set[str]:
    names = dim.names if isinstance(dim, Symbol) else ()
    return {name for name in names if name.startswith("?")}


def settle(
    it: Interpreter,
    node: cst.For,
    scope: Scope,
    first: Mapping[str, Value],
    end: Mapping[str, Value],
) -> None:
    """Symbols for the sizes that change from turn to turn, and what they are before and after."""
    for name, value in list(scope.names.items()):
        start, after = first.get(name), end.get(name)
        if not (
            isinstance(value, Tensor) and isinstance(start, Tensor) and isinstance(after, Tensor)
        ):
            continue
        if value.shape is None or start.shape is None or after.shape is None:
            continue
        scope.names[name] = _filled(it, value, (node, name))
        for axis, size in enumerate(value.shape):
            if size is None:
                it.facts.turns[node, name, axis] = Turns(start.shape[axis], after.shape[axis])


def _filled(it: Interpreter, value: Tensor, key: tuple[cst.CSTNode, str]) -> Tensor:
    assert value.shape is not None
    dims = it.dims_at(key, len(value.shape))
    return replace(
        value, shape=tuple(d if s is None else s for s, d in zip(value.shape, dims, strict=True))
    )


def origins_of_sizes(dims: Mapping[object, list[Symbol]]) -> dict[str, SizeOf]:
    """Whose size each symbol is."""
    found: dict[str, SizeOf] = {}
    for key, symbols in dims.items():
        match key:
            case (cst.CSTNode() as node, 0 | str() as name):
                for axis, symbol in enumerate(symbols):
                    found[symbol.text] = SizeOf(node, axis, name or "")
    return found
