"""Lines that porter wrote, broken where they pass the margin that the file keeps to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from porter.rewrite.cut.syntax import Origins

# A margin that projects set for themselves, and what is hard to read beside a diff.
_LEAST, _MOST = 100, 120
_STEP = 4
_NOTHING = cst.SimpleWhitespace("")


def within_margin(module: cst.Module, before: cst.Module, origins: Origins) -> cst.Module:
    """The module with calls and parameters on lines of their own, where a line gets too long.

    What was as long `before` stays; `origins` notes what changes.
    """
    lines = before.code.splitlines()
    lengths = [len(line) for line in lines if len(line) <= _MOST]
    pen = _Pen(module, max([_LEAST, *lengths]), frozenset(map(str.strip, lines)), origins)
    found: dict[cst.CSTNode, cst.CSTNode] = {}
    for statement, column in _statements(module, 0):
        found |= pen.broken(statement, column)
    return origins.replaced(module, found) if found else module


def _statements(node: cst.CSTNode, column: int) -> Iterator[tuple[cst.CSTNode, int]]:
    """Simple statements and definitions, with where their lines begin."""
    for child in node.children:
        inside = column + _STEP if isinstance(child, cst.IndentedBlock) else column
        if isinstance(child, cst.SimpleStatementLine | cst.FunctionDef):
            yield child, column
        if isinstance(child, cst.BaseCompoundStatement | cst.BaseSuite | cst.Else):
            yield from _statements(child, inside)


class _Pen:
    """How statements are written: the margin, and the lines that are the author's."""

    def __init__(
        self, module: cst.Module, margin: int, kept: frozenset[str], origins: Origins
    ) -> None:
        self.module, self.margin, self.kept, self.origins = module, margin, kept, origins

    def broken(self, statement: cst.CSTNode, column: int) -> dict[cst.CSTNode, cst.CSTNode]:
        """What stands in for the parts of a statement that does not fit on its line."""
        if isinstance(statement, cst.FunctionDef):
            return self._header(statement, column)
        match statement:
            case cst.SimpleStatementLine(
                body=[cst.Assign(value=value) | cst.Expr(value=value) | cst.Return(value=value)]
            ) if isinstance(value, cst.Call):
                text = self._text(statement.with_changes(leading_lines=[]))
                return self._value(value, text, column) if self._is_long(text, column) else {}
        return {}

    def _value(self, value: cst.Call, text: str, column: int) -> dict[cst.CSTNode, cst.CSTNode]:
        """The call of a chain that says most, where a line for the rest is short enough."""
        length, longest = max(
            ((self._given(call), call) for call in _chained(value)), key=lambda pair: pair[0]
        )
        fits = longest.args and column + len(text) - length <= self.margin
        return {longest: self._call(longest, column, 1)} if fits else {}

    def _text(self, node: cst.CSTNode) -> str:
        return self.module.code_for_node(node).strip()

    def _given(self, call: cst.Call) -> int:
        """How long the arguments of a call are."""
        return sum(len(self._text(arg)) for arg in call.args)

    def _is_long(self, text: str, column: int) -> bool:
        short = "\n" in text or column + len(text) <= self.margin
        return not short and text not in self.kept

    def _call(self, call: cst.Call, column: int, level: int) -> cst.Call:
        """A call with its arguments on the next line, or on one each."""
        plain = [a.with_changes(comma=cst.MaybeSentinel.DEFAULT) for a in call.args]
        texts = [self._text(arg) for arg in plain]
        inside = column + _STEP
        together = inside + len(", ".join(texts)) <= self.margin
        args = []
        for old, arg, text in zip(call.args, plain, texts, strict=True):
            value, long = arg.value, not together and inside + len(text) >= self.margin
            if long and isinstance(value, cst.Call) and value.args:
                arg = arg.with_changes(value=self._call(value, inside, level + 1))
            args.append(self.origins.note(arg.with_changes(whitespace_after_arg=_NOTHING), old))
        made = call.with_changes(
            args=_separated(args, level, together), whitespace_before_args=_line(level)
        )
        return self.origins.note(made, call)

    def _header(self, node: cst.FunctionDef, column: int) -> dict[cst.CSTNode, cst.CSTNode]:
        params = node.params
        starred = params.kwonly_params or params.posonly_params
        if starred or isinstance(params.star_arg, cst.Param) or not params.params:
            return {}
        alone = cst.SimpleStatementSuite([cst.Pass()])
        head = self._text(node.with_changes(body=alone, decorators=[], leading_lines=[]))
        if not self._is_long(head.removesuffix(" pass"), column):
            return {}
        every = [*params.params, *([params.star_kwarg] if params.star_kwarg else [])]
        plain = [
            p.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_param=_NOTHING)
            for p in every
        ]
        texts = [self._text(p.with_changes(star=_star(p))) for p in plain]
        together = column + _STEP + len(", ".join(texts)) <= self.margin
        made = _separated(plain, 1, together)
        last = made.pop() if params.star_kwarg else None
        new = params.with_changes(params=made, star_kwarg=last)
        return {params: new, node.whitespace_before_params: _line(1)}


def _chained(call: cst.Call) -> Iterator[cst.Call]:
    """A call, and those whose results its methods are called on: `f(x).permute(0, 2, 1)`."""
    node: cst.BaseExpression = call
    while isinstance(node, cst.Call):
        yield node
        node = node.func.value if isinstance(node.func, cst.Attribute) else node.func


def _star(param: cst.Param) -> str:
    return param.star if isinstance(param.star, str) else ""


def _separated(items: Sequence[Any], level: int, together: bool) -> list[Any]:
    """Arguments or parameters with what stands between them, and behind the last."""
    space = cst.SimpleWhitespace(" ") if together else _line(level)
    made = [item.with_changes(comma=cst.Comma(whitespace_after=space)) for item in items[:-1]]
    if not together:
        return [*made, items[-1].with_changes(comma=cst.Comma(whitespace_after=_line(level - 1)))]
    after = "whitespace_after_arg" if isinstance(items[-1], cst.Arg) else "whitespace_after_param"
    return [*made, items[-1].with_changes(**{after: _line(level - 1)})]


def _line(level: int) -> cst.ParenthesizedWhitespace:
    """A new line, so many steps in from where the statement begins."""
    return cst.ParenthesizedWhitespace(
        indent=True, last_line=cst.SimpleWhitespace(" " * (_STEP * level))
    )
