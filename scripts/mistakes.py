"""Every mistake that one may make in a migrated file, as small edits of its text.

Only what a build expression runs is considered. An edit never moves a line, so that what a
verification names can be held against what was changed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from unread import unread, uses

from porter.verify.worker.slicing import slice_module

_CYCLE = {"relu": "tanh", "tanh": "sigmoid", "sigmoid": "tanh", "gelu": "relu", "silu": "relu",
          "elu": "relu", "selu": "relu", "softmax": "log_softmax", "log_softmax": "softmax",
          "leaky_relu": "relu", "softplus": "relu"}  # fmt: skip
_MODULES = {"ReLU": "Tanh", "Tanh": "Sigmoid", "Sigmoid": "Tanh", "GELU": "ReLU", "SiLU": "ReLU",
            "ELU": "ReLU"}  # fmt: skip
_BIAS = re.compile(r"(Lazy)?(Linear|Dense|(Separable|Depthwise)?Conv\w*|LSTM|GRU|RNN|SimpleRNN)$")
_PERMUTING = ("permute", "transpose", "Permute")
_JOINING = ("cat", "concat", "concatenate", "stack", "subtract", "sub")
_PAIRS = (
    ("swapped statistics", "moving_mean", "moving_variance"),
    ("swapped scales", "gamma", "beta"),
)
_STRINGS = {"same": "valid", "valid": "same"}


@dataclass(frozen=True)
class Edit:
    """One stretch of text and what it becomes."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mistake:
    """One mistake: edits of the text, or another weight map for the n-th entry of the manifest.

    `uses` are the expressions that make use of the name which the statement gives a value to.
    """

    kind: str
    lines: tuple[int, ...]
    was: str
    now: str
    edits: tuple[Edit, ...] = ()
    weights: tuple[int, Mapping[str, str]] | None = None
    uses: tuple[str, ...] = ()

    def apply(self, source: str) -> str:
        for edit in sorted(self.edits, key=lambda e: e.start, reverse=True):
            source = source[: edit.start] + edit.text + source[edit.end :]
        return source


def mistakes(source: str, build: str, framework: str) -> list[Mistake]:
    """All mistakes that the text offers in what `build` runs; each leaves a text that parses."""
    tree = slice_module(ast.parse(source), build)
    planter = _Planter(source, framework, unread(tree))
    found: dict[str, Mistake] = {}
    for statement in tree.body:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            used = uses(tree, statement)
            for mistake in planter.below(statement):
                changed = mistake.apply(source)
                if changed != source and _parses(changed):
                    found.setdefault(changed, replace(mistake, uses=used))
    return list(found.values())


def weight_mistakes(
    index: int, weights: Mapping[str, str], rule: str, line: int
) -> Iterator[Mistake]:
    """Statistics, scales, gates and directions in another order, as a wrong weight map has them."""
    for kind, one, two in _PAIRS:
        if one in weights and two in weights:
            swap = {**weights, one: weights[two], two: weights[one]}
            yield Mistake(kind, (line,), f"{one}, {two}", f"{two}, {one}", weights=(index, swap))
    gates = 4 if "lstm" in rule else 3 if "gru" in rule else 0
    if not gates:
        return
    order = "1, 0, " + ", ".join(map(str, range(2, gates)))
    for name, expression in weights.items():
        changed = re.sub(r"(weight|bias)_\w+", rf"\g<0>.reorder({gates}, [{order}])", expression)
        text = f"{name} = {changed}"
        yield Mistake("gate order", (line,), expression, text, weights=(
            index, {**weights, name: changed}
        ))  # fmt: skip
    swapped = {
        name: weights[name.replace("forward_", "back_").replace("backward_", "forward_").replace(
            "back_", "backward_")]
        for name in weights
    } if any("backward_" in name for name in weights) else weights  # fmt: skip
    if swapped != weights:
        yield Mistake("directions", (line,), "forward, backward", "backward, forward", weights=(
            index, swapped
        ))  # fmt: skip


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


