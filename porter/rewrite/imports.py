"""Imports: what the output needs is added, what it no longer needs is removed."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence

import libcst as cst

from porter.facts import dotted, is_framework
from porter.rewrite.classes import names_read
from porter.rewrite.code import led
from porter.rewrite.spelling import bound_names, imported_names
from porter.rulebook import SIDES
from porter.source import names_in_magics

BLANK = cst.EmptyLine(indent=False)


def arrange(
    module: cst.Module,
    needed: Sequence[cst.SimpleStatementLine],
    helpers: Sequence[cst.BaseStatement],
    source: cst.Module,
    own: frozenset[str],
) -> cst.Module:
    """The module with its imports put right and helpers placed behind them.

    No import binds what only helpers are called (`own`).
    """
    read = (set(names_read([module])) | names_in_magics(module.code)) - own
    gone = set(names_read([source])) - read
    loose = unbound(module)
    for added in (*needed, *helpers):
        loose -= imported_names(added) | bound_names(added)
    present = _codes(module)
    missing = [s for s in needed if _code(s) not in present]
    body: list[cst.BaseStatement] = []
    place: int | None = None
    lead: list[cst.EmptyLine] = []
    for statement in module.body:
        starred = _is_star(statement) and not loose
        kept = None if starred else _without_unused(statement, read, gone)
        if kept is not statement and place is None:
            place = len(body)
        if kept is None:
            assert isinstance(statement, cst.SimpleStatementLine | cst.Try)
            if place == len(body):
                lead += statement.leading_lines
            continue
        body.append(kept)
    if place is None:
        place = behind_imports(body)
    gone_at, place = place, min(place, _first_use(body, missing))
    if missing and lead and place == gone_at:
        missing[0] = missing[0].with_changes(leading_lines=lead)
    elif lead and gone_at < len(body):
        first = body[gone_at]
        body[gone_at] = led(first, [*lead, *getattr(first, "leading_lines", ())])
    body[place:place] = missing
    return _with_helpers(module.with_changes(body=body), helpers)


def _first_use(
    body: Sequence[cst.BaseStatement], imports: Sequence[cst.SimpleStatementLine]
) -> int:
    """Where the names that these imports bind are first read."""
    bound = {name for statement in imports for name in imported_names(statement)}
    uses = (i for i, s in enumerate(body) if not _is_import(s) and bound & set(names_read([s])))
    return next(uses, len(body))


def _with_helpers(module: cst.Module, helpers: Sequence[cst.BaseStatement]) -> cst.Module:
    if not helpers:
        return module
    body: list[cst.BaseStatement] = list(module.body)
    place = _behind_bindings(body, set(names_read(helpers)))
    body[place:place] = [led(h, [BLANK, BLANK]) for h in helpers]
    rest = place + len(helpers)
    if rest < len(body):
        after = body[rest]
        lines = [line for line in getattr(after, "leading_lines", ()) if line.comment]
        body[rest] = led(after, [BLANK, BLANK, *lines])
    return module.with_changes(body=body)


def _behind_bindings(body: Sequence[cst.BaseStatement], read: set[str]) -> int:
    """Behind the imports that open a file, and behind those of the names that helpers read."""
    binding = (i for i, s in enumerate(body) if _is_import(s) and imported_names(s) & read)
    return max(behind_imports(body), 1 + max(binding, default=-1))


def behind_imports(body: Sequence[cst.BaseStatement]) -> int:
    """Behind the last import of the run of imports (and docstring) that opens a file."""
    place = 0
    for i, statement in enumerate(body):
        if _is_import(statement):
            place = i + 1
        elif not _is_string(statement):
            break
    if place == 0 and body and _is_string(body[0]):
        place = 1
    return place


def _is_string(statement: cst.CSTNode) -> bool:
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], cst.Import | cst.ImportFrom
    )


def _without_unused(
    statement: cst.BaseStatement, read: set[str], gone: set[str] | None = None
) -> cst.BaseStatement | None:
    """An import without the framework names that nothing reads; None where none is left.

    Names of Python's own library go where only what was translated read them (`gone`). A `try`
    goes as a whole, if nothing reads what it imports one way or the other.
    """
    if isinstance(statement, cst.Try):
        return None if _is_spent(statement, read, gone) else statement
    if not isinstance(statement, cst.SimpleStatementLine) or not _is_import(statement):
        return statement
    small = statement.body[0]
    if not isinstance(small, cst.Import | cst.ImportFrom) or isinstance(
        small.names, cst.ImportStar
    ):
        return statement
    module = dotted(small.module) if isinstance(small, cst.ImportFrom) else None
    if isinstance(small, cst.ImportFrom) and (small.relative or not _is_framework(module or "")):
        if small.relative or (module or "").split(".", 1)[0] not in sys.stdlib_module_names:
            return statement
        read = {_alias_name(alias) for alias in small.names} - (gone or set())
    kept = [
        alias
        for alias in small.names
        if _alias_name(alias) in read
        or (isinstance(small, cst.Import) and not _is_framework(dotted(alias.name) or ""))
    ]
    if len(kept) == len(small.names):
        return statement
    if not kept:
        return None
    kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return statement.with_changes(body=[small.with_changes(names=kept), *statement.body[1:]])


def _is_spent(tried: cst.Try, read: set[str], gone: set[str] | None) -> bool:
    """Whether a `try` does nothing but to import what nothing reads."""
    blocks = [tried.body, *(handler.body for handler in tried.handlers)]
    lines = [line for block in blocks for line in block.body]
    imports = [s for s in lines if isinstance(s, cst.BaseStatement) and _is_import(s)]
    rest = [line for line in lines if line not in imports]
    return (
        bool(imports)
        and tried.orelse is None
        and tried.finalbody is None
        and all(_does_nothing(line) for line in rest)
        and all(_without_unused(line, read, gone) is None for line in imports)
    )


def _does_nothing(line: cst.CSTNode) -> bool:
    """`pass`, or an error that is raised on."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else line
    return isinstance(small, cst.Pass | cst.Raise)


def _is_framework(module: str) -> bool:
    return any(is_framework(module, side) for side in SIDES)


def _alias_name(alias: cst.ImportAlias) -> str:
    if alias.asname is not None:
        return dotted(alias.asname.name) or ""
    return (dotted(alias.name) or "").split(".", 1)[0]


def _is_star(statement: cst.CSTNode) -> bool:
    """`from tensorflow.keras.layers import *`."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.ImportFrom) or not isinstance(small.names, cst.ImportStar):
        return False
    return not small.relative and _is_framework(dotted(small.module) or "")


def unbound(module: cst.Module) -> set[str]:
    """Names that a module reads and that nothing in it binds: a star import may."""
    bound = bound_names(module) | imported_names(module)
    return set(names_read([module])) - bound - set(dir(builtins))


def tidied(body: Sequence[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """A function's body without framework imports that it does not use any more."""
    read = set(names_read(body))
    kept = [_without_unused(statement, read) for statement in body]
    return [statement for statement in kept if statement is not None] or list(body)


def _codes(module: cst.Module) -> set[str]:
    return {_code(s) for s in module.body if _is_import(s)}


def _code(statement: cst.CSTNode) -> str:
    assert isinstance(statement, cst.SimpleStatementLine)
    return cst.Module([]).code_for_node(statement.body[0])
