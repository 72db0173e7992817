"""Functional models of several inputs: Keras gives them as one list, a module one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Arguments
from porter.facts.places import displayed
from porter.facts.values import Dict, Instance, Object, Sequence, Tensor, Value

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def one_by_one(it: Interpreter, node: cst.Call, callee: Value, args: Arguments) -> Arguments:
    """What a model is applied to, without the list around it; the call is noted."""
    count = _inputs(it, callee)
    if count is None or len(args.positional) != 1 or args.open:
        return args
    given, value = args.positional[0]
    if isinstance(value, Sequence) and not value.open and len(value.items) == count:
        it.facts.listed.add(node)
        nodes = displayed(given, count) or [given] * count
        return Arguments(tuple(zip(nodes, value.items, strict=True)), args.keywords)
    if count > 1 and not isinstance(value, Sequence | Dict | Tensor):
        it.facts.listed.add(node)
    return args


def _inputs(it: Interpreter, callee: Value) -> int | None:
    """How many tensors a functional model takes, or the class that it has become."""
    if isinstance(callee, Instance):
        entries = it.entries.get(callee.cls.node) if it.side == "keras" else None
        return None if entries is None else len(entries)
    if isinstance(callee, Object) and callee.api == "keras.Model" and callee.outputs:
        return len(callee.inputs) or None
    return None
