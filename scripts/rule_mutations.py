"""Every small change that one may make to one field of a rule by mistake.

A rule is its plain data, as `Rulebook.raw` has it. What people read (notes, pages, traps), what a
proof draws and how far apart an optimiser's steps may be is left alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, get_args

from rule_mutation import Mutation, Path, Raw, said_anyway

from porter.rulebook import SIDES, Rule, Side
from porter.rulebook.rule import Layout

# What holds expressions, in a rule and in its cases.
_EXPRESSIONS = (
    "args", "infer", "fixed", "keras", "torch", "set", "when", "assume", "write", "call",
    "before", "after", "weights", "shape",
)  # fmt: skip
# A parameter of such a type is read, if at all, before the rule is asked.
_UNREAD = ("initializer", "regularizer", "constraint", "name", "ignored")
_WORDS = {
    "valid": "same", "same": "valid", "mean": "sum", "sum": "mean", "none": "mean",
    "concat": "sum", "tanh": "relu", "relu": "tanh", "sigmoid": "tanh", "zeros": "reflect",
    "constant": "reflect", "reflect": "symmetric", "floor": "trunc", "trunc": "floor",
    "channels_last": "channels_first", "channels_first": "channels_last",
    "nearest": "bilinear", "bilinear": "nearest", "float32": "int32", "int32": "float32",
    "int64": "int32", "xy": "ij", "ij": "xy",
}  # fmt: skip
# `{k}`, the number of a layer, while an expression is parsed.
_LAYER = "__layer__"
_OPERATORS: Mapping[type[ast.AST], type[Any]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def mutations(raw: Raw, rule: Rule, types: Mapping[str, str]) -> Iterator[Mutation]:
    """Every mistake of one field that a rule offers; `types` are those of its rulebook."""
    yield from _in_signatures(raw, rule)
    for path, table in _tables(raw):
        for mutation in (*_in_expressions(path, table), *_in_table(path, table)):
            if not said_anyway(mutation, raw, rule, types):
                yield mutation


def _tables(raw: Raw) -> Iterator[tuple[Path, Raw]]:
    """The rule and its cases: what has fields of its own."""
    yield (), raw
    for number, case in enumerate(raw.get("case", ())):
        yield ("case", number), case


def _in_table(path: Path, table: Raw) -> Iterator[Mutation]:
    """What is left out, put elsewhere or named wrongly."""
    for key in ("args", "infer", "weights"):
        entries = table.get(key, {})
        for name in entries:
            yield Mutation(f"{key} left out", (*path, key, name), entries[name], None)
        for one, two in pairwise(entries):
            if entries[one] != entries[two]:
                swapped = entries | {one: entries[two], two: entries[one]}
                yield Mutation(f"{key} swapped", (*path, key), entries, swapped)
    for side in SIDES:
        yield from _of_one_side(path, table, side)
    if "from" in table:
        yield Mutation("from left out", (*path, "from"), table["from"], None)
    if "layout" in table:
        for layout in _other_layouts(table["layout"]):
            yield Mutation("layout", (*path, "layout"), table["layout"], layout)
    for number, name in enumerate(table.get("constant", ())):
        yield Mutation("constant left out", (*path, "constant", number), name, None)


def _other_layouts(layout: str) -> Iterator[str]:
    """Other words for where the axes are. What may follow is as right in the source's order."""
    for word in get_args(Layout):
        if word != layout and not (layout == "follow" and word in ("source", "permute")):
            yield word


def _of_one_side(path: Path, table: Raw, side: Side) -> Iterator[Mutation]:
    """What is left out of the part that is about one side."""
    for key in ("when", "assume", "before", "after", "call"):
        if side in table.get(key, {}):
            yield Mutation(f"{key} left out", (*path, key, side), table[key][side], None)
    for key in ("set", "fixed"):
        for name, text in table.get(key, {}).get(side, {}).items():
            yield Mutation(f"{key} left out", (*path, key, side, name), text, None)
    # In a case, what is fixed stands under the side itself.
    for name, text in table[side].items() if path and side in table else ():
        yield Mutation("fixed left out", (*path, side, name), text, None)


def _in_expressions(path: Path, table: Raw) -> Iterator[Mutation]:
    for key in _EXPRESSIONS:
        if key not in table or (not path and key in SIDES):
            continue
        kind = "fixed" if key in SIDES else key
        for place, text in _texts((*path, key), table[key]):
            for changed in variants(text):
                yield Mutation(kind, place, text, changed)


