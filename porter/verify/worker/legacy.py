"""`import keras`, and Keras 2's old module paths, as tf_keras."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from typing import Any

# Modules that Keras 2 had and tf_keras no longer shows: what stands there now.
_MOVED = {
    "layers": "layers",
    "engine": "layers",
    "models": "models",
    "utils": "utils",
    "legacy": "layers",
    "preprocessing": "preprocessing",
    "backend": "backend",
    "applications": "applications",
}


def install() -> Any:
    """Make `keras` mean tf_keras, and return it."""
    import tf_keras

    sys.modules["keras"] = tf_keras
    for name, module in list(sys.modules.items()):
        if name.startswith("tf_keras.") and not name.startswith("tf_keras.src"):
            sys.modules[name[3:]] = module
    sys.meta_path.insert(0, _Finder())
    return tf_keras


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if not name.startswith("keras."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> types.ModuleType:
        home = "tf_" + spec.name
        if importlib.util.find_spec(home.rpartition(".")[0]) is not None:
            try:
                return importlib.import_module(home)
            except ModuleNotFoundError as error:
                if error.name != home:
                    raise
        parts = spec.name.split(".")
        if parts[1] not in _MOVED:
            raise ModuleNotFoundError(f"No module named {spec.name!r}", name=spec.name)
        return _Moved(spec.name, _MOVED[parts[1]])

    def exec_module(self, module: types.ModuleType) -> None:
        return None


class _Moved(types.ModuleType):
    """An old module path; its names are looked up where they live now."""

    def __init__(self, name: str, home: str) -> None:
        super().__init__(name)
        self.__path__ = []
        self.__dict__["_homes"] = [
            "tf_keras." + home,
            "tf_keras.layers",
            "tf_keras.utils",
            "tf_keras",
        ]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        for home in self.__dict__["_homes"]:
            found = getattr(importlib.import_module(home), name, None)
            if found is not None:
                return found
        raise AttributeError(f"{self.__name__} has no {name}")