class _Planter:
    def __init__(self, source: str, framework: str, unread: set[ast.AST]) -> None:
        self.source, self.framework, self.unread = source, framework, unread
        self.data = source.encode()
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line.encode()))

    def below(self, top: ast.AST) -> Iterator[Mistake]:
        """The mistakes of a statement and of everything in it."""
        for node in ast.walk(top):
            if node in self.unread:
                continue
            if isinstance(node, ast.Call):
                yield from self.call(node)
            elif isinstance(node, ast.Constant):
                yield from self.constant(node)
            elif isinstance(node, ast.UnaryOp):
                yield from self.negative(node)
            elif isinstance(node, ast.Subscript):
                yield from self.index(node)
            elif isinstance(node, ast.BinOp):
                yield from self.operator(node, node.op, node.left, node.right)
            elif isinstance(node, ast.AugAssign):
                yield from self.operator(node, node.op, node.target, node.value)
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                yield from self.swaps("order", node.value.elts)
            elif isinstance(node, ast.ClassDef):
                yield from self.equal_layers(node)

    def place(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, (ast.expr, ast.keyword, ast.stmt))
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        return len(self.data[:start].decode()), len(self.data[:end].decode())

    def text(self, node: ast.AST) -> str:
        start, end = self.place(node)
        return self.source[start:end]

    def changed(self, kind: str, node: ast.expr, text: str) -> Mistake:
        return Mistake(
            kind, (node.lineno,), self.text(node), text, (Edit(*self.place(node), text),)
        )

    def swapped(self, kind: str, one: ast.expr, two: ast.expr) -> Mistake:
        """Two expressions change places; their line breaks stay."""
        a, b = self.text(one), self.text(two)
        if "\n" in a + b:
            a, b = (" ".join(t.split()) + "\n" * o.count("\n") for t, o in ((a, b), (b, a)))
        edits = (Edit(*self.place(one), b), Edit(*self.place(two), a))
        return Mistake(kind, (one.lineno, two.lineno), f"{a}, {b}", f"{b}, {a}", edits)

    def swaps(self, kind: str, items: list[ast.expr]) -> Iterator[Mistake]:
        for one, two in pairwise(items):
            yield self.swapped(kind, one, two)

    def constant(self, node: ast.Constant) -> Iterator[Mistake]:
        value = node.value
        if isinstance(value, bool):
            yield self.changed("flag", node, repr(not value))
        elif isinstance(value, int):
            yield self.changed("number", node, repr(value + 1))
        elif isinstance(value, float):
            yield self.changed("number", node, repr(value * 1.5 + (value == 0)))
            if 0 < value < 1 and "momentum" in self.source[: self.place(node)[0]][-10:]:
                yield self.changed("momentum", node, repr(round(1 - value, 10)))
        elif isinstance(value, str) and value in _STRINGS:
            yield self.changed("padding", node, f'"{_STRINGS[value]}"')
        elif isinstance(value, str) and value in _CYCLE:
            yield self.changed("activation", node, f'"{_CYCLE[value]}"')

    def negative(self, node: ast.UnaryOp) -> Iterator[Mistake]:
        inner = node.operand
        if isinstance(node.op, ast.USub) and isinstance(inner, ast.Constant):
            if isinstance(inner.value, int):
                yield self.changed("axis", node, f"-{inner.value + 1}")
            yield self.changed("sign", node, self.text(inner))

    def index(self, node: ast.Subscript) -> Iterator[Mistake]:
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for item in items:
            text = self.text(item)
            if text in ("-1", "0"):
                yield self.changed("index", item, "0" if text == "-1" else "-1")

    def operator(
        self, node: ast.AST, op: ast.operator, left: ast.expr, right: ast.expr
    ) -> Iterator[Mistake]:
        signs = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+")}
        if type(op) not in signs:
            return
        was, now = signs[type(op)]
        start, end = self.place(left)[1], self.place(right)[0]
        between = self.source[start:end]
        edit = Edit(start, end, between.replace(was, now, 1))
        yield Mistake("sign", (left.lineno,), self.text(node), now, (edit,))
        if isinstance(op, ast.Sub) and isinstance(node, ast.BinOp):
            yield self.swapped("order", left, right)

    def call(self, node: ast.Call) -> Iterator[Mistake]:
        name = self.text(node.func).rpartition(".")[2]
        yield from self.activation(node, name)
        yield from self.layer(node, name)
        yield from self.keywords(node)
        if name in _PERMUTING:
            items = node.args
            items = next((a.elts for a in items if isinstance(a, (ast.Tuple, ast.List))), items)
            numbers = [a for a in items if isinstance(a, ast.Constant)]
            yield from self.swaps("permutation", list(numbers))
        if name == "pad" and len(node.args) > 1 and isinstance(node.args[1], ast.Tuple):
            sides = node.args[1].elts
            for one, two in zip(sides[::2], sides[1::2], strict=False):
                yield self.swapped("padding side", one, two)
        if name in _JOINING or isinstance(node.func, ast.Call):
            for argument in node.args:
                if isinstance(argument, (ast.List, ast.Tuple)):
                    yield from self.swaps("order", argument.elts)
                elif isinstance(argument, ast.Call) and self.text(argument.func) == "tuple":
                    yield self.changed("order", argument, self.text(argument) + "[::-1]")
        if name == "Sequential":
            listed = node.args[0] if node.args else None
            items = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else node.args
            yield from self.swaps("order of layers", items)
            for item in items:
                yield self.changed("layer left out", item, self.identity(item))
        tensors = [a for a in node.args if not isinstance(a, (ast.Constant, ast.Starred))]
        if node.args and len(tensors) >= 1 and self.is_applied(node):
            yield self.unwrapped(node)

    def identity(self, item: ast.expr) -> str:
        """A layer that does nothing, so that a line is left to be named."""
        name = "nn.Identity()" if self.framework == "torch" else "keras.layers.Identity()"
        return name + "\n" * self.text(item).count("\n")

    def is_applied(self, node: ast.Call) -> bool:
        """Is this the application of a layer or an operation to a tensor?"""
        function = self.text(node.func)
        if isinstance(node.func, ast.Call) or function.startswith("self."):
            return not function.startswith("self.add") and len(node.args) == 1
        owner, _, name = function.rpartition(".")
        known = ("F", "torch", "ops", "tf", "tf.nn", "keras.ops", "keras.activations")
        return owner in known and (name in _CYCLE or name in ("pad", "max_pool", "average_pool"))

    def unwrapped(self, node: ast.Call) -> Mistake:
        """`f(x)` becomes `(x)`."""
        first = node.args[0]
        start, end = self.place(node)
        inner, outer = self.place(first)
        tail = "\n" * self.source[outer:end].count("\n")
        head = "\n" * self.source[start:inner].count("\n")
        edits = (Edit(start, inner, "(" + head), Edit(outer, end, tail + ")"))
        lines = (node.lineno, node.func.end_lineno or node.lineno)
        return Mistake("call left out", lines, self.text(node), self.text(first), edits)

    def activation(self, node: ast.Call, name: str) -> Iterator[Mistake]:
        wrong = {**_CYCLE, **_MODULES}.get(name)
        end = self.place(node.func)[1]
        if wrong:
            edit = Edit(end - len(name), end, wrong)
            yield Mistake("activation", (node.lineno,), name, wrong, (edit,))

    def layer(self, node: ast.Call, name: str) -> Iterator[Mistake]:
        """Options that a layer has and that are easily forgotten."""
        torch = self.framework == "torch"
        given = {k.arg for k in node.keywords}
        options = []
        if _BIAS.match(name):
            options = ["bias"] if torch else ["use_bias"]
        elif "Norm" in name and torch:
            options = ["elementwise_affine" if name == "LayerNorm" else "affine"]
        elif "Norm" in name:
            options = ["scale", "center"]
        for option in options:
            if option not in given:
                end = self.place(node)[1] - 1
                before = self.source[:end].rstrip()
                comma = "" if before.endswith((",", "(")) else ", "
                edit = Edit(end, end, f"{comma}{option}=False")
                shown = f"{option}=False"
                yield Mistake(f"no {option}", (node.lineno,), self.text(node), shown, (edit,))

    def keywords(self, node: ast.Call) -> Iterator[Mistake]:
        for word in node.keywords:
            value = word.value
            if value in self.unread:
                continue
            inner = value.operand if isinstance(value, ast.UnaryOp) else value
            said = isinstance(inner, ast.Constant) and isinstance(inner.value, str)
            if said and self.text(value)[1:-1] not in (*_CYCLE, *_STRINGS):
                continue
            if word.arg and isinstance(inner, (ast.Constant, ast.Tuple)):
                yield self.removed("default", node, word)

    def removed(self, kind: str, node: ast.Call, item: ast.AST) -> Mistake:
        """An argument goes, with the comma after it, or before it if it is the last."""
        start, end = self.place(item)
        after = re.match(r"\s*,", self.source[end:])
        before = re.search(r",\s*$", self.source[:start])
        if after:
            end += after.end()
        elif before:
            start = before.start()
        gap = "\n" * self.source[start:end].count("\n")
        line = item.lineno if isinstance(item, (ast.expr, ast.keyword)) else node.lineno
        return Mistake(kind, (line,), self.text(item), "", (Edit(start, end, gap),))

    def equal_layers(self, node: ast.ClassDef) -> Iterator[Mistake]:
        """Two layers that are constructed alike, called in each other's place."""
        made: dict[str, list[str]] = {}
        for each in ast.walk(node):
            if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call):
                target = self.text(each.targets[0])
                if target.startswith("self."):
                    made.setdefault(self.text(each.value), []).append(target)
        called = [c.func for c in ast.walk(node) if isinstance(c, ast.Call)]
        called.sort(key=lambda f: (f.lineno, f.col_offset))
        for constructed, names in made.items():
            places = [f for f in called if self.text(f) in names]
            for one, two in pairwise(places):
                mistake = self.swapped("order of equal layers", one, two)
                yield replace(mistake, was=f"{mistake.was}: {constructed}")
