"""Filling a rule's template: parameters become the call's own arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import libcst as cst

from porter.facts import dotted
from porter.rewrite.code import fewer, parenthesised, spaced
from porter.rewrite.spelling import Spelling
from porter.rulebook import FUNCTIONS, UNKNOWN, Expression, Symbol, Term, is_known, known, write

Nodes = Mapping[str, cst.BaseExpression]
AXES = ("dim", "axis")
# What an expression of several parts has to stand in parentheses in.
OPERATORS = (
    cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.Comparison,
    cst.ComparisonTarget, cst.Attribute, cst.Subscript, cst.Await,
)  # fmt: skip
FRAMEWORK_ROOTS = ("torch", "keras", "tensorflow")


class Unwritable(Exception):
    """A template needs something that cannot be written in this place."""


@dataclass(frozen=True)
class Axes:
    """Where axes stand in the order in which the target holds the tensors."""

    names: frozenset[str]
    moved: Callable[[Term], Term]


def fill(
    template: Expression,
    env: Mapping[str, Term],
    nodes: Nodes,
    spelling: Spelling,
    writer: Callable[[Term], str],
    axes: Axes | None = None,
    defaults: Callable[[str], Mapping[str, Term]] | None = None,
) -> cst.BaseExpression:
    """The template as an expression of the target; raises Unwritable.

    `nodes` are the expressions for names; what else is in `env` is written by `writer`.
    Sub-expressions of rule functions and arithmetic are folded; `axes` moves what is an axis.
    An argument that comes to one of the `defaults` of what is called is not written.
    """
    tree = cst.parse_expression(" ".join(template.text.split()))
    filled = tree.visit(_Filler(env, nodes, spelling, writer, axes, defaults))
    assert isinstance(filled, cst.BaseExpression)
    return filled


class _Filler(cst.CSTTransformer):
    def __init__(
        self,
        env: Mapping[str, Term],
        nodes: Nodes,
        spelling: Spelling,
        writer: Callable[[Term], str],
        axes: Axes | None,
        defaults: Callable[[str], Mapping[str, Term]] | None,
    ) -> None:
        super().__init__()
        self.env, self.nodes, self.spelling, self.writer = env, nodes, spelling, writer
        self.axes, self.defaults = axes, defaults
        self.skip: set[cst.CSTNode] = set()
        self.places: dict[str, set[cst.CSTNode]] = {}
        self.moved: set[cst.CSTNode] = set()

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Arg) and self.axes is not None and _is_axis(node):
            self.moved.add(node.value)
        if isinstance(node, cst.BaseExpression) and self._folded(node) is not None:
            return False
        if isinstance(node, cst.Attribute) and self._api(node) is not None:
            return False
        if isinstance(node, cst.Arg) and node.keyword is not None:
            self.skip.add(node.keyword)
        if isinstance(node, cst.Attribute):
            self.skip.add(node.attr)
        return True

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        if isinstance(original, cst.Arg) and isinstance(updated, cst.Arg):
            return (
                updated if original.value.lpar else updated.with_changes(value=bare(updated.value))
            )
        if original in self.skip or not isinstance(original, cst.BaseExpression):
            return updated
        folded = self._folded(original)
        if folded is not None:
            return folded
        api = self._api(original)
        if api is not None:
            return self.spelling.name(api)
        if isinstance(updated, cst.Name):
            return updated.with_changes(value=self.spelling.own(updated.value).value)
        if isinstance(updated, cst.Attribute):
            return updated.with_changes(value=receiver(updated.value))
        if isinstance(updated, cst.Call) and _callee(original) == "joined":
            return _joined(updated)
        if isinstance(original, cst.Call) and isinstance(updated, cst.Call):
            return _reduced(self._shortened(original, updated))
        return _signed(updated) if isinstance(updated, cst.BinaryOperation) else updated

    def _shortened(self, original: cst.Call, updated: cst.Call) -> cst.Call:
        """A call without what it says by default, where the template names a parameter there."""
        helper = original.func.value if isinstance(original.func, cst.Name) else None
        api = self._api(original.func) or helper
        if api is None or self.defaults is None:
            return updated
        defaults = self.defaults(api)

        def needless(written: cst.Arg, arg: cst.Arg) -> bool:
            name = arg.keyword.value if arg.keyword is not None else ""
            default = defaults.get(name, UNKNOWN)
            return isinstance(written.value, cst.Name) and _is_literal(arg.value, default)

        pairs = list(zip(original.args, updated.args, strict=True))
        kept = [arg for written, arg in pairs if _is_axis(arg) or not needless(written, arg)]
        # PyTorch wants `dim` where `keepdim` is given, whatever its default.
        if len(kept) > 1 and _is_axis(kept[-1]) and all(a.keyword is None for a in kept[:-1]):
            last = next(written for written, arg in pairs if arg is kept[-1])
            kept = kept[:-1] if needless(last, kept[-1]) else kept
        return fewer(updated, kept)

    def _api(self, node: cst.CSTNode) -> str | None:
        name = dotted(node)
        if name and "." in name and name.split(".", 1)[0] in FRAMEWORK_ROOTS:
            return name
        return None

    def _folded(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """A parameter's own expression, or a formula's result written down."""
        if isinstance(node, cst.Name):
            if node.value in self.nodes:
                self._count(node)
                return parenthesised(self.nodes[node.value])
            if node.value in self.env:
                term = self.env[node.value]
                if self.axes is not None and node.value in self.axes.names:
                    term = self.axes.moved(term)
                return self._written(term, node.value)
            return None
        if node in self.moved and self.axes is not None and _literal(node) is not None:
            return self._written(self.axes.moved(_literal(node)), "axis")
        listed = _element(node, self.nodes)
        if listed is not None:
            return parenthesised(listed)
        formula = isinstance(node, cst.Call) and _callee(node) in FUNCTIONS
        arithmetic = isinstance(node, cst.BinaryOperation | cst.Subscript | cst.IfExp)
        if not formula and not arithmetic:
            return None
        tree = ast.parse(cst.Module([]).code_for_node(node), mode="eval").body
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - set(FUNCTIONS)
        if not names or not names <= set(self.env) or names & _OPAQUE:
            return None
        term = Expression(ast.unparse(tree)).evaluate(self.env)
        # A size that is not known is None in a shape.
        if term is UNKNOWN or (term is None and isinstance(node, cst.Subscript)):
            if formula:
                raise Unwritable(f"{ast.unparse(tree)} could not be worked out")
            return None
        if node in self.moved and self.axes is not None:
            term = self.axes.moved(term)
        return self._written(term, ast.unparse(tree))

    def _count(self, node: cst.Name) -> None:
        """Refuse to write twice what does something, or draws something, when it is run."""
        places = self.places.setdefault(node.value, set())
        places.add(node)
        if len(places) > 1 and not repeatable(self.nodes[node.value]):
            raise Unwritable("an argument would be computed twice: give it a name first")

    def _written(self, term: Term, name: str) -> cst.BaseExpression | None:
        if term is UNKNOWN:
            raise Unwritable(f"{name} is not known")
        try:
            written = spelled(cst.parse_expression(self.writer(term)), self.spelling)
            return parenthesised(written)
        except ValueError:
            return None


def _signed(sum_: cst.BinaryOperation) -> cst.BinaryOperation:
    """`x + (-1)` as `x - 1`, as people write it."""
    right = sum_.right
    if not isinstance(sum_.operator, cst.Add) or not isinstance(right, cst.UnaryOperation):
        return sum_
    if not isinstance(right.operator, cst.Minus):
        return sum_
    return sum_.with_changes(operator=cst.Subtract(), right=right.expression)


def _element(node: cst.BaseExpression, nodes: Nodes) -> cst.BaseExpression | None:
    """The one of an argument's list that `name[0]` stands for."""
    if not isinstance(node, cst.Subscript) or not isinstance(node.value, cst.Name):
        return None
    listed = nodes.get(node.value.value)
    place = node.slice[0].slice
    if not isinstance(listed, cst.List | cst.Tuple) or not isinstance(place, cst.Index):
        return None
    index, elements = _literal(place.value), listed.elements
    if index is None or not 0 <= index < len(elements):
        return None
    starred = any(isinstance(e, cst.StarredElement) for e in elements)
    return None if starred else elements[index].value


