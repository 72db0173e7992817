"""What a helper's own text says of what it defines, and of its parameters."""

from __future__ import annotations

import ast
import re
from functools import cache

from porter.rulebook.terms import UNKNOWN, Term


def defined(name: str, text: str) -> frozenset[str]:
    """The names by which a template brings a helper in."""
    return frozenset([name.partition("/")[2], *re.findall(r"^(?:def|class) (\w+)", text, re.M)])


@cache
def defaults_of(name: str, text: str) -> dict[str, Term]:
    """The defaults of a function, or of a class's constructor, that a helper's text defines."""
    for node in ast.parse(text).body if name in text else ():
        if isinstance(node, ast.ClassDef) and node.name == name:
            inits = [n for n in node.body if isinstance(n, ast.FunctionDef)]
            return next((_defaults(n.args) for n in inits if n.name == "__init__"), {})
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _defaults(node.args)
    return {}


def _defaults(arguments: ast.arguments) -> dict[str, Term]:
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    return {argument.arg: _literal(default) for argument, default in pairs}


def _literal(node: ast.expr) -> Term:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return UNKNOWN
