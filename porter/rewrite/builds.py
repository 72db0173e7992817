"""A Keras layer's `build`: part of the constructor, or of the first call, in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Build, Facts, Function, Instance, Super, dotted, is_module
from porter.rewrite.code import as_statement, assign, comments_above, function_def, led

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

LAZY = (
    "the sizes of {name}'s weights are not known before its first call: call the model once "
    "before its parameters are read, moved or given to an optimiser"
)
LEFT = "build is not called by PyTorch: do this in __init__"


def reads(facts: Facts) -> dict[cst.CSTNode, str]:
    """Where a `build` reads a size, and the argument of the constructor that says it."""
    return {place: name for b in facts.builds.values() for place, name in b.reads.items()}


def arguments_in(rw: Rewriter, home: cst.FunctionDef) -> set[str]:
    """What a constructor, or a `build` that becomes part of it, can name besides its own."""
    for build in rw.facts.builds.values():
        init = build.cls.scope.names.get("__init__")
        node = init.node if isinstance(init, Function) else None
        if build.way == "folded" and home in (build.node, node):
            params = node.params.params if isinstance(node, cst.FunctionDef) else ()
            return {p.name.value for p in params} | set(build.arguments)
    return set()


def leading(rw: Rewriter, node: cst.Call, instance: Instance) -> list[cst.Arg]:
    """The sizes with which the constructor of a layer is called; raises Unwritable."""
    build = rw.facts.builds.get(instance.cls.node)
    if build is None or build.way != "folded":
        return []
    emitter = rw.emitter(node, everywhere=node in rw.in_graph)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return [cst.Arg(emitter.write(term), comma=comma) for term in build.sites.get(node, ())]


def is_needless(rw: Rewriter, small: cst.BaseSmallStatement) -> bool:
    """`super().build(shape)`, `self.dense.build(shape)`, `self.built = True`."""
    if rw.side != "keras":
        return False
    if isinstance(small, cst.Assign):
        target = small.targets[0].target
        if dotted(target) != "self.built" or not isinstance(target, cst.Attribute):
            return False
        return rw.is_layer(rw.facts.values.get(target.value))
    call = small.value if isinstance(small, cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return False
    owner = rw.facts.values.get(call.func.value)
    if call.func.attr.value != "build":
        return False
    return rw.is_layer(owner) or (
        isinstance(owner, Super) and is_module(owner.cls, rw.rulebook, rw.side)
    )


def done(
    rw: Rewriter, cls: cst.ClassDef, body: list[cst.CSTNode], bases: list[cst.Arg]
) -> tuple[list[cst.CSTNode], list[cst.Arg]]:
    """A class's body and bases with what becomes of its `build`."""
    build = rw.facts.builds.get(cls)
    place = next((i for i, s in enumerate(body) if _is_def(s, "build")), None)
    if build is None or place is None:
        return body, bases
    node = body[place]
    assert isinstance(node, cst.FunctionDef)
    if build.way == "folded":
        return _folded(build, body, node), bases
    computes = next((s for s in body if _is_def(s, "forward")), None)
    if build.way == "left" or not isinstance(computes, cst.FunctionDef):
        rw.findings.add(build.node, "todo", LEFT, api="build")
        line = cst.EmptyLine(comment=cst.Comment(f"# porter: todo[build] {LEFT}"))
        body[place] = led(node, [*node.leading_lines, line])
        return body, bases
    rw.findings.add(build.node, "note", LAZY.format(name=cls.name.value), rule="lazy-build")
    body[place] = _at_first_call(build, node, computes)
    mixin = rw.spelling.name("torch.nn.modules.lazy.LazyModuleMixin")
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return body, [cst.Arg(mixin, comma=comma), *bases]


def _is_def(statement: cst.CSTNode, name: str) -> bool:
    return isinstance(statement, cst.FunctionDef) and statement.name.value == name


def _folded(build: Build, body: list[cst.CSTNode], node: cst.FunctionDef) -> list[cst.CSTNode]:
    """`build` as the end of `__init__`."""
    statements = _statements(node)
    init = next((s for s in body if _is_def(s, "__init__")), None)
    rest = [s for s in body if s is not node]
    if not isinstance(init, cst.FunctionDef):
        start = cst.parse_statement("super().__init__()")
        params = ", ".join(["self", *build.arguments])
        made = function_def("__init__", params, [start, *statements])
        at = body.index(node)
        made = made.with_changes(leading_lines=node.leading_lines)
        return [*body[:at], made, *body[at + 1 :]]
    first, *others = init.params.params
    added = [cst.Param(cst.Name(name)) for name in build.arguments]
    given = init.params.with_changes(params=[first, *added, *others])
    block = init.body.with_changes(body=[*init.body.body, *statements])
    made = init.with_changes(params=given, body=block)
    return [made if s is init else s for s in rest]


def _statements(node: cst.FunctionDef) -> list[cst.BaseStatement]:
    """What a method does, its docstring as a comment."""
    found = [as_statement(s) for s in node.body.body]
    lines = comments_above(node)
    text = node.get_docstring()
    if text is not None and found:
        del found[0]
        lines += [cst.EmptyLine(comment=cst.Comment(f"# {t}".rstrip())) for t in text.splitlines()]
    if found and lines:
        found[0] = led(found[0], [*lines, *getattr(found[0], "leading_lines", ())])
    return found


def _at_first_call(
    build: Build, node: cst.FunctionDef, computes: cst.FunctionDef
) -> cst.FunctionDef:
    """`build` as what PyTorch calls before the first call, with its arguments."""
    shape = node.params.params[1].name.value
    given = computes.params.params[1].name.value
    sizes = f"{given}.shape"
    if build.restored is not None:
        sizes = f"{given}.permute({', '.join(map(str, build.restored))}).shape"
    elif build.listed:
        sizes = f"[each.shape for each in {given}]"
    start = assign(shape, cst.parse_expression(sizes))
    block = node.body
    if isinstance(block, cst.IndentedBlock):
        at = 1 if node.get_docstring() is not None else 0
        body = [*block.body[:at], start, *block.body[at:]]
        block = block.with_changes(body=body)
    name = cst.Name("initialize_parameters")
    return node.with_changes(name=name, params=computes.params, body=block)
