"""The part of a module's top level that one expression needs. Pure: a tree in, a tree out.

A backward walk over the statements. What a function reads when it is called counts where its
name is used; compound statements are cut inside; line numbers stay.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from .names import FUNCTIONS, Reads, bound, changes_settings, mutated

_FLOW = (ast.Break, ast.Continue)
_BLOCKS = ("body", "orelse", "finalbody")


def slice_module(tree: ast.Module, expression: str) -> ast.Module:
    """`tree` cut down to what `expression` needs when it is evaluated after it."""
    wanted = Reads().take(ast.parse(expression, mode="eval")).all
    cutter = _Cutter(tree)
    while True:
        kept, _ = cutter.block(tree.body, cutter.closed(wanted))
        # Functions may read names that are bound after the last place where they are called.
        reads = Reads().take(*kept)
        missing = (reads.all | wanted) & cutter.bindable - bound(*kept) - wanted
        if not missing:
            return ast.Module(body=kept, type_ignores=[])
        wanted |= missing


class _Cutter:
    def __init__(self, tree: ast.Module) -> None:
        self.bindable = bound(*tree.body)
        # Ways out of a loop count only once the loop is known to be kept for something else.
        self.leaving = False
        self.later: dict[str, set[str]] = {}
        self.writes: dict[str, set[str]] = {}
        for node in _definitions(tree.body):
            reads = Reads().take(node)
            self.later.setdefault(node.name, set()).update(reads.later)
            self.writes.setdefault(node.name, set()).update(reads.global_writes)
            self.bindable |= reads.global_writes

    def closed(self, names: set[str]) -> set[str]:
        """`names`, and what the functions and classes among them read when they run."""
        seen: set[str] = set()
        queue = list(names)
        while queue:
            name = queue.pop()
            if name not in seen:
                seen.add(name)
                queue.extend(self.later.get(name, ()))
        return seen

    def block(self, body: list[ast.stmt], needed: set[str]) -> tuple[list[ast.stmt], set[str]]:
        kept: list[ast.stmt] = []
        for statement in reversed(body):
            cut, needed = self.statement(statement, needed)
            if cut is not None:
                kept.append(cut)
        return kept[::-1], needed

    def statement(self, node: ast.stmt, needed: set[str]) -> tuple[ast.stmt | None, set[str]]:
        if isinstance(node, ast.If):
            return (None, needed) if _is_main(node.test) else self._branches(node, needed)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            return self._loop(node, needed)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self._nested(node, needed, [i.context_expr for i in node.items])
        if isinstance(node, ast.Try):
            return self._nested(node, needed, list(node.handlers))
        if isinstance(node, _FLOW):
            return (node if self.leaving else None), needed
        return self._simple(node, needed)

    def _simple(self, node: ast.stmt, needed: set[str]) -> tuple[ast.stmt | None, set[str]]:
        if isinstance(node, ast.ImportFrom) and (
            node.module == "__future__" or node.names[0].name == "*"
        ):
            return node, needed
        names = bound(node)
        called = {
            n for name in Reads().take(node).now for n in self.writes.get(name, ())
        } if not isinstance(node, (*FUNCTIONS, ast.ClassDef)) else set()  # fmt: skip
        if not (names | mutated(node) | called) & needed and not changes_settings(node):
            return None, needed
        if not _is_partial(node):
            needed = needed - names
        return node, needed | self.closed(Reads().take(node).now)

    def _branches(self, node: ast.If, needed: set[str]) -> tuple[ast.stmt | None, set[str]]:
        body, first = self.block(node.body, needed)
        other, second = self.block(node.orelse, needed)
        if not body and not other:
            return None, needed
        reads = self.closed(Reads().take(node.test).now)
        # A name bound on one way only may still come from before.
        return _with(node, body=body or _nothing(node), orelse=other), first | second | reads

    def _loop(self, node: Any, needed: set[str]) -> tuple[ast.stmt | None, set[str]]:
        header = node.test if isinstance(node, ast.While) else node.iter
        target = set() if isinstance(node, ast.While) else bound(node.target)
        outer, self.leaving = self.leaving, False
        body, _ = self.block(node.body, needed)
        other, after = self.block(node.orelse, needed)
        if not body and not other and not target & needed:
            self.leaving = outer
            return None, needed
        self.leaving = True
        live = needed | after | self.closed(Reads().take(header).now)
        while True:
            body, before = self.block(node.body, live)
            if before <= live:
                break
            live = live | before
        self.leaving = outer
        return _with(node, body=body or _nothing(node), orelse=other), live - target

    def _nested(self, node: Any, needed: set[str], heads: list[Any]) -> tuple[Any, set[str]]:
        parts: dict[str, Any] = {}
        live = set(needed)
        for field in _BLOCKS:
            if hasattr(node, field):
                parts[field], before = self.block(getattr(node, field), needed)
                live |= before
        items = getattr(node, "items", [])
        opened = {n for i in items if i.optional_vars for n in bound(i.optional_vars)}
        if not any(parts.values()) and not opened & needed:
            return None, needed
        parts["body"] = parts["body"] or _nothing(node)
        return _with(node, **parts), live | self.closed(Reads().take(*heads).now)


def _definitions(body: list[ast.stmt]) -> list[Any]:
    """Functions and classes of the module's own scope, in whatever block they stand."""
    found: list[Any] = []
    for node in body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found.append(node)
            continue
        for field in _BLOCKS:
            found += _definitions(getattr(node, field, []))
        for handler in getattr(node, "handlers", []):
            found += _definitions(handler.body)
    return found


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(test))
        and any(getattr(n, "value", None) == "__main__" for n in ast.walk(test))
        and isinstance(test.ops[0], ast.Eq)
    )


def _is_partial(node: ast.stmt) -> bool:
    """Does what the names meant before still matter after this statement?"""
    if isinstance(node, ast.Import):
        return any("." in a.name and not a.asname for a in node.names)
    plain = (ast.Assign, ast.AnnAssign, ast.ImportFrom, ast.ClassDef, *FUNCTIONS)
    return not isinstance(node, plain)


def _nothing(node: ast.stmt) -> list[ast.stmt]:
    return [ast.copy_location(ast.Pass(), node)]


def _with(node: Any, **fields: Any) -> Any:
    result = copy.copy(node)
    for name, value in fields.items():
        setattr(result, name, value)
    return result
