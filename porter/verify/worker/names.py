"""Which names a piece of syntax reads, binds and changes. Pure."""

from __future__ import annotations

import ast
from typing import Any, Iterable

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Methods that change the object they are called on in a way that a model's structure depends on.
MUTATORS = frozenset(
    [
        "add",
        "append",
        "extend",
        "insert",
        "update",
        "build",
        "adapt",
        "setdefault",
        "add_module",
        "register_module",
        "register_buffer",
        "register_parameter",
        "requires_grad_",
    ]
)
# Calls whose effect is on the framework as a whole, and that decide what a model computes.
SETTINGS = frozenset(
    ["set_image_data_format", "set_image_dim_ordering", "set_global_policy", "set_dtype_policy"]
)


class Reads:
    """Names read at once (`now`), and names read when a function in there is called (`later`)."""

    def __init__(self) -> None:
        self.now: set[str] = set()
        self.later: set[str] = set()
        self.global_writes: set[str] = set()

    @property
    def all(self) -> set[str]:
        return self.now | self.later

    def take(self, *nodes: Any) -> Reads:
        for node in nodes:
            self._visit(node)
        return self

    def _visit(self, node: Any) -> None:
        if isinstance(node, list):
            self.take(*node)
        elif not isinstance(node, ast.AST):
            return
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Store):
                self.now.add(node.id)
        elif isinstance(node, (*FUNCTIONS, ast.Lambda)):
            self._function(node)
        elif isinstance(node, ast.ClassDef):
            self._class(node)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node)
        else:
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                self.now.add(node.target.id)
            self.take(*ast.iter_child_nodes(node))

    def _function(self, node: Any) -> None:
        arguments = node.args
        self.take(*arguments.defaults, *[d for d in arguments.kw_defaults if d])
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        if not isinstance(node, ast.Lambda):
            self.take(*node.decorator_list, node.returns, *[a.annotation for a in _all(arguments)])
        inner = Reads().take(*body)
        declared = {n for x in body for d in _own(x, ast.Global) for n in d.names}
        local = {a.arg for a in _all(arguments)} | (bound(*body) - declared)
        self.later |= inner.all - local
        self.global_writes |= (declared & bound(*body)) | inner.global_writes

    def _class(self, node: ast.ClassDef) -> None:
        self.take(*node.decorator_list, *node.bases, *[k.value for k in node.keywords])
        inner = Reads().take(*node.body)
        self.now |= inner.now - bound(*node.body)
        self.later |= inner.later
        self.global_writes |= inner.global_writes

    def _comprehension(self, node: Any) -> None:
        inner = Reads().take(*ast.iter_child_nodes(node))
        targets = {
            n.id
            for g in node.generators
            for n in ast.walk(g.target)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        self.now |= inner.now - targets
        self.later |= inner.later - targets


def _all(arguments: ast.arguments) -> list[ast.arg]:
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return plain + [a for a in (arguments.vararg, arguments.kwarg) if a]


def _own(node: ast.AST, kind: Any) -> Iterable[Any]:
    """The nodes of one kind in a statement, without those of functions and classes inside."""
    if isinstance(node, kind):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield from _own(child, kind)


def bound(*nodes: ast.AST) -> set[str]:
    """The names that statements bind in their own scope."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                names.add(node.id)
        elif not isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
            if isinstance(node, ast.ExceptHandler) and node.name:
                names.add(node.name)
            names |= bound(*ast.iter_child_nodes(node))
    return names


def root(node: ast.AST) -> str | None:
    """`model` of `model.layers[0].trainable`; calls on the way (`x.get(0).add`) are followed."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def mutated(statement: ast.stmt) -> set[str]:
    """The names whose objects a simple statement changes in place."""
    found: set[str | None] = set()
    targets: list[ast.AST] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        targets = [statement.target]
    elif isinstance(statement, ast.Delete):
        targets = [t for t in statement.targets if not isinstance(t, ast.Name)]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(
                node.ctx, (ast.Store, ast.Del)
            ):
                found.add(root(node))
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        found.add(statement.target.id)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        if isinstance(function, ast.Attribute) and is_mutator(function.attr):
            found.add(root(function.value))
        elif isinstance(function, ast.Name) and function.id == "setattr" and statement.value.args:
            found.add(root(statement.value.args[0]))
    return {name for name in found if name}


def is_mutator(method: str) -> bool:
    """`add`, `append` …, and whatever adds or registers something by its name."""
    return method in MUTATORS or method.startswith(("add_", "register_", "set_defaults"))


def changes_settings(statement: ast.stmt) -> bool:
    """Is this a call for its effect on the framework or on where modules are found?"""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    function = statement.value.func
    if isinstance(function, ast.Name):
        return function.id in SETTINGS
    if not isinstance(function, ast.Attribute):
        return False
    path = ast.dump(function.value)
    return function.attr in SETTINGS or ("'sys'" in path and "'path'" in path)
