"""The arguments of one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.values import Collated, Const, Dict, Scope, Sequence, Tensor, Unknown, Value
from porter.rulebook import Rule, Side, Signature, SignatureMismatch, is_known

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
        spelling = rule.spelling(side, api)
        bound = spelling.bind(list(self.positional), dict(self.keywords))
        joined = {name: _joined(value) for name, value in bound.items()}
        _refuse_misplaced(rule.signatures[side], joined)
        return joined

    def with_tensors(self) -> Arguments:
        """What is not known, given to a model from outside, is a tensor."""
        loose = (Unknown, Collated)
        known = tuple((n, Tensor() if isinstance(v, loose) else v) for n, v in self.positional)
        return Arguments(known, self.keywords, self.open)

    def with_first(self, name: str) -> Arguments:
        """The one argument that is given by this name as if it stood first."""
        if self.positional or name not in self.keywords:
            return self
        rest = {key: given for key, given in self.keywords.items() if key != name}
        return Arguments((self.keywords[name],), rest, self.open)

    @property
    def values(self) -> list[Value]:
        return [value for _, value in self.positional]

    @property
    def every(self) -> list[Value]:
        """The values of all arguments, those given by keyword last."""
        return self.values + [value for _, value in self.keywords.values()]


def _refuse_misplaced(signature: Signature, bound: dict[str, Given]) -> None:
    """An axis and a tensor in each other's place: the order of an older version.

    `tf.concat(1, tensors)` and `tf.split(1, 3, tensor)` took the axis first.
    """
    data = [p.name for p in signature.parameters if p.is_tensor][:1]
    number = any(_literal(bound[name][1]) for name in data if name in bound)
    for parameter in signature.parameters:
        if parameter.type != "axis" or parameter.name not in bound:
            continue
        value = bound[parameter.name][1]
        each = value.items if isinstance(value, Sequence) else [value]
        unknown = number and not all(_literal(item) for item in each)
        if unknown or any(isinstance(item, Tensor) for item in each):
            raise SignatureMismatch(
                f"{parameter.name} is given a tensor: the arguments stand in another order"
            )


def _literal(value: Value) -> bool:
    return isinstance(value, Const) and is_known(value.term)


def _joined(value: object) -> Given:
    if isinstance(value, tuple) and all(isinstance(v, tuple) for v in value):
        nodes = [cst.Element(node) for node, _ in value]
        return cst.Tuple(nodes), Sequence("tuple", [v for _, v in value])
    return value  # type: ignore[return-value]


def _spread(node: cst.BaseExpression, value: Sequence) -> list[Given]:
    """What `*sizes` gives, one by one: `sizes[0]`, `sizes[1]` …"""
    if isinstance(node, cst.Name | cst.Attribute):
        return [(item_of(node, i), item) for i, item in enumerate(value.items)]
    return [(node, item) for item in value.items]


def item_of(node: cst.BaseExpression, position: int) -> cst.Subscript:
    """`node[position]`, which the program does not say itself."""
    index = cst.SubscriptElement(cst.Index(cst.Integer(str(position))))
    return cst.Subscript(node, [index])


def evaluate_arguments(it: Interpreter, node: cst.Call, scope: Scope) -> Arguments:
    """The arguments of a call, stars unpacked where their items are known."""
    positional: list[Given] = []
    keywords: dict[str, Given] = {}
    is_open = False
    for arg in node.args:
        value = it.evaluate(arg.value, scope)
        if arg.star == "*":
            is_open = is_open or not isinstance(value, Sequence) or value.open
            if isinstance(value, Sequence):
                positional += _spread(arg.value, value)
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
