"""Mixed precision is left out: its rounding is larger than most mistakes.

A program that asks for it is compared in the precision of its weights, which is remarked.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

from . import exact

_REMARK = (
    "the source computes in mixed precision; it was compared in the precision that its weights have"
)
_SETTERS = ("set_dtype_policy", "set_global_policy")


def install(keras: Any) -> None:
    """Keep a file from setting a mixed policy, under whatever name it does."""
    for owner in (getattr(keras, "config", None), getattr(keras, "mixed_precision", None)):
        for name in _SETTERS:
            setter = getattr(owner, name, None)
            if setter is not None and not hasattr(setter, "_porter"):
                _replace(setter, _guarded(setter))


def _guarded(setter: Any) -> Any:
    @functools.wraps(setter)
    def guarded(policy: Any, *args: Any, **kwargs: Any) -> Any:
        if str(getattr(policy, "name", policy)).startswith("mixed_"):
            exact.BUILT.add(_REMARK)
            return None
        return setter(policy, *args, **kwargs)

    guarded._porter = True  # type: ignore[attr-defined]
    return guarded


def _replace(old: Any, new: Any) -> None:
    """Every module that has a function under some name has the other in its place."""
    for module in list(sys.modules.values()):
        own = getattr(module, "__dict__", {})
        for name in [n for n in _SETTERS if own.get(n) is old]:
            own[name] = new
