"""Building a module class from what constructs its layers and what applies them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import below
from porter.rewrite.code import as_statement, assign, class_def, function_def, led, spaced, unique


@dataclass(eq=False)
class ClassPlan:
    """A class to write: constructor arguments, layers, inputs, forward statements, result."""

    name: str
    base: cst.BaseExpression
    inputs: list[str]
    layers: list[cst.BaseStatement]
    forward: list[cst.BaseStatement]
    result: cst.BaseExpression
    params: dict[str, cst.BaseExpression] = field(default_factory=dict)
    lead: Sequence[cst.EmptyLine] = ()
    said: Sequence[cst.EmptyLine] = ()

    def build(self) -> cst.ClassDef:
        """The class; names that forward needs from the constructor are kept on self."""
        kept = [p for p in self.params if p in names_read([*self.forward, _returned(self.result)])]
        keep = [assign(f"self.{p}", cst.Name(p)) for p in kept]
        methods: list[cst.BaseStatement] = []
        if self.params or self.layers:
            start = cst.parse_statement("super().__init__()")
            given = ", ".join(["self", *self.params])
            methods = [function_def("__init__", given, [start, *keep, *self.layers], space=False)]
        body = [*self.forward, _returned(self.result, self.said)]
        if kept:
            renamed = OnSelf(set(kept))
            body = [as_statement(s.visit(renamed)) for s in body]
        given = ", ".join(["self", *self.inputs])
        methods.append(function_def("forward", given, body, space=bool(methods)))
        return class_def(self.name, self.base, methods, self.lead)

    def construction(self) -> cst.Call:
        """The call that makes one, where the constructor's arguments are known by these names."""
        return cst.Call(cst.Name(self.name), spaced([cst.Arg(v) for v in self.params.values()]))

    def freed_of(self, receiver: str) -> None:
        """What is read from the object in whose method this stood becomes an argument."""
        own = {
            target.attr.value
            for statement in self.layers
            if isinstance(statement, cst.SimpleStatementLine)
            for small in statement.body
            if isinstance(small, cst.Assign)
            if isinstance(target := small.targets[0].target, cst.Attribute)
        }
        freed = _Freed(receiver, own, set(self.inputs) | set(self.params))
        self.layers = [as_statement(s.visit(freed)) for s in self.layers]
        self.forward = [as_statement(s.visit(freed)) for s in self.forward]
        result = self.result.visit(freed)
        assert isinstance(result, cst.BaseExpression)
        self.result = result
        self.params |= freed.found
        self.params.pop(receiver, None)


class _Freed(cst.CSTTransformer):
    """`self.units` of another object → the name `units`."""

    def __init__(self, receiver: str, own: set[str], taken: set[str]) -> None:
        super().__init__()
        self.receiver, self.own, self.taken = receiver, own, taken
        self.names: dict[str, str] = {}
        self.found: dict[str, cst.BaseExpression] = {}

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        owner, attribute = original_node.value, original_node.attr.value
        if not isinstance(owner, cst.Name) or owner.value != self.receiver or attribute in self.own:
            return updated_node
        if attribute not in self.names:
            self.names[attribute] = unique(attribute, self.taken | self.own)
            self.taken.add(self.names[attribute])
            self.found[self.names[attribute]] = original_node
        return cst.Name(self.names[attribute])


def _returned(
    result: cst.BaseExpression, said: Sequence[cst.EmptyLine] = ()
) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Return(result)], leading_lines=said)


class OnSelf(cst.CSTTransformer):
    """Reads of constructor arguments in forward, through self."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names

    def visit_Attribute(self, node: cst.Attribute) -> bool:  # noqa: N802
        return bool(self.names)

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: N802
        if original_node.value in self.names:
            return cst.Attribute(cst.Name("self"), cst.Name(original_node.value))
        return updated_node


def names_read(nodes: Iterable[cst.CSTNode]) -> list[str]:
    """Names that these nodes read, in order of appearance."""
    found: dict[str, None] = {}

    def walk(node: cst.CSTNode) -> None:
        if isinstance(node, cst.Name):
            found.setdefault(node.value)
            return
        if isinstance(node, cst.Attribute):
            walk(node.value)
            return
        if isinstance(node, cst.Arg):
            walk(node.value)
            return
        if isinstance(node, cst.Import | cst.ImportFrom):
            return
        if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Name):
            return
        for child in below(node):
            walk(child)

    for node in nodes:
        walk(node)
    return list(found)


BLANK = cst.EmptyLine(indent=False)


def set_off(
    body: Sequence[cst.BaseStatement], generated: Sequence[cst.CSTNode]
) -> list[cst.BaseStatement]:
    """Two blank lines around generated classes, comments staying with what they precede."""
    result: list[cst.BaseStatement] = []
    behind = False
    for statement in body:
        if behind or statement in generated:
            lines = list(getattr(statement, "leading_lines", ()))
            while lines and lines[0].comment is None:
                del lines[0]
            space = [BLANK, BLANK] if result else []
            statement = led(statement, [*space, *lines])
        behind = _is_generated(statement, generated)
        result.append(statement)
    return result


def _is_generated(statement: cst.BaseStatement, generated: Sequence[cst.CSTNode]) -> bool:
    name = getattr(statement, "name", None)
    return isinstance(statement, cst.ClassDef) and any(
        isinstance(g, cst.ClassDef) and g.name is name for g in generated
    )
