"""Where in a module a node stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import libcst as cst

Parents = Mapping[cst.CSTNode, cst.CSTNode]


@lru_cache(maxsize=1 << 17)
def below(node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """What a node is made of, in the order of the text; libcst finds it anew at every look."""
    return tuple(node.children)


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it, in the order of the text."""
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        stack += reversed(below(each))


def displayed(node: cst.BaseExpression, count: int) -> list[cst.BaseExpression] | None:
    """What stands in a list or tuple that is written out; None unless it is `count` things."""
    if isinstance(node, cst.Tuple | cst.List) and len(node.elements) == count:
        return [element.value for element in node.elements]
    return None


def named_parameters(params: cst.Parameters) -> tuple[cst.Param, ...]:
    """The parameters of a function that have names to callers: no `*args` and no `**kwargs`."""
    return (*params.posonly_params, *params.params, *params.kwonly_params)


def class_around(node: cst.CSTNode, parents: Parents) -> cst.ClassDef | None:
    """The innermost class that a node is part of, or is."""
    while node in parents and not isinstance(node, cst.ClassDef):
        node = parents[node]
    return node if isinstance(node, cst.ClassDef) else None


def function_around(node: cst.CSTNode, parents: Parents) -> cst.FunctionDef | None:
    """The innermost function around a node."""
    above = parents.get(node)
    while above is not None and not isinstance(above, cst.FunctionDef):
        above = parents.get(above)
    return above


def is_word(node: cst.CSTNode, parents: Parents) -> bool:
    """Whether a name only spells an attribute or a parameter, and stands for no value here."""
    around = parents.get(node)
    if isinstance(around, cst.Attribute):
        return around.attr is node
    return isinstance(around, cst.Arg) and around.keyword is node


def is_read(node: cst.Attribute, parents: Parents) -> bool:
    """Whether an attribute is read, not called or set."""
    around = parents.get(node)
    called = isinstance(around, cst.Call) and around.func is node
    return not called and not isinstance(around, cst.AssignTarget)


def target_names(target: cst.CSTNode) -> list[str]:
    """The plain names among what is assigned to."""
    if isinstance(target, cst.Name):
        return [target.value]
    if isinstance(target, cst.Tuple | cst.List):
        return [name for element in target.elements for name in target_names(element.value)]
    if isinstance(target, cst.StarredElement):
        return target_names(target.value)
    return []
