"""Imports and dotted names."""

from __future__ import annotations

import sys

import libcst as cst

from porter.facts.values import UNKNOWN_VALUE, Api, Foreign, Scope, Value
from porter.rulebook import Side
from porter.source import FRAMEWORKS


def dotted(node: cst.CSTNode | None) -> str | None:
    """`a.b.c` of a name or attribute, None for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        left = dotted(node.value)
        return None if left is None else f"{left}.{node.attr.value}"
    return None


def is_framework(module: str, side: Side) -> bool:
    """Whether a module belongs to the framework on one side."""
    return module.split(".", 1)[0] in FRAMEWORKS[side]


def _value(module: str, side: Side, whole: bool = False) -> Value:
    """A framework's name, another module, or something of one (`whole` where it is imported)."""
    if is_framework(module, side):
        return Api(module)
    standard = module.split(".", 1)[0] in sys.stdlib_module_names
    return Foreign(module) if whole or standard else UNKNOWN_VALUE


def of_foreign(owner: Foreign, name: str) -> Value:
    """`np.linalg`: modules of packages that have no tensors."""
    plain = owner.name.split(".", 1)[0] in (*sys.stdlib_module_names, "numpy", "scipy")
    return Foreign(f"{owner.name}.{name}") if plain else UNKNOWN_VALUE


def bind_import(node: cst.Import | cst.ImportFrom, scope: Scope, side: Side) -> None:
    """Bind what an import binds; modules of other packages are unknown."""
    if isinstance(node, cst.Import):
        for alias in node.names:
            module = dotted(alias.name) or ""
            if alias.asname is not None:
                _bind(scope, dotted(alias.asname.name) or "", module, side, whole=True)
            else:
                root = module.split(".", 1)[0]
                _bind(scope, root, root, side, whole=True)
        return
    module = "" if node.relative else dotted(node.module) or ""
    if isinstance(node.names, cst.ImportStar):
        if is_framework(module, side):
            scope.stars.append(module)
        return
    for alias in node.names:
        name = dotted(alias.name) or ""
        bound = name if alias.asname is None else dotted(alias.asname.name) or ""
        _bind(scope, bound, f"{module}.{name}" if module else "", side)


def _bind(scope: Scope, name: str, module: str, side: Side, whole: bool = False) -> None:
    scope.names[name] = _value(module, side, whole)
    scope.imported.add(name)
