"""A traced run: every call of a layer, and every tensor that a line of the user's code binds."""

from __future__ import annotations

import sys
from typing import Any

from . import structure
from .calls import CALLS, made
from .sites import SITES

_LIMIT = 4000


class _Lines:
    """Notes the tensors that each executed line of a user's function has bound or changed."""

    def __init__(self, side: Any, emit: Any) -> None:
        self.side = side
        self.emit = emit

    def start(self, frame: Any, event: str, argument: Any) -> Any:
        if event != "call" or not SITES.is_user(frame.f_code.co_filename):
            return None
        seen = {k: id(v) for k, v in frame.f_locals.items()}
        last = [frame.f_lineno]

        def step(frame: Any, event: str, argument: Any) -> Any:
            for name, value in list(frame.f_locals.items()):
                if seen.get(name) != id(value):
                    seen[name] = id(value)
                    if self.side.is_leaf(value):
                        self.emit(frame, last[0], name, value)
            if event == "return" and argument is not None:
                self.emit(frame, last[0], "return", argument)
            last[0] = frame.f_lineno
            return step

        return step


def trace(side: Any, run: Any) -> tuple[list[Any], dict[str, Any]]:
    """Events in order of completion, and their arrays by `<event>.<in|out>.<path>`."""
    events: list[Any] = []
    arrays: dict[str, Any] = {}

    def keep(prefix: str, value: Any) -> list[str]:
        found = []
        for path, leaf in structure.flatten(value, side.is_leaf):
            if side.is_leaf(leaf) and len(arrays) < _LIMIT:
                found.append(prefix + path)
                arrays[prefix + path] = side.numpy(leaf).copy()
        return found

    def line(frame: Any, number: int, name: str, value: Any) -> None:
        key = f"{len(events)}.out."
        events.append({
            "what": "line", "site": [frame.f_code.co_filename, number, 0, number, 0], "name": name,
            "made": None, "node": None, "function": frame.f_code.co_name, "depth": 0, "in": [],
            "out": keep(key, value), "leaf": True,
        })  # fmt: skip

    def finished(layer: Any, site: Any, depth: int, entered: Any, result: Any) -> None:
        key = len(events)
        out = keep(f"{key}.out.", result) + keep(f"{key}.pre.", before.pop(id(layer), ()))
        events.append({
            "what": "call", "site": site, "made": made(layer)[1], "depth": depth,
            "node": side.node_ids.get(id(layer)),
            "name": str(getattr(layer, "name", "") or type(layer).__name__),
            "function": type(layer).__name__,
            "in": keep(f"{key}.in.", entered), "out": out,
            "leaf": not SITES.is_user_class(type(layer)) and not CALLS.is_graph(layer),
        })  # fmt: skip

    # What layers compute before an activation of their own: a call of its own elsewhere.
    before: dict[int, Any] = {}
    CALLS.reset(True)
    CALLS.finished = finished
    lines = _Lines(side, line)
    tracer = sys.gettrace()
    sys.settrace(lines.start)
    try:
        with side.watching(before):
            run()
    finally:
        sys.settrace(tracer)
        CALLS.reset(False)
    return events, arrays
