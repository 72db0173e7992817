"""Sizes that layers are made with, told to the classes that make them.

A helper that reads `x.shape[-1]` is told `in_channels`, and what it gives back it calls its
`out_channels`; a loop in which a size grows reckons it from turn to turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

Key = tuple[str, int]


@dataclass(frozen=True, eq=False)
class Turn:
    """A size that a loop changes: its variable, what it is before, and after each turn."""

    variable: str
    tensor: str
    axis: int
    start: cst.BaseExpression
    end: cst.BaseExpression


@dataclass(eq=False)
class Sizes:
    """What is written for sizes.

    `reads` are the expressions that take the place of what reads a tensor's size; `asked` the
    constructor's arguments of a helper, by tensor and axis, `given` what each of its calls says
    for them; `told` the attributes that say the sizes of its result, `kept` the variables for them
    behind a call; `turns` those of a loop. `layers` are the last sizes of what layers are applied
    to, where only names of this kind say them.
    """

    reads: dict[cst.CSTNode, cst.BaseExpression] = field(default_factory=dict)
    layers: dict[cst.CSTNode, cst.BaseExpression] = field(default_factory=dict)
    asked: dict[cst.CSTNode, dict[Key, str]] = field(default_factory=dict)
    given: dict[cst.CSTNode, dict[Key, cst.BaseExpression]] = field(default_factory=dict)
    told: dict[cst.CSTNode, dict[int, tuple[str, cst.BaseExpression]]] = field(default_factory=dict)
    kept: dict[cst.CSTNode, dict[int, str]] = field(default_factory=dict)
    turns: dict[cst.CSTNode, dict[Key, Turn]] = field(default_factory=dict)
    names: dict[cst.CSTNode, dict[str, str]] = field(default_factory=dict)

    def copy(self) -> Sizes:
        """The same, to be changed apart."""
        parts = (self.asked, self.given, self.told, self.kept, self.turns, self.names)
        copies = [{node: dict(each) for node, each in part.items()} for part in parts]
        return Sizes(dict(self.reads), dict(self.layers), *copies)  # type: ignore[arg-type]

    def leading(self, helper: cst.CSTNode, call: cst.CSTNode) -> list[cst.BaseExpression]:
        """The sizes with which a call makes a helper's module."""
        given = self.given.get(call, {})
        return [given[key] for key in self.asked.get(helper, {})]

    def variables(self, home: cst.CSTNode) -> set[str]:
        """The names that stand for sizes in a function."""
        return set(self.names.get(home, {}).values())