def _is_axis(arg: cst.Arg) -> bool:
    return arg.keyword is not None and arg.keyword.value in AXES


def _is_literal(node: cst.BaseExpression, value: Term) -> bool:
    """Whether an expression is this value written down; True is not 1."""
    if not is_known(value):
        return False
    try:
        written = ast.literal_eval(cst.Module([]).code_for_node(node))
    except ValueError:
        return False
    return type(written) is type(known(value)) and bool(written == known(value))


def _literal(node: cst.BaseExpression) -> int | None:
    """A whole number written in a template."""
    sign = 1
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        sign, node = -1, node.expression
    return sign * int(node.value) if isinstance(node, cst.Integer) else None


_OPAQUE = {"inputs"}


def _callee(node: cst.CSTNode) -> str | None:
    return dotted(node.func) if isinstance(node, cst.Call) else None


def _joined(call: cst.Call) -> cst.BaseExpression:
    """`joined('+', [a, b, c])` as `a + b + c`."""
    operator, sequence = call.args[0].value, call.args[1].value
    if not isinstance(sequence, cst.List | cst.Tuple) or not isinstance(operator, cst.SimpleString):
        raise Unwritable("what is joined must be written as a list")
    if not sequence.elements or any(isinstance(e, cst.StarredElement) for e in sequence.elements):
        raise Unwritable("what it joins is not known here")
    code = cst.Module([]).code_for_node
    parts = [code(parenthesised(element.value)) for element in sequence.elements]
    return cst.parse_expression(f" {operator.evaluated_value!s} ".join(parts))


