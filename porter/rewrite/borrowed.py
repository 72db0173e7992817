"""Names of helpers, which the file may use for something of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from porter.facts import walk
from porter.rewrite.classes import names_read
from porter.rewrite.code import as_statement, unique
from porter.rewrite.spelling import MARK, bound_names

Statements = list[cst.BaseStatement]


def named_apart(
    module: cst.Module, helpers: Sequence[cst.BaseStatement], used: Collection[str]
) -> tuple[Statements, frozenset[str]]:
    """Settle the marked names of a module; its helpers, and the names that they go by.

    A name that was `used` in the file is free where only what was translated read it. The marked
    nodes are ours, and change where they are: the manifest knows what was written by its nodes.
    """
    names = {name for helper in helpers for name in _defined(helper)}
    still = {*names_read([module]), *bound_names(module)} & {*used}
    chosen = {n: unique(n, {*used, *names} - {n} | still) for n in sorted(names)}
    for node in walk(module):
        if isinstance(node, cst.Name) and node.value.startswith(MARK):
            plain = node.value.removeprefix(MARK)
            object.__setattr__(node, "value", chosen.get(plain, plain))
    renamed = _Renamed({name: to for name, to in chosen.items() if name != to})
    return [as_statement(helper.visit(renamed)) for helper in helpers], frozenset(chosen.values())


def _defined(helper: cst.BaseStatement) -> list[str]:
    if isinstance(helper, cst.FunctionDef | cst.ClassDef):
        return [helper.name.value]
    return []


class _Renamed(cst.CSTTransformer):
    """A helper's text under other names."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self.names = names

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        name = self.names.get(updated_node.value)
        return updated_node if name is None else updated_node.with_changes(value=name)
