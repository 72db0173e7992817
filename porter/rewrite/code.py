"""Small constructions of syntax that the passes share."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import libcst as cst

from porter.facts import walk

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
Moved = TypeVar("Moved", bound=cst.BaseStatement)


def assign(
    target: str, value: cst.BaseExpression, lead: Sequence[cst.EmptyLine] = ()
) -> cst.SimpleStatementLine:
    """`target = value` as a line."""
    name = cst.parse_expression(target)
    assert isinstance(name, cst.Name | cst.Attribute)
    body = cst.Assign([cst.AssignTarget(name)], value)
    return cst.SimpleStatementLine([body], leading_lines=list(lead))


def class_def(
    name: str,
    base: cst.BaseExpression,
    body: Sequence[cst.BaseStatement],
    lead: Sequence[cst.EmptyLine] = (),
) -> cst.ClassDef:
    """`class name(base): …`."""
    return cst.ClassDef(
        cst.Name(name),
        cst.IndentedBlock(body=list(body)),
        bases=[cst.Arg(base)],
        lpar=cst.LeftParen(),
        rpar=cst.RightParen(),
        leading_lines=list(lead),
    )


def function_def(
    name: str, params: str, body: Sequence[cst.BaseStatement], space: bool = True
) -> cst.FunctionDef:
    """`def name(params): …`, a blank line above where `space`."""
    skeleton = cst.parse_statement(f"def {name}({params}):\n    pass\n")
    assert isinstance(skeleton, cst.FunctionDef)
    return skeleton.with_changes(
        body=cst.IndentedBlock(body=list(body)),
        leading_lines=[cst.EmptyLine(indent=False)] if space else [],
    )


def closed(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """Arguments without the comma that stood behind what is now the last."""
    return [*args[:-1], *(arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in args[-1:])]


def fewer(call: cst.Call, kept: Sequence[cst.Arg]) -> cst.Call:
    """A call with some of its arguments: on one line, unless comments stand between them."""
    if len(kept) == len(call.args):
        return call
    spaces = [call.whitespace_before_args, *(n for arg in call.args for n in _spaces(arg))]
    torn = any(isinstance(space, cst.ParenthesizedWhitespace) for space in spaces)
    if not torn or any(isinstance(n, cst.Comment) for space in spaces for n in walk(space)):
        return call.with_changes(args=closed(kept))
    nothing = cst.SimpleWhitespace("")
    args = [arg.with_changes(whitespace_after_arg=nothing) for arg in kept]
    return call.with_changes(args=spaced(args), whitespace_before_args=nothing)


def _spaces(arg: cst.Arg) -> list[cst.CSTNode]:
    comma = arg.comma
    behind = comma.whitespace_after if isinstance(comma, cst.Comma) else arg.whitespace_after_arg
    return [arg.whitespace_after_arg, behind]


def spaced(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """Arguments on one line, a comma and a space between them."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return closed([arg.with_changes(comma=comma) for arg in args])


