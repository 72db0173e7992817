"""Names that the output reads and that nothing in it binds, although the source bound them."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

import libcst as cst

from porter.facts import walk
from porter.rewrite.findings import Findings

_OF_MODULES = frozenset(dir(builtins)) | {"__file__", "__path__", "__builtins__", "__annotations__"}


def report(findings: Findings, module: cst.Module, before: str, after: str) -> None:
    """A finding for each name that was lost and has none, where the source first has it."""
    told = {finding.api for finding in findings.sorted()}
    lost = unbound_names(after) - unbound_names(before) - told
    for name in sorted(lost):
        places = [
            node
            for node in walk(module)
            if isinstance(node, cst.Name) and node.value == name and node in findings.positions
        ]
        message = f"{name} is read in what became of this, where nothing binds it any more"
        findings.add(places[0] if places else module, "todo", message, api=name)


def unbound_names(text: str) -> set[str]:
    """The names that some scope of a module reads and no scope around it binds.

    A star import may bind any: then there are none.
    """
    top = symtable.symtable(text, "<module>", "exec")
    imports = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom))
    if any(alias.name == "*" for each in imports for alias in each.names):
        return set()
    tables = list(_all(top))
    bound = {s.get_name() for s in top.get_symbols() if _binds(s)}
    bound |= {
        s.get_name()
        for t in tables
        for s in t.get_symbols()
        if s.is_declared_global() and _binds(s)
    }
    read = {
        s.get_name()
        for t in tables
        for s in t.get_symbols()
        if s.is_referenced() and (t is top or s.is_global())
    }
    return read - bound - _OF_MODULES


def _all(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _all(child)


def _binds(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
