"""Arguments of the modules that porter made which none of them reads: names of layers, mostly."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from porter.facts import walk
from porter.rewrite.code import closed
from porter.rewrite.cut.syntax import Origins, reads
from porter.rewrite.harmless import is_harmless


@dataclass(frozen=True)
class _Made:
    """A class that porter wrote, its constructor, and every call that makes one."""

    init: cst.FunctionDef
    calls: tuple[cst.Call, ...]


def without_unneeded(module: cst.Module, before: cst.Module, origins: Origins) -> cst.Module:
    """The module without arguments that no constructor reads; `origins` notes what changes.

    Only of the classes that were not there `before`, which nobody else can have called.
    """
    old = {n.name.value for n in walk(before) if isinstance(n, cst.ClassDef)}
    for name in [n.name.value for n in walk(module) if isinstance(n, cst.ClassDef)]:
        made = None if name in old else _made(module, name)
        if made is not None:
            module = origins.replaced(module, _shorter(made, origins))
    return module


def _made(module: cst.Module, name: str) -> _Made | None:
    """A class of this name, where every mention of it is a call whose arguments can be told."""
    nodes = list(walk(module))
    cls = next(n for n in nodes if isinstance(n, cst.ClassDef) and n.name.value == name)
    init = next((n for n in cls.body.body if _is_constructor(n)), None)
    named = [n for n in nodes if isinstance(n, cst.Name) and n.value == name]
    calls = tuple(n for n in nodes if isinstance(n, cst.Call) and n.func in named)
    plain = not any(arg.star for call in calls for arg in call.args)
    told = isinstance(init, cst.FunctionDef) and plain and len(named) == len(calls) + 1
    return _Made(init, calls) if told and isinstance(init, cst.FunctionDef) else None


def _is_constructor(node: cst.CSTNode) -> bool:
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
        found[call] = call.with_changes(args=closed(kept))
    found[made.init.params] = made.init.params.with_changes(params=left)
    return found


def _given(call: cst.Call, name: str, place: int) -> cst.Arg | None:
    """What a call says for a parameter, by its name or its place."""
    by_name = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name]
    positional = [arg for arg in call.args if arg.keyword is None]
    return next(iter([*by_name, *positional[place : place + 1]]), None)
