"""The idiom for a recurrent layer's state: `_, (h_n, _) = self.lstm(x)`, then `h_n`."""

from __future__ import annotations

import libcst as cst


def unpacked(line: cst.SimpleStatementLine) -> list[cst.SimpleStatementLine]:
    """A line that reads `call(…)[1][0]` as two: the state unpacked, then used."""
    finder = _StateFinder()
    rest = line.visit(finder)
    if len(finder.calls) != 1 or not isinstance(rest, cst.SimpleStatementLine):
        return [line]
    ignored = cst.Element(cst.Name("_"))
    inner = cst.Tuple([cst.Element(cst.Name("h_n")), ignored])
    target = cst.Tuple([ignored.deep_clone(), cst.Element(inner)], lpar=[], rpar=[])
    first = cst.Assign([cst.AssignTarget(target)], finder.calls[0])
    return [cst.SimpleStatementLine([first]), rest]


class _StateFinder(cst.CSTTransformer):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[cst.Call] = []

    def leave_Subscript(  # noqa: N802
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        inner = updated_node.value
        if _index(updated_node) == "0" and isinstance(inner, cst.Subscript):
            call = inner.value
            if _index(inner) == "1" and isinstance(call, cst.Call):
                self.calls.append(call)
                return cst.Name("h_n")
        return updated_node


def _index(node: cst.Subscript) -> str | None:
    element = node.slice[0].slice if len(node.slice) == 1 else None
    if isinstance(element, cst.Index) and isinstance(element.value, cst.Integer):
        return element.value.value
    return None
