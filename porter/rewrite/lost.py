"""Code that still reads what a class has taken in: it cannot run, and is told so."""

from __future__ import annotations

import symtable
from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import TYPE_CHECKING

import libcst as cst

from porter.rewrite.code import led

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def told(rw: Rewriter, statement: cst.BaseStatement, taken: Mapping[str, str]) -> cst.BaseStatement:
    """A statement under a mark for each name that it reads and a class has `taken` in."""
    names = [name for name in _read(statement) if name in taken]
    original = rw.origins.get(statement)
    if not names or original is None:
        return statement
    lines = []
    for name in names:
        reason = f"{name} is now inside {taken[name]}"
        rw.findings.add(original, "todo", reason, api=name)
        lines.append(cst.EmptyLine(comment=cst.Comment(f"# porter: todo[{name}] {reason}")))
    return led(statement, [*getattr(statement, "leading_lines", ()), *lines])


def _read(statement: cst.BaseStatement) -> list[str]:
    """Names from around a statement that it reads, also from within the functions it defines."""
    code = f"def _():\n{indent(cst.Module([]).code_for_node(statement), ' ')}"
    try:
        (function,) = symtable.symtable(code, "<statement>", "exec").get_children()
    except SyntaxError:
        # `from m import *` and the like, which may only stand at module level.
        return []
    simple = isinstance(statement, cst.SimpleStatementLine)
    return list(dict.fromkeys(_from_outside(function, simple)))


def _from_outside(table: symtable.SymbolTable, own: bool) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or (own and symbol.is_local())):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _from_outside(child, own=False)