def _reduced(call: cst.Call) -> cst.BaseExpression:
    """`print(*(a, b))` as `print(a, b)`, and `(lambda: a)()` as `a`."""
    if isinstance(call.func, cst.Lambda) and not call.args and not call.func.params.children:
        return parenthesised(call.func.body)
    args: list[cst.Arg] = []
    for arg in call.args:
        if arg.star == "*" and isinstance(arg.value, cst.Tuple | cst.List):
            args += [_argument(element) for element in arg.value.elements]
        else:
            args.append(arg)
    return call if args == list(call.args) else call.with_changes(args=spaced(args))


def _argument(element: cst.BaseElement) -> cst.Arg:
    starred = isinstance(element, cst.StarredElement)
    return cst.Arg(bare(element.value), star="*" if starred else "")


def bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """An argument without redundant parentheses of one line."""
    if isinstance(node, cst.Tuple | cst.GeneratorExp | cst.NamedExpr) or len(node.lpar) != 1:
        return node
    if isinstance(node.lpar[0].whitespace_after, cst.ParenthesizedWhitespace):
        return node
    return node.with_changes(lpar=[], rpar=[])


def repeatable(node: cst.BaseExpression) -> bool:
    """Whether an expression may be written twice: it calls no layer and draws no numbers."""
    stack: list[cst.CSTNode] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, cst.Call):
            name = dotted(each.func) or ""
            last = name.rsplit(".", 1)[-1]
            if "." not in name or name.startswith("self.") or last.startswith(("rand", "dropout")):
                return False
        if isinstance(each, cst.NamedExpr | cst.Await | cst.Yield):
            return False
        stack += each.children
    return True


def receiver(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression that can stand before a dot: `1.shape` is no Python."""
    if isinstance(node, cst.BaseNumber) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return parenthesised(node)


def spelled(node: cst.BaseExpression, spelling: Spelling) -> cst.BaseExpression:
    """A framework's constant (`torch.float32`) as the file spells it."""
    name = dotted(node)
    if name and "." in name and name.split(".", 1)[0] in FRAMEWORK_ROOTS:
        return spelling.name(name)
    return node


def visible_writer(visible: Callable[[str], bool]) -> Callable[[Term], str]:
    """A writer of terms that names only what can be seen; raises Unwritable for the rest."""

    def write_visible(term: Term) -> str:
        return write(_visible(term))

    def _visible(term: Term) -> Term:
        if isinstance(term, tuple):
            return tuple(_visible(t) for t in term)
        if isinstance(term, list):
            return [_visible(t) for t in term]
        if isinstance(term, Symbol) and not all(map(visible, term.names)):
            if is_known(term):
                return known(term)
            raise Unwritable(f"{term.text} is not visible here")
        if term is None or isinstance(term, Symbol | bool | int | float | str):
            return term
        raise Unwritable("this cannot be written down")

    return write_visible
