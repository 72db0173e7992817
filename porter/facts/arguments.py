"""The arguments of one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.values import Dict, Scope, Sequence, Tensor, Unknown, Value
from porter.rulebook import Rule, Side, SignatureMismatch

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter

Given = tuple[cst.BaseExpression, Value]


@dataclass(frozen=True)
class Arguments:
    """Arguments with the expressions that gave them; `open` where some are not known."""

    positional: tuple[Given, ...]
    keywords: dict[str, Given] = field(default_factory=dict)
    open: bool = False

    def with_receiver(self, node: cst.BaseExpression, receiver: Value) -> Arguments:
        return Arguments(((node, receiver), *self.positional), self.keywords, self.open)

    def bind(self, rule: Rule, side: Side, api: str) -> dict[str, Given]:
        """Arguments by parameter; a variadic parameter holds a tuple. Raises SignatureMismatch."""
        if self.open:
            raise SignatureMismatch(f"{api} is called with * or ** that is not known")
        bound = rule.spelling(side, api).bind(list(self.positional), dict(self.keywords))
        return {name: _joined(value) for name, value in bound.items()}

    def with_tensors(self) -> Arguments:
        """What is not known, given to a model from outside, is a tensor."""
        known = tuple((n, Tensor() if isinstance(v, Unknown) else v) for n, v in self.positional)
        return Arguments(known, self.keywords, self.open)

    @property
    def values(self) -> list[Value]:
        return [value for _, value in self.positional]


def _joined(value: object) -> Given:
    if isinstance(value, tuple) and all(isinstance(v, tuple) for v in value):
        nodes = [cst.Element(node) for node, _ in value]
        return cst.Tuple(nodes), Sequence("tuple", [v for _, v in value])
    return value  # type: ignore[return-value]


def evaluate_arguments(it: Interpreter, node: cst.Call, scope: Scope) -> Arguments:
    """The arguments of a call, stars unpacked where their items are known."""
    positional: list[Given] = []
    keywords: dict[str, Given] = {}
    is_open = False
    for arg in node.args:
        value = it.evaluate(arg.value, scope)
        if arg.star == "*":
            if isinstance(value, Sequence) and not value.open:
                positional += [(arg.value, item) for item in value.items]
            else:
                is_open = True
                if isinstance(value, Sequence):
                    positional += [(arg.value, item) for item in value.items]
        elif arg.star == "**":
            if isinstance(value, Dict) and all(isinstance(k, str) for k in value.items):
                keywords |= {str(k): (arg.value, v) for k, v in value.items.items()}
            else:
                is_open = True
        elif arg.keyword is not None:
            keywords[arg.keyword.value] = (arg.value, value)
        else:
            positional.append((arg.value, value))
    return Arguments(tuple(positional), keywords, is_open)
