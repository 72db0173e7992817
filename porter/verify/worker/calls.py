"""Calls of layers while a model runs: which, from where, and (in a traced run) with what."""

from __future__ import annotations

from typing import Any, Callable

from .sites import SITES

MADE = "_porter_made"
APPLIED = "_porter_applied"
_ORDER = [0]


def mark(instance: Any) -> None:
    """Remember where an object is constructed, and that it came after those before it."""
    _ORDER[0] += 1
    try:
        object.__setattr__(instance, MADE, (_ORDER[0], SITES.here(), SITES.stack()))
    except (AttributeError, TypeError):
        return


def made(instance: Any) -> tuple[int, Any, list[Any]]:
    """The number and the place of an object's construction, and how the code came there."""
    found: tuple[int, Any, list[Any]] = getattr(instance, "__dict__", {}).get(MADE, (0, None, []))
    return found


class Calls:
    """The stack of running layers, and the record of a traced run."""

    def __init__(self) -> None:
        self.stack: list[tuple[Any, Any]] = []
        self.counts: dict[int, int] = {}
        self.tracing = False
        self.entered: Callable[..., None] = lambda *record: None
        self.finished: Callable[..., None] = lambda *record: None
        self.is_graph: Callable[[Any], bool] = lambda layer: False

    def reset(self, trace: bool) -> None:
        self.stack, self.counts = [], {}
        self.tracing = trace

    def is_whole(self, layer: Any) -> bool:
        """Is this the framework's own, and no model: something whose inside is no one's concern?"""
        return not SITES.is_user_class(type(layer)) and not self.is_graph(layer)

    def site(self, layer: Any) -> Any:
        """Where the user's code calls this layer; an element of a graph has its own place."""
        if self.stack and self.is_graph(self.stack[-1][0]):
            applied = layer.__dict__.get(APPLIED) or [made(layer)[1]]
            return applied[self.counts.get(id(layer), 0) % len(applied)]
        return SITES.here()

    def current_site(self) -> Any:
        if self.stack and not SITES.is_user_class(type(self.stack[-1][0])):
            return self.stack[-1][1]
        return SITES.here()

    def run(self, layer: Any, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        site = self.site(layer)
        self.counts[id(layer)] = self.counts.get(id(layer), 0) + 1
        depth = len(self.stack)
        watched = self.tracing and not any(self.is_whole(outer) for outer, _ in self.stack)
        self.stack.append((layer, site))
        if watched:
            self.entered(layer, site, args)
        try:
            result = call(layer, *args, **kwargs)
        finally:
            del self.stack[depth:]
        if watched:
            self.finished(layer, site, args, result)
        return result


CALLS = Calls()
