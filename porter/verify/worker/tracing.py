"""A traced run: every call of a layer, and every tensor that a line of the user's code binds."""

from __future__ import annotations

import ast
import linecache
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
        self.bindings: dict[str, dict[int, set[str]]] = {}

    def start(self, frame: Any, event: str, argument: Any) -> Any:
        if event != "call" or not SITES.is_user(frame.f_code.co_filename):
            return None
        bound = self._bound(frame.f_code.co_filename)
        seen = {k: id(v) for k, v in frame.f_locals.items()}
        last, failed = [frame.f_lineno], [False]

        def step(frame: Any, event: str, argument: Any) -> Any:
            # A line that binds a name to what it was (a call that was forgotten) counts, too.
            failed[0] = failed[0] if event == "return" else event == "exception"
            again = () if failed[0] else bound.get(last[0], ())
            for name, value in list(frame.f_locals.items()):
                if seen.get(name) != id(value) or name in again:
                    seen[name] = id(value)
                    if self.side.is_leaf(value):
                        self.emit(frame, last[0], name, value)
            if event == "return" and argument is not None:
                self.emit(frame, last[0], "return", argument)
            last[0] = frame.f_lineno
            return step

        return step

    def _bound(self, filename: str) -> dict[int, set[str]]:
        """The names that the assignments of a file bind, by line."""
        if filename not in self.bindings:
            found: dict[int, set[str]] = {}
            for node in ast.walk(ast.parse("".join(linecache.getlines(filename)))):
                if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.end_lineno == node.lineno:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
                    found.setdefault(node.lineno, set()).update(names)
            self.bindings[filename] = found
        return self.bindings[filename]


def trace(side: Any, run: Any) -> tuple[list[Any], dict[str, Any], BaseException | None]:
    """Events in order, their arrays by `<event>.<in|out|pre>.<path>`, and what ended the run."""
    events: list[Any] = []
    arrays: dict[str, Any] = {}

    def keep(kind: str, value: Any) -> list[str]:
        found = []
        prefix = f"{len(events)}.{kind}."
        for path, leaf in structure.flatten(value, side.is_leaf):
            if side.is_leaf(leaf) and len(arrays) < _LIMIT:
                found.append(prefix + path)
                arrays[prefix + path] = side.numpy(leaf).copy()
        return found

    def line(frame: Any, number: int, name: str, value: Any) -> None:
        if not side.is_concrete(value):
            return
        events.append({
            "what": "line", "site": [frame.f_code.co_filename, number, 0, number, 0], "name": name,
            "made": None, "node": None, "kind": frame.f_code.co_name, "leaf": True,
            "in": [], "out": keep("out", value), "pre": [],
        })  # fmt: skip

    def called(what: str, layer: Any, site: Any, given: Any, result: Any) -> None:
        pre = before.pop(id(layer), ()) if what == "call" else ()
        events.append({
            "what": what, "site": site, "made": made(layer)[1],
            "node": side.node_ids.get(id(layer)),
            "name": str(getattr(layer, "name", "") or type(layer).__name__),
            "kind": type(layer).__name__,
            "leaf": CALLS.is_whole(layer),
            "in": keep("in", given), "out": keep("out", result), "pre": keep("pre", pre),
        })  # fmt: skip

    # What layers compute before an activation of their own: a call of its own elsewhere.
    before: dict[int, Any] = {}
    CALLS.reset(True)
    CALLS.entered = lambda layer, site, given: called("enter", layer, site, given, ())
    CALLS.finished = lambda *record: called("call", *record)
    lines = _Lines(side, line)
    tracer = sys.gettrace()
    failure = None
    sys.settrace(lines.start)
    try:
        with side.watching(before):
            run()
    except Exception as error:
        # What was seen until then says where the run went wrong.
        failure = error
    finally:
        sys.settrace(tracer)
        CALLS.reset(False)
    return events, arrays, failure
