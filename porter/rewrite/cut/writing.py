"""Writing what was cut: classes in the language of the source, put where they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile

import libcst as cst

from porter.facts import Tensor, walk
from porter.rewrite.classes import BLANK
from porter.rewrite.code import Moved, below_marks, cell_marks, class_def, function_def, led
from porter.rewrite.cut.body import Part, Statements
from porter.rewrite.cut.entries import Entry
from porter.rewrite.cut.flow import Context
from porter.rewrite.cut.sizes import Key


@dataclass(eq=False)
class Made:
    """Where classes go, what becomes of functions, and how classes call sizes of their inputs."""

    before: dict[cst.CSTNode, list[cst.ClassDef]] = field(default_factory=dict)
    replaced: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    models: dict[cst.ClassDef, tuple[Tensor, ...]] = field(default_factory=dict)
    gone: set[cst.CSTNode] = field(default_factory=set)
    lost: dict[cst.CSTNode, Mapping[str, str]] = field(default_factory=dict)
    sizes: dict[str, dict[Key, str]] = field(default_factory=dict)


def written(context: Context, part: Part, made: Made) -> cst.ClassDef:
    """The class of a part, as a Keras model."""
    made.sizes[part.name] = part.sizes
    start = cst.parse_statement("super().__init__()")
    init = function_def("__init__", "self", [start, *part.init], space=False)
    own = cst.Param(cst.Name("self"))
    init = init.with_changes(params=cst.Parameters(params=_listed([own, *part.params])))
    call = function_def("call", "self", _begun(context, part.call))
    call = call.with_changes(params=cst.Parameters(params=_listed([own, *part.inputs])))
    body: list[cst.BaseStatement] = [init, call]
    if part.doc is not None:
        body = [part.doc, led(init, [BLANK]), call]
    base = context.base.deep_clone()
    context.origins.note(base, context.base)
    for new, old in zip(walk(base), walk(context.base), strict=True):
        context.origins.of.setdefault(new, old)
    return class_def(part.name, base, body, part.lead)


def _begun(context: Context, lines: Statements) -> Statements:
    """A body's lines, without blank ones before the first."""
    first = lines[0]
    leading = _without_blank(first)
    if len(leading) == len(getattr(first, "leading_lines", ())):
        return lines
    return [context.origins.note(led(first, leading), first), *lines[1:]]


def _without_blank(statement: cst.BaseStatement) -> list[cst.EmptyLine]:
    """The comments above a statement, and what is between them."""
    lines = getattr(statement, "leading_lines", ())
    return list(dropwhile(lambda line: line.comment is None, lines))


def _listed(params: Sequence[cst.Param]) -> list[cst.Param]:
    """Parameters in one line; those without a default come first."""
    plain = cst.MaybeSentinel.DEFAULT
    made = [
        p.with_changes(comma=plain, whitespace_after_param=cst.SimpleWhitespace("")) for p in params
    ]
    return sorted(made, key=lambda p: p.default is not None)


def assembled(context: Context, module: cst.Module, made: Made) -> cst.Module:
    """The module with its new classes and shortened builders."""
    body: list[cst.BaseStatement] = []
    placed = {c for classes in made.before.values() for c in classes}
    marks: list[cst.EmptyLine] = []
    for statement in module.body:
        assert isinstance(statement, cst.BaseStatement)
        classes = made.before.get(statement, [])
        if classes or statement in made.gone:
            marks += cell_marks(statement)
        for cls in classes:
            below = _marked(context, cls, marks)
            if below is not cls and cls in made.models:
                made.models[below] = made.models.pop(cls)
            placed.add(below)
            body.append(below)
            marks = []
        if statement in made.gone:
            continue
        new: cst.BaseStatement = context.origins.replaced(statement, made.replaced)
        new = _marked(context, _unmarked(context, new) if classes else new, marks)
        marks = []
        if body and body[-1] in placed:
            apart = led(new, [BLANK, BLANK, *_without_blank(new)])
            new = context.origins.note(apart, statement)
        body.append(new)
        if statement in made.lost:
            made.lost[new] = made.lost[statement]
    return module.with_changes(body=body)


def _marked(context: Context, statement: Moved, marks: list[cst.EmptyLine]) -> Moved:
    below = below_marks(statement, marks)
    return statement if below is statement else context.origins.note(below, statement)


def _unmarked(context: Context, statement: cst.BaseStatement) -> cst.BaseStatement:
    marks = cell_marks(statement)
    if not marks:
        return statement
    lines = [line for line in getattr(statement, "leading_lines", ()) if line not in marks]
    return context.origins.note(led(statement, lines), statement)


def top_of(node: cst.CSTNode, context: Context) -> cst.CSTNode:
    """The statement of the module around a node."""
    while not isinstance(context.parents[node], cst.Module):
        node = context.parents[node]
    return node


def write(
    context: Context, parts: Sequence[Part], before: cst.CSTNode, begin: Entry, made: Made
) -> None:
    """Put the classes of a model before a statement of the module."""
    for part in parts:
        part.lead = (BLANK, BLANK)
    classes = [written(context, p, made) for p in parts]
    made.before.setdefault(before, []).extend(classes)
    made.models[classes[-1]] = begin.tensors
