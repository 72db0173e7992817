"""What a program states and never reads: a mistake there is none.

Decided from the text alone: the options of a command line that no code asks for, and the arguments
of functions that make nothing of them, be it that they hand them on to such functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class _Parameter:
    """A function's parameter, by the identity of the function."""

    function: int
    name: str


def unread(tree: ast.Module) -> set[ast.AST]:
    """The expressions whose values nothing in the tree reads, with all that is in them."""
    tops = [*_options(tree), *_arguments(tree)]
    return {node for top in tops for node in ast.walk(top)}


def uses(tree: ast.Module, statement: ast.stmt) -> tuple[str, ...]:
    """The expressions that make use of what a statement gives a name to, or an option's name."""
    name = _option(statement)
    if name is None and isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        name = target.id if isinstance(target, ast.Name) else None
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = [
        ast.unparse(parents[node])
        for node in ast.walk(tree)
        if name and isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)
        and name == (node.id if isinstance(node, ast.Name) else node.attr)
    ]  # fmt: skip
    return tuple(found)


def _options(tree: ast.Module) -> Iterator[ast.AST]:
    """Statements that declare options of a command line which no code asks for."""
    declared = {s: n for s in ast.walk(tree) if isinstance(s, ast.stmt) and (n := _option(s))}
    if not declared:
        return
    inside = {node for statement in declared for node in ast.walk(statement)}
    others = [node for node in ast.walk(tree) if node not in inside]
    asked = {n.attr for n in others if isinstance(n, ast.Attribute)}
    asked |= {n.value for n in others if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    whole = any(isinstance(n, ast.Call) and _name(n.func) in ("vars", "locals") for n in others)
    for statement, name in declared.items():
        if name not in asked and not whole:
            yield statement


def _option(statement: ast.AST) -> str | None:
    """`batch_size` for `parser.add_argument("-b", "--batch-size", …)`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and _name(call.func) == "add_argument"):
        return None
    said = {k.arg: k.value for k in call.keywords}
    words = [a.value for a in call.args if isinstance(a, ast.Constant)]
    flags = [w for w in words if isinstance(w, str)]
    if isinstance(told := said.get("dest"), ast.Constant):
        return str(told.value)
    long = [f for f in flags if f.startswith("--")] or flags
    return long[0].lstrip("-").replace("-", "_") if long else None


def _arguments(tree: ast.Module) -> Iterator[ast.expr]:
    """Arguments and defaults of parameters that are not read."""
    functions = _functions(tree)
    given: dict[ast.expr, _Parameter] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and (function := functions.get(_called(call))):
            given |= _given(call, function)
    defined = {f for f in functions.values() if f is not None}
    unused = {_Parameter(id(f), a.arg) for f in defined for a in _plain(f)}
    while True:
        silent = {n for e, p in given.items() if p in unused for n in ast.walk(e)}
        read = {
            _Parameter(id(f), n.id)
            for f in defined
            for n in _below(f)
            if isinstance(n, ast.Name) and n not in silent
        }
        if not unused & read:
            break
        unused -= read
    yield from (e for e, p in given.items() if p in unused)
    for function in defined:
        plain = [*function.args.posonlyargs, *function.args.args]
        pairs = [*zip(reversed(plain), reversed(function.args.defaults), strict=False)]
        yield from (d for a, d in pairs if _Parameter(id(function), a.arg) in unused)


def _below(function: _Function) -> Iterator[ast.AST]:
    for statement in function.body:
        yield from ast.walk(statement)


def _functions(tree: ast.Module) -> dict[str | None, _Function | None]:
    """Functions by name, a class's `__init__` by that of the class; None where there are more."""
    found: dict[str | None, _Function | None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            inits = [f for f in node.body if isinstance(f, ast.FunctionDef)]
            function = next((f for f in inits if f.name == "__init__"), None)
            found[node.name] = None if node.name in found else function
        elif isinstance(node, ast.FunctionDef) and node.name != "__init__":
            found[node.name] = None if node.name in found else node
    return found


def _given(call: ast.Call, function: _Function) -> dict[ast.expr, _Parameter]:
    """Which parameter each argument is for; nothing where stars leave it open."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(
        k.arg is None for k in call.keywords
    ):
        return {}
    plain = [a.arg for a in _plain(function)]
    if plain[:1] in (["self"], ["cls"]):
        plain = plain[1:]
    found = {a: _Parameter(id(function), n) for a, n in zip(call.args, plain, strict=False)}
    named = {k.value: _Parameter(id(function), k.arg) for k in call.keywords if k.arg in plain}
    return found | named


def _plain(function: _Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _called(call: ast.Call) -> str | None:
    """The name of what is called, if it is a name or a method of `self`."""
    function = call.func
    if isinstance(function, ast.Attribute) and _name(function.value) not in ("self", "cls"):
        return None
    return _name(function)


def _name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None
