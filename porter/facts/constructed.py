"""What objects of the program were made with, where the sizes of what they give follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.builds import stored
from porter.facts.join import same_term
from porter.facts.places import class_around
from porter.facts.values import Const, Function, Instance, Scope, Tensor, Value
from porter.rulebook import Symbol, Term, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

Aliases = dict[object, dict[int, list[str]]]
# Stands for every axis of what is given in a shape that is not known: nothing says its sizes.
_ANY = -1


def note_construction(function: Function, scope: Scope) -> None:
    """Remember with what an object is made, by the parameters that keep their values."""
    names = [p.name.value for p in function.node.params.params]
    receiver = scope.names.get(names[0]) if names else None
    if function.name != "__init__" or not isinstance(receiver, Instance) or receiver.made_with:
        return
    assigned = stored(function.node.body)
    given = {n: v.term for n, v in scope.names.items() if isinstance(v, Const)}
    receiver.made_with = {n: t for n, t in given.items() if n not in assigned}


def in_callers_words(it: Interpreter, function: Function, scope: Scope) -> dict[str, Term]:
    """The constructor's arguments of the object whose method runs, as the caller may name them."""
    receiver = _receiver(function, scope)
    if receiver is None:
        return {}
    running = it.stack[-2].function.owner if len(it.stack) > 1 else None
    home = None if receiver.node is None else class_around(receiver.node, it.parents)
    here = receiver.node is not None and home is (None if running is None else running.node)
    own = stored(function.node.body) | {p.name.value for p in function.node.params.params}
    terms = {n: t if here else known(t) for n, t in receiver.made_with.items() if n not in own}
    return {n: t for n, t in terms.items() if here or is_known(t)}


def note_aliases(
    it: Interpreter, function: Function, scope: Scope, actual: Mapping[str, Term]
) -> None:
    """Which arguments of the constructor say the last size of what an object is called with."""
    receiver = _receiver(function, scope)
    if receiver is None or receiver.node is None:
        return
    for parameter in function.node.params.params[1:]:
        value, key = scope.names.get(parameter.name.value), (parameter, 0)
        if not isinstance(value, Tensor) or value.shape == ():
            continue
        known_here = it.aliases.setdefault(key, {})
        if value.shape is None or _ANY in known_here:
            it.aliases[key] = {_ANY: []}
            continue
        last = value.shape[-1]
        size = actual.get(last.text) if isinstance(last, Symbol) else None
        same = [n for n, t in receiver.made_with.items() if size is not None and _same(t, size)]
        axis = len(value.shape) - 1
        found = known_here.setdefault(axis, same)
        known_here[axis] = [name for name in found if name in same]


def names_of_sizes(aliases: Aliases) -> dict[object, dict[int, str]]:
    """The argument that says a size, wherever one does for every call."""
    found = {
        key: {axis: names[0] for axis, names in each.items() if names}
        for key, each in aliases.items()
    }
    return {key: each for key, each in found.items() if each}


def _same(term: Term, size: Term) -> bool:
    return same_term(term, size) or (
        is_known(term)
        and is_known(size)
        and type(known(term)) is int
        and known(term) == known(size)
    )


def _receiver(function: Function, scope: Scope) -> Instance | None:
    names = [p.name.value for p in function.node.params.params]
    receiver: Value | None = scope.names.get(names[0]) if names else None
    plain = isinstance(receiver, Instance) and isinstance(function.node, cst.FunctionDef)
    return receiver if plain and function.name in ("call", "forward") else None  # type: ignore[return-value]
