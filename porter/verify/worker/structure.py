"""Nested outputs as a flat list of leaves by path."""

from __future__ import annotations

from typing import Any, Callable


def flatten(value: Any, is_leaf: Callable[[Any], bool]) -> list[tuple[str, Any]]:
    """`("0.hidden", leaf)` for every leaf; what is neither a leaf nor a container is itself."""
    found: list[tuple[str, Any]] = []
    _walk("", value, is_leaf, found)
    return found


def kinds(value: Any, is_leaf: Callable[[Any], bool], path: str = "") -> dict[str, str]:
    """What each container is, by path: a `list`, a `tuple` or a `dict`, whatever its class."""
    if is_leaf(value) or not isinstance(value, (dict, list, tuple)):
        return {}
    found = {path: next(k.__name__ for k in (dict, list, tuple) if isinstance(value, k))}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        found.update(kinds(item, is_leaf, path + "." + str(key) if path else str(key)))
    return found


def _walk(path: str, value: Any, is_leaf: Callable[[Any], bool], found: list[Any]) -> None:
    if is_leaf(value) or not isinstance(value, (dict, list, tuple)):
        found.append((path, value))
        return
    fields = getattr(value, "_fields", None)
    if isinstance(value, dict):
        items = [(str(k), value[k]) for k in sorted(value, key=str)]
    elif fields:
        items = list(zip(map(str, range(len(value))), value))
    else:
        items = [(str(i), v) for i, v in enumerate(value)]
    for key, item in items:
        _walk(path + "." + key if path else key, item, is_leaf, found)


def rebuild(shape: Any, leaves: list[Any]) -> Any:
    """Inputs from their layout: a number is a leaf, a list a tuple of such."""
    if isinstance(shape, int):
        return leaves[shape]
    return tuple(rebuild(s, leaves) for s in shape)
