"""How the code came to what goes wrong: arguments, conditions and numbers that are other ones.

The migration leaves alone what is not the framework's, so that both texts can be held against
each other: where they are alike but for a number, that number is to blame.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from porter.verify.align import Alignment
from porter.verify.tree import Frame, Node, Tree


class Way:
    """One side's text: what it binds, and under which conditions and loops its lines stand."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)

    @cached_property
    def bindings(self) -> dict[str, list[tuple[str, int]]]:
        """What names of the module, attributes of `self` and options are bound to, and where."""
        found: dict[str, list[tuple[str, int]]] = {}
        top = set(self.tree.body)
        inside = [n for c in self.tree.body if isinstance(c, ast.ClassDef) for n in ast.walk(c)]
        for node in (*self.tree.body, *inside):
            option = _option(node)
            if option is not None:
                found.setdefault(option[0], []).append((option[1], node.lineno))  # type: ignore[attr-defined]
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(target, ast.Name) == (node in top):
                    assert isinstance(node, ast.Assign)
                    bound = ast.unparse(node.value), node.lineno
                    found.setdefault(ast.unparse(target), []).append(bound)
        return found

    @cached_property
    def tests(self) -> list[Test]:
        """All conditions and all that is looped over."""
        return [Test.of(n) for n in ast.walk(self.tree) if isinstance(n, (ast.If, ast.For))]

    def around(self, frame: Frame) -> list[Test]:
        """The conditions and loops around a line of a function, innermost first."""
        within = [
            n for n in ast.walk(self.tree)
            if isinstance(n, ast.FunctionDef) and n.name == frame.function
            and n.lineno <= frame.line <= (n.end_lineno or 0)
        ]  # fmt: skip
        start = max((n.lineno for n in within), default=0)
        found = [t for t in self.tests if start <= t.line and t.line < frame.line <= t.end]
        return sorted(found, key=lambda t: -t.line)

    def reads(self, line: int) -> Iterator[str]:
        """The names and attributes that a line reads."""
        for node in ast.walk(self.tree):
            if not (isinstance(node, ast.expr) and node.lineno <= line <= (node.end_lineno or 0)):
                continue
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                yield ast.unparse(node)
            if isinstance(node, ast.Attribute) and not _is_self(node.value):
                yield f".{node.attr}"


@dataclass(frozen=True)
class Test:
    """A condition, or what a loop runs over, and the lines that depend on it."""

    text: str
    line: int
    end: int

    @classmethod
    def of(cls, node: ast.If | ast.For) -> Test:
        text = ast.unparse(node.test if isinstance(node, ast.If) else node.iter)
        return cls(text, node.lineno, node.end_lineno or 0)


def constant(texts: tuple[str, str], line: int) -> int | None:
    """Where a name that the target's line reads is bound to another number than in the source."""
    return _constant((Way(texts[0]), Way(texts[1])), line)


def _constant(ways: tuple[Way, Way], line: int) -> int | None:
    ours, theirs = (way.bindings for way in ways)
    for name in ways[1].reads(line):
        for (one, _), (two, where) in zip(ours.get(name, ()), theirs.get(name, ()), strict=False):
            if one != two and _shape(one) == _shape(two):
                return where
    return None


def given(text: str, alignment: Alignment, theirs: Node) -> int | None:
    """Where a function on the way to a layer, or to one made along with it, got another number."""
    ranked = []
    for link in alignment.links:
        ours = alignment.source.nodes[link.nodes[0]]
        other = alignment.target.nodes[link.nodes[1]]
        shared = len(other.stack) if other is theirs else _shared(other, theirs)
        ranked.append((shared, ours, other))
    for shared, ours, other in sorted(ranked, key=lambda r: -r[0]):
        found = _argument(text, ours, other, shared) if shared or other is theirs else None
        if found is not None:
            return found
    return None


def _shared(one: Node, two: Node) -> int:
    """How many functions were entered from the same lines on the way to two layers."""
    count = 0
    for a, b in zip(one.stack, two.stack, strict=False):
        count += a.function == b.function
        if (a.function, a.line) != (b.function, b.line):
            break
    return count if count > 1 else 0


