"""Arguments of the modules that porter made which none of them reads: names of layers, mostly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import TypeGuard

import libcst as cst

from porter.facts import walk
from porter.rewrite.code import fewer
from porter.rewrite.cut.syntax import Origins, reads
from porter.rewrite.harmless import is_harmless
from porter.rewrite.unread import unread, without_unread


@dataclass(frozen=True)
class _Made:
    """The constructor of a class that porter wrote, and every call that makes one."""

    init: cst.FunctionDef
    calls: tuple[cst.Call, ...]


def pared(module: cst.Module, read: cst.Module, origins: Origins) -> cst.Module:
    """The module without values and arguments that nothing reads any more.

    Values stay that were not read in the file as it was `read` either, as do arguments of its
    classes, which anybody may have called. `origins` notes what changes.
    """
    idle = unread(read)
    old = {n.name.value for n in walk(read) if isinstance(n, cst.ClassDef)}
    while True:
        still = _without_unneeded(without_unread(module, idle), old, origins)
        if still is module:
            return module
        module = still


def _without_unneeded(module: cst.Module, old: Set[str], origins: Origins) -> cst.Module:
    """The module without arguments that no constructor reads, of the first class that has any."""
    for made in _all_made(module, old):
        shorter = _shorter(made, origins)
        if shorter:
            return origins.replaced(module, shorter)
    return module


def _all_made(module: cst.Module, old: Set[str]) -> Iterator[_Made]:
    """The new classes of which every mention is a call whose arguments can be told."""
    classes: dict[str, cst.ClassDef] = {}
    named: Counter[str] = Counter()
    calls: dict[str, list[cst.Call]] = {}
    for node in walk(module):
        match node:
            case cst.ClassDef(name=cst.Name(name)) if name not in old:
                classes[name] = node
            case cst.Name(name):
                named[name] += 1
            case cst.Call(func=cst.Name(name)):
                calls.setdefault(name, []).append(node)
    for name, cls in classes.items():
        found = calls.get(name, [])
        plain = not any(arg.star for call in found for arg in call.args)
        if plain and named[name] == len(found) + 1:
            yield from (_Made(n, tuple(found)) for n in cls.body.body if _is_constructor(n))


def _is_constructor(node: cst.CSTNode) -> TypeGuard[cst.FunctionDef]:
    return isinstance(node, cst.FunctionDef) and node.name.value == "__init__"


def _shorter(made: _Made, origins: Origins) -> dict[cst.CSTNode, cst.CSTNode]:
    """The parameters and the calls, where they change, without what the constructor ignores."""
    own = list(made.init.params.params)
    needed, gone = reads([made.init.body]), set()
    dropped: dict[cst.Call, list[cst.Arg]] = {call: [] for call in made.calls}
    for place, name in enumerate(p.name.value for p in own[1:]):
        given = {call: _given(call, name, place) for call in made.calls}
        told = [arg for arg in given.values() if arg is not None]
        if name not in needed and all(is_harmless(arg.value) for arg in told):
            gone.add(name)
            for call, arg in given.items():
                dropped[call] += [] if arg is None else [arg]
    if not gone:
        return {}
    left = [p for p in own if p.name.value not in gone]
    left[-1] = left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    found: dict[cst.CSTNode, cst.CSTNode] = {}
    # A call may be among the arguments of another, which comes before it.
    for call in reversed(made.calls):
        kept = [origins.replaced(arg, found) for arg in call.args if arg not in dropped[call]]
        found[call] = fewer(call, kept) if dropped[call] else call.with_changes(args=kept)
    found[made.init.params] = made.init.params.with_changes(params=left)
    return found


def _given(call: cst.Call, name: str, place: int) -> cst.Arg | None:
    """What a call says for a parameter, by its name or its place."""
    by_name = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name]
    positional = [arg for arg in call.args if arg.keyword is None]
    return next(iter([*by_name, *positional[place : place + 1]]), None)