def parenthesised(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression that can stand anywhere in another."""
    loose = (cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.Comparison,
             cst.IfExp, cst.Lambda, cst.NamedExpr)  # fmt: skip
    if isinstance(node, loose) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def comments_above(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comment lines that stand over a statement."""
    return [line for line in getattr(statement, "leading_lines", ()) if line.comment is not None]


def comments_around(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comments over a statement and behind it, as lines."""
    behind = getattr(statement, "trailing_whitespace", None)
    last = None if behind is None else behind.comment
    return [*comments_above(statement), *([] if last is None else [cst.EmptyLine(comment=last)])]


def comments_lost(
    before: Iterable[cst.CSTNode], after: Iterable[cst.CSTNode]
) -> list[cst.EmptyLine]:
    """The comments among some nodes that are not among what they have become, as lines."""
    left = Counter(n.value for node in after for n in walk(node) if isinstance(n, cst.Comment))
    lines = []
    for comment in [n for node in before for n in walk(node) if isinstance(n, cst.Comment)]:
        left[comment.value] -= 1
        if left[comment.value] < 0:
            lines.append(cst.EmptyLine(comment=comment))
    return lines


def cell_marks(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    """The lines over a statement that begin a cell: they stay where that is, whatever moves."""
    lines = comments_above(statement)
    return [line for line in lines if line.comment and line.comment.value.startswith("# %%")]


def below_marks(statement: Moved, marks: list[cst.EmptyLine]) -> Moved:
    """A statement below the lines that begin the cells whose code has gone."""
    lines = [*marks, *getattr(statement, "leading_lines", ())]
    return statement.with_changes(leading_lines=lines) if marks else statement


def led(statement: cst.BaseStatement, lines: Sequence[cst.EmptyLine]) -> cst.BaseStatement:
    """A statement with these lines above it."""
    return as_statement(statement.with_changes(leading_lines=list(lines)))


def handed_on(
    parts: Iterable[cst.BaseStatement | Sequence[cst.EmptyLine]],
) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
    """Statements, with lines that stand between them put above what follows; and those left."""
    kept: list[cst.BaseStatement] = []
    waiting: list[cst.EmptyLine] = []
    for part in parts:
        if not isinstance(part, cst.BaseStatement):
            waiting += part
        elif waiting:
            kept.append(led(part, [*waiting, *getattr(part, "leading_lines", ())]))
            waiting = []
        else:
            kept.append(part)
    return kept, waiting


def as_statement(node: object) -> cst.BaseStatement:
    """A visitor's answer, which is a statement again."""
    assert isinstance(node, cst.BaseStatement)
    return node


def class_name(text: str) -> str:
    """`build_dce_net` → `DceNet`: a class's name from a function's or variable's."""
    words = [w for w in re.split(r"[^0-9A-Za-z]+", text) if w]
    if words and words[0] in ("get", "build", "create", "make", "define", "model"):
        words = words[1:]
    name = "".join(w[:1].upper() + w[1:] for w in words)
    if name in ("", "Model", "Net", "Network"):
        return "Net"
    return name if name[:1].isalpha() else f"Model{name}"


def unique(name: str, taken: Iterable[str]) -> str:
    """`name`, or with the first free number behind it."""
    used = set(taken)
    if name not in used and not keyword.iskeyword(name):
        return name
    number = 2
    while f"{name}{number}" in used:
        number += 1
    return f"{name}{number}"


def snake_case(name: str) -> str:
    """`BatchNorm2d` → `batch_norm2d`, `LeakyReLU` → `leaky_relu`."""
    name = re.sub(r"(?<=[a-z])LU", "lu", name)
    name = name.replace("PRelu", "Prelu")
    name = re.sub(r"Re(?=lu)", "Re", name)
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", parts).lower()


def is_todo(line: cst.EmptyLine) -> bool:
    """Whether a comment line is one of ours."""
    return line.comment is not None and line.comment.value.startswith("# porter: todo[")


def is_marked(statement: cst.CSTNode) -> bool:
    """Whether an earlier run left a line as it was, and said so above it."""
    return isinstance(statement, cst.SimpleStatementLine) and any(
        is_todo(line) for line in statement.leading_lines
    )


_OPPOSITE: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.Equal: cst.NotEqual,
    cst.Is: cst.IsNot,
    cst.In: cst.NotIn,
}
_OPPOSITE |= {other: one for one, other in _OPPOSITE.items()}


def negated(test: cst.BaseExpression) -> cst.BaseExpression:
    """The opposite of a test, as people write it."""
    match test:
        case cst.UnaryOperation(operator=cst.Not()):
            return test.expression
        case cst.Comparison(comparisons=[only]) if type(only.operator) in _OPPOSITE:
            operator = _OPPOSITE[type(only.operator)]()
            return test.with_changes(comparisons=[only.with_changes(operator=operator)])
    return cst.UnaryOperation(cst.Not(), parenthesised(test))


def said(statement: cst.CSTNode) -> str | None:
    """The name that a statement gives a value, where that is all it does."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(cst.Name(name))])]):
            return name
    return None


def guarded(node: cst.CSTNode) -> str | None:
    """The name that a branch gives a value, where that is all it does: `if n is None: n = 3`."""
    match node:
        case cst.If(orelse=None, body=cst.IndentedBlock(body=[line])):
            return said(line)
    return None