def _argument(text: str, ours: Node, theirs: Node, depth: int) -> int | None:
    """Where one of the first functions on the way to a construction was given another number."""
    for i, (one, two) in enumerate(zip(ours.stack, theirs.stack[:depth], strict=False)):
        if one.function != two.function:
            return None
        for name, value in two.arguments.items():
            if one.arguments.get(name, value) != value:
                default = _default(text, two.function, two.line, name, value)
                return default or (theirs.stack[i - 1].line if i else None)
    return None


def _default(text: str, function: str, line: int, name: str, value: str) -> int | None:
    """The line of a parameter's default, if that is the value which the parameter has."""
    for node in ast.walk(ast.parse(text)):
        inside = isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
        if inside and isinstance(node, ast.FunctionDef) and node.name == function:
            for argument, default in _defaults(node.args):
                if argument.arg == name and ast.unparse(default) == value:
                    return default.lineno
    return None


def _defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    plain = [*arguments.posonlyargs, *arguments.args]
    yield from zip(reversed(plain), reversed(arguments.defaults), strict=False)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument, default


def one_sided(texts: tuple[str, str], alignment: Alignment) -> tuple[Node, int] | None:
    """A layer that one side alone makes, and what in the target is to blame for that."""
    ways = Way(texts[0]), Way(texts[1])
    linked = {i for link in alignment.links for i in link.nodes}
    for side, tree in ((1, alignment.target), (0, alignment.source)):
        for node in _bearing(tree):
            if node.id in linked and _is_whole(alignment, side, node):
                continue
            for frame in reversed(node.stack):
                for test in ways[side].around(frame):
                    line = _blamed(ways, side, test)
                    if line is not None:
                        return node, line
            line = _unheard(texts[1], alignment, node) if side else None
            if line is not None:
                return node, _constant(ways, line) or line
    return None


def _unheard(text: str, alignment: Alignment, node: Node) -> int | None:
    """Where a function on the way to a layer was given what the source's never is."""
    functions = [frame.function for frame in node.stack]
    for i, frame in enumerate(node.stack):
        peers = [
            n.stack[i] for n in alignment.source.nodes.values()
            if [f.function for f in n.stack[: i + 1]] == functions[: i + 1]
        ]  # fmt: skip
        for name, value in frame.arguments.items():
            if peers and value not in {p.arguments.get(name, value) for p in peers}:
                default = _default(text, frame.function, frame.line, name, value)
                return default or (node.stack[i - 1].line if i else None)
    return None


def _bearing(tree: Tree) -> list[Node]:
    return [
        n for n in tree.nodes.values()
        if any(tree.variables[v].role != "constant" for v in n.own.values())
    ]  # fmt: skip


def _is_whole(alignment: Alignment, side: int, node: Node) -> bool:
    """Have all arrays of a layer their partners?"""
    ends = [link.target if side else link.source for link in alignment.links]
    return set(node.own.values()) <= {v for end in ends for v in end.values()}


def _blamed(ways: tuple[Way, Way], side: int, test: Test) -> int | None:
    """The target's line, where a condition differs by a number or by what a name is bound to."""
    others = ways[1 - side].tests
    if not any(o.text == test.text for o in others):
        alike = [o for o in others if _shape(o.text) == _shape(test.text)]
        if not alike:
            return None
        return test.line if side else alike[0].line
    mine = [test] if side else [o for o in others if o.text == test.text]
    return _constant(ways, mine[0].line)


def _shape(expression: str) -> str:
    """An expression without its numbers."""
    tree = ast.parse(expression)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


def _option(node: ast.AST) -> tuple[str, str] | None:
    """`.width` and its declaration, for a command line's option `--width`."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return None
    said = [a.value for a in call.args if isinstance(a, ast.Constant)]
    flags = [f for f in said if isinstance(f, str) and f.startswith("-")]
    if call.func.attr != "add_argument" or not flags:
        return None
    name = next((f for f in flags if f.startswith("--")), flags[0])
    return "." + name.lstrip("-").replace("-", "_"), ast.unparse(call)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
