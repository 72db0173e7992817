"""Move code between Keras/TensorFlow and PyTorch, with evidence that it computes the same.

Importing this package imports neither framework, and nothing heavy: the names
below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from porter.rewrite import Migration, migrate_source
    from porter.verify import Verification, verify

__version__ = "0.1.0"

_HOMES = {
    "Migration": "porter.rewrite",
    "Verification": "porter.verify",
    "migrate_source": "porter.rewrite",
    "verify": "porter.verify",
}

__all__ = ["Migration", "Verification", "__version__", "migrate_source", "verify"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
