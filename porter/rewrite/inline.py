"""A function of the program applied to an expression; a lambda is written out."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from porter.rewrite.code import parenthesised, spaced
from porter.rewrite.spelling import bound_names
from porter.rewrite.template import bare, repeatable


def applied(
    made: cst.BaseExpression, given: cst.BaseExpression, more: Sequence[cst.Arg] = ()
) -> cst.BaseExpression:
    """`made(given, …)`."""
    if isinstance(made, cst.Lambda):
        written = _written_out(made, bare(given), more)
        if written is not None:
            return parenthesised(written)
    return cst.Call(parenthesised(made), spaced([cst.Arg(bare(given)), *more]))


def placed(written: cst.BaseExpression, parent: cst.CSTNode) -> cst.BaseExpression:
    """An expression under its new parent, in brackets where it would not hold together."""
    if isinstance(parent, cst.Assign | cst.Arg | cst.Element | cst.Return):
        written = bare(written)
    try:
        ast.parse(cst.Module([]).code_for_node(written))
    except SyntaxError:
        # Over several lines, which the brackets of the call held together.
        return written.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return written


def _written_out(
    made: cst.Lambda, given: cst.BaseExpression, more: Sequence[cst.Arg]
) -> cst.BaseExpression | None:
    """A lambda's body with the argument in the parameter's place, where that computes it once."""
    params = made.params.params
    if more or len(params) != 1 or len(made.params.children) != 1 or params[0].default:
        return None
    if params[0].name.value in bound_names(made.body):
        return None
    put = _Put(params[0].name.value, given)
    body = made.body.visit(put)
    assert isinstance(body, cst.BaseExpression)
    return None if put.times > 1 and not repeatable(given) else body


class _Put(cst.CSTTransformer):
    """An expression in the place of a name; of a list, an element in the place of `name[0]`."""

    def __init__(self, name: str, given: cst.BaseExpression) -> None:
        super().__init__()
        self.name, self.given, self.times = name, given, 0

    def leave_Name(  # noqa: N802
        self, original_node: cst.Name, updated_node: cst.Name
    ) -> cst.BaseExpression:
        if original_node.value != self.name:
            return updated_node
        self.times += 1
        return parenthesised(self.given)

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        self.times -= original_node.attr.value == self.name
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        keyword = original_node.keyword
        self.times -= keyword is not None and keyword.value == self.name
        return updated_node.with_changes(keyword=keyword)

    def leave_Subscript(  # noqa: N802
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        owner, index = original_node.value, original_node.slice[0].slice
        if not isinstance(owner, cst.Name) or owner.value != self.name:
            return updated_node
        if not isinstance(self.given, cst.List | cst.Tuple) or not isinstance(index, cst.Index):
            return updated_node
        place, elements = index.value, self.given.elements
        if not isinstance(place, cst.Integer) or int(place.value) >= len(elements):
            return updated_node
        element = elements[int(place.value)].value
        if len(original_node.slice) > 1 or not repeatable(element):
            return updated_node
        self.times -= 1
        return parenthesised(element)
