"""A builder that is a method: what it reads of its object."""

from __future__ import annotations

import libcst as cst

from porter.facts import walk
from porter.rewrite.code import unique as unique_name
from porter.rewrite.cut.flow import Context
from porter.rewrite.cut.syntax import bound, parameters


class Freed:
    """What a builder that is a method reads of its object, as arguments of the class."""

    def __init__(self, context: Context, home: cst.FunctionDef) -> None:
        above = context.parents.get(context.parents[home])
        method = isinstance(above, cst.ClassDef) and home.params.params
        self.receiver = home.params.params[0].name.value if method else None
        self.context = context
        self.taken = bound([home.body]) | {p.name.value for p in parameters(home.params)}
        self.found: dict[str, cst.BaseExpression] = {}

    def statement(self, statement: cst.BaseStatement) -> cst.BaseStatement:
        """A statement that reads names in place of the object's attributes."""
        if self.receiver is None:
            return statement
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        for node in walk(statement):
            if isinstance(node, cst.Attribute) and self._is_own(node):
                name = self._name(node)
                found[node] = cst.Name(name)
        return self.context.origins.replaced(statement, found) if found else statement

    def _is_own(self, node: cst.Attribute) -> bool:
        owner = isinstance(node.value, cst.Name) and node.value.value == self.receiver
        around = self.context.parents.get(self.context.origins.first(node))
        called = isinstance(around, cst.Call) and around.func is node
        set_here = isinstance(around, cst.AssignTarget)
        layer = called and self.context.is_layer(node)
        return owner and not set_here and (not called or layer)

    def _name(self, node: cst.Attribute) -> str:
        for name, other in self.found.items():
            if isinstance(other, cst.Attribute) and other.attr.value == node.attr.value:
                return name
        name = unique_name(node.attr.value, self.taken)
        self.taken.add(name)
        self.found[name] = node
        return name
