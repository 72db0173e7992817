"""Code that is not cut, with modules where it hands on functions that have become such."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from porter.facts import Facts, Foreign
from porter.rewrite.classes import BLANK
from porter.rewrite.code import comments_above, led
from porter.rewrite.cut.flow import Context
from porter.rewrite.cut.writing import Made

PARTIAL = "functools.partial"


def partial_of(facts: Facts, taken: Collection[str]) -> str:
    """What `functools.partial` is called in a module, or may be."""
    for name, value in facts.scope.names.items():
        if isinstance(value, Foreign) and value.name == PARTIAL:
            return name
    return PARTIAL if "functools" in facts.scope.names or "partial" in taken else "partial"


def hand_on(context: Context, made: Made) -> None:
    """Put modules in the place of the functions that are handed on, outside of what is cut."""
    modules = context.modules_handed()
    blocks: dict[cst.CSTNode, list[cst.FunctionDef]] = {}
    for helper in context.helpers.values():
        block = context.parents[helper.node]
        if helper.node in context.kin and isinstance(block, cst.IndentedBlock):
            blocks.setdefault(block, []).append(helper.node)
    by: dict[cst.CSTNode, cst.CSTNode] = {**modules}
    for block in sorted(blocks, key=lambda b: -_depth(context, b)):
        assert isinstance(block, cst.IndentedBlock)
        body = [context.origins.replaced(s, by) for s in block.body if s not in blocks[block]]
        if block.body[0] in blocks[block]:
            body[:1] = [led(s, comments_above(s)) for s in body[:1]]
        by[block] = block.with_changes(body=body)
    for node, new in by.items():
        made.replaced.setdefault(node, new)


def _depth(context: Context, node: cst.CSTNode) -> int:
    above = context.parents.get(node)
    return 0 if above is None else 1 + _depth(context, above)


def with_partial(context: Context, module: cst.Module) -> cst.Module:
    """The module with an import of `functools.partial`, where modules are handed on in part."""
    told = any(h.free for h in context.helpers.values() if h.node in context.kin)
    first = context.partial.partition(".")[0]
    if not told or first in context.facts.scope.names:
        return module
    body: list[cst.BaseStatement] = [s for s in module.body if isinstance(s, cst.BaseStatement)]
    text = "import functools\n" if "." in context.partial else "from functools import partial\n"
    place = _first_import(body)
    line: cst.BaseStatement = cst.parse_statement(text)
    if place < len(body):
        old = body[place]
        line = led(line, getattr(old, "leading_lines", ()))
        body[place] = context.origins.note(led(old, [BLANK]), old)
    return module.with_changes(body=[*body[:place], line, *body[place:]])


def _first_import(body: Sequence[cst.BaseStatement]) -> int:
    """Where imports begin that may stand in any order."""
    for i, statement in enumerate(body):
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if isinstance(small, cst.Import) or (
            isinstance(small, cst.ImportFrom)
            and not (isinstance(small.module, cst.Name) and small.module.value == "__future__")
        ):
            return i
    return 0