def _texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts((*path, number), item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts((*path, name), item)


def _in_signatures(raw: Raw, rule: Rule) -> Iterator[Mutation]:
    for side in SIDES:
        if side in raw:
            yield from _in_signature(rule, side, (side,), raw[side])
        for number, text in enumerate(raw.get("also", {}).get(side, ())):
            yield from _in_signature(rule, side, ("also", side, number), text)


def _in_signature(rule: Rule, side: Side, path: Path, text: str) -> Iterator[Mutation]:
    """Another default, or two parameters in each other's place."""
    api, parenthesis, rest = text.partition("(")
    if not parenthesis:
        return
    spelling = rule.spelling(side, api.strip())
    first = rule.signatures[side].by_name

    def unread(argument: ast.arg) -> bool:
        meant = first.get(spelling.meaning.get(argument.arg, ""))
        return meant is None or meant.type in _UNREAD

    def written(changed: ast.arguments) -> str:
        return f"{api}({ast.unparse(changed)})"

    arguments = _arguments(rest)
    for place, argument, default in _defaulted(arguments):
        if unread(argument):
            continue
        for value in _other_defaults(default):
            changed = _arguments(rest)
            defaults: list[Any] = getattr(changed, place[0])
            defaults[place[1]] = value
            yield Mutation("default", path, text, written(changed))
    required = len(arguments.args) - len(arguments.defaults)
    for number, (one, two) in enumerate(pairwise(arguments.args)):
        # What is required stays before what has a default.
        if number + 1 != required and not (unread(one) and unread(two)):
            changed = _arguments(rest)
            _swap(changed.args, number)
            if number >= required:
                _swap(changed.defaults, number - required)
            yield Mutation("order of parameters", path, text, written(changed))


def _swap(items: list[Any], number: int) -> None:
    items[number], items[number + 1] = items[number + 1], items[number]


def _arguments(rest: str) -> ast.arguments:
    function = ast.parse(f"def _({rest}: pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    return function.args


def _defaulted(
    arguments: ast.arguments,
) -> Iterator[tuple[tuple[str, int], ast.arg, ast.expr]]:
    """Where a default stands, of which parameter, and what it is."""
    positional = [*arguments.posonlyargs, *arguments.args]
    offset = len(positional) - len(arguments.defaults)
    for number, default in enumerate(arguments.defaults):
        yield ("defaults", number), positional[offset + number], default
    for number, keyword in enumerate(arguments.kw_defaults):
        if keyword is not None:
            yield ("kw_defaults", number), arguments.kwonlyargs[number], keyword


def _other_defaults(default: ast.expr) -> Iterator[ast.expr]:
    if isinstance(default, ast.Constant) and default.value is None:
        yield ast.Constant(1)
    for node in _changed(default):
        if isinstance(node, ast.expr):
            yield node


def variants(text: str) -> Iterator[str]:
    """The expression with one thing changed in it."""
    tree = ast.parse(text.replace("{k}", _LAYER), mode="eval")
    same = _unordered(tree)
    seen: set[str] = {ast.unparse(tree)}
    for number, node in enumerate(ast.walk(tree)):
        for way in range(len(list(_changed(node)))):
            changed = _Changing(number, way).in_copy(tree)
            written = ast.unparse(changed)
            if written not in seen and _unordered(changed) != same:
                seen.add(written)
                yield written.replace(_LAYER, "{k}")


def _unordered(tree: ast.AST) -> str:
    """An expression in which what something may be one of has no order."""
    tree = copy.deepcopy(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            for choice in node.comparators:
                if isinstance(choice, ast.Tuple | ast.List):
                    choice.elts.sort(key=ast.dump)
    return ast.dump(tree)


class _Changing(ast.NodeTransformer):
    """Changes the n-th node of a tree, as `ast.walk` counts them, in one of its ways."""

    def __init__(self, number: int, way: int) -> None:
        self.number, self.way = number, way
        self.chosen: ast.AST | None = None

    def in_copy(self, tree: ast.Expression) -> ast.Expression:
        copied = copy.deepcopy(tree)
        self.chosen = list(ast.walk(copied))[self.number]
        changed = ast.fix_missing_locations(self.visit(copied))
        assert isinstance(changed, ast.Expression)
        return changed

    def visit(self, node: ast.AST) -> Any:
        if node is self.chosen:
            return list(_changed(node))[self.way]
        return self.generic_visit(node)


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    for kind, change in _CHANGES:
        if isinstance(node, kind):
            yield from change(node)
    if type(node) in _OPERATORS:
        yield _OPERATORS[type(node)]()


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, float):
        yield ast.Constant(value * 1.5 if value else 0.5)
    elif value in _WORDS:
        yield ast.Constant(_WORDS[value])


def _signed(node: ast.UnaryOp) -> Iterator[ast.AST]:
    """The sign or the negation forgotten."""
    yield node.operand


def _joined(node: ast.BoolOp) -> Iterator[ast.AST]:
    """One of several conditions forgotten."""
    for number in range(len(node.values)):
        rest = node.values[:number] + node.values[number + 1 :]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _chosen(node: ast.IfExp) -> Iterator[ast.AST]:
    yield ast.IfExp(node.test, node.orelse, node.body)


def _called(node: ast.Call) -> Iterator[ast.AST]:
    """Two arguments in each other's place, or a keyword forgotten."""
    for args in _swapped(node.args):
        yield ast.Call(node.func, args, node.keywords)
    for number in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:number] + node.keywords[number + 1 :])


def _swapped(items: list[ast.expr]) -> Iterator[list[ast.expr]]:
    for number, (one, two) in enumerate(pairwise(items)):
        if ast.dump(one) != ast.dump(two):
            yield [*items[:number], two, one, *items[number + 2 :]]


def _tupled(node: ast.Tuple) -> Iterator[ast.AST]:
    for items in _swapped(node.elts):
        yield ast.Tuple(items, ast.Load())


def _listed(node: ast.List) -> Iterator[ast.AST]:
    for items in _swapped(node.elts):
        yield ast.List(items, ast.Load())


def _transposed(node: ast.Attribute) -> Iterator[ast.AST]:
    if node.attr == "T":
        yield node.value


_CHANGES: tuple[tuple[type[ast.AST], Callable[[Any], Iterator[ast.AST]]], ...] = (
    (ast.Constant, _constant),
    (ast.UnaryOp, _signed),
    (ast.BoolOp, _joined),
    (ast.IfExp, _chosen),
    (ast.Call, _called),
    (ast.Tuple, _tupled),
    (ast.List, _listed),
    (ast.Attribute, _transposed),
)
