"""Names of helpers, which the file may use for something of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

import libcst as cst

from porter.rewrite.classes import names_read
from porter.rewrite.code import unique
from porter.rewrite.spelling import MARK, bound_names

Node = TypeVar("Node", bound=cst.CSTNode)
Statements = list[cst.BaseStatement]


def named_apart(
    module: cst.Module, helpers: Sequence[cst.BaseStatement], used: Collection[str]
) -> tuple[cst.Module, Statements, frozenset[str]]:
    """The module and its helpers under names that mean nothing else, and these names.

    A name that was `used` in the file is free where only what was translated read it.
    """
    names = {name for helper in helpers for name in _defined(helper)}
    still = {*names_read([module]), *bound_names(module)} & {*used}
    chosen = {n: unique(n, {*used, *names} - {n} | still) for n in sorted(names)}
    renamed = _Renamed(chosen)
    placed = [_renamed(helper, _Renamed(chosen, defines=True)) for helper in helpers]
    return _renamed(module, renamed), placed, frozenset(chosen.values())


def _defined(helper: cst.BaseStatement) -> list[str]:
    if isinstance(helper, cst.FunctionDef | cst.ClassDef):
        return [helper.name.value]
    return []


def _renamed(node: Node, names: _Renamed) -> Node:
    visited = node.visit(names)
    assert isinstance(visited, type(node))
    return visited


class _Renamed(cst.CSTTransformer):
    """What is marked under its name; in helpers themselves (`defines`) nothing is marked."""

    def __init__(self, names: dict[str, str], *, defines: bool = False) -> None:
        super().__init__()
        self.names, self.defines = names, defines

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        name = updated_node.value
        if name.startswith(MARK):
            plain = name.removeprefix(MARK)
            return updated_node.with_changes(value=self.names.get(plain, plain))
        if self.defines and self.names.get(name, name) != name:
            return updated_node.with_changes(value=self.names[name])
        return updated_node
