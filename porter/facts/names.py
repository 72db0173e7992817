"""Imports and dotted names."""

from __future__ import annotations

import libcst as cst

from porter.facts.values import UNKNOWN_VALUE, Api, Scope, Value

FRAMEWORKS = ("tensorflow", "keras", "tf_keras", "torch")


def dotted(node: cst.CSTNode | None) -> str | None:
    """`a.b.c` of a name or attribute, None for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        left = dotted(node.value)
        return None if left is None else f"{left}.{node.attr.value}"
    return None


def is_framework(module: str) -> bool:
    return module.split(".", 1)[0] in FRAMEWORKS


def _value(module: str) -> Value:
    return Api(module) if is_framework(module) else UNKNOWN_VALUE


def bind_import(node: cst.Import | cst.ImportFrom, scope: Scope) -> None:
    """Bind what an import binds; modules of other packages are unknown."""
    if isinstance(node, cst.Import):
        for alias in node.names:
            module = dotted(alias.name) or ""
            if alias.asname is not None:
                scope.names[dotted(alias.asname.name) or ""] = _value(module)
            else:
                root = module.split(".", 1)[0]
                scope.names[root] = _value(root)
        return
    module = "" if node.relative else dotted(node.module) or ""
    if isinstance(node.names, cst.ImportStar):
        if is_framework(module):
            scope.stars.append(module)
        return
    for alias in node.names:
        name = dotted(alias.name) or ""
        bound = name if alias.asname is None else dotted(alias.asname.name) or ""
        scope.names[bound] = _value(f"{module}.{name}") if module else UNKNOWN_VALUE
