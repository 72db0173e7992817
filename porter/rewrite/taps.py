"""Tensors of a graph that are read from its layers: `model.get_layer("code").output`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import Facts, Object, Tensor
from porter.rewrite.classes import names_read
from porter.rewrite.code import unique
from porter.rewrite.places import Parents, assigned_name, bound_in, enclosing


@dataclass(frozen=True)
class Taps:
    """Where such tensors are read, by the name that holds each there.

    `kept` are the assignments whose name is soon bound to something else: they bind one more.
    `ends` are calls that stand where a model is made, and so in no assignment of their own.
    """

    names: dict[cst.CSTNode, str] = field(default_factory=dict)
    kept: dict[cst.CSTNode, str] = field(default_factory=dict)
    ends: dict[cst.CSTNode, str] = field(default_factory=dict)

    def bound(self, statement: cst.CSTNode, parents: Parents) -> dict[cst.CSTNode, str]:
        """The calls in a statement that end a model, by the names of their tensors."""
        ends = self.ends.items()
        return {n: name for n, name in ends if enclosing(n, parents)[0] is statement}


def find_taps(facts: Facts, parents: Parents, taken: Iterable[str]) -> Taps:
    """The tensors that layers and models are asked for, made in the same block."""
    taps = Taps()
    used = set(taken)
    models = {model.node for model in facts.models}
    for node, value in facts.values.items():
        if not isinstance(node, cst.Attribute) or node.attr.value not in ("output", "input"):
            continue
        if not isinstance(value, Tensor) or value.producer is None or node not in parents:
            continue
        if not isinstance(facts.values.get(node.value), Object):
            continue
        made = value.producer.node
        if enclosing(made, parents)[1] is not enclosing(node, parents)[1]:
            continue
        name = assigned_name(made, parents)
        if name is None and made not in taps.ends and _ends(made, models, parents):
            taps.ends[made] = unique(_layer_name(value) or "end", used)
            used.add(taps.ends[made])
        if name is None and made in taps.ends:
            taps.names[node] = taps.ends[made]
        if name is None:
            continue
        assignment = parents[made]
        if assignment not in taps.kept and _bound_between(made, node, name, parents):
            taps.kept[assignment] = unique(_layer_name(value) or f"{name}_kept", used)
            used.add(taps.kept[assignment])
        taps.names[node] = taps.kept.get(assignment, name)
    return taps


def _ends(made: cst.CSTNode, models: set[cst.Call], parents: Parents) -> bool:
    """Whether a call stands among the outputs where a model is made."""
    above = parents[made]
    while isinstance(above, cst.Element | cst.List | cst.Tuple | cst.Arg):
        above = parents[above]
    return above in models


class _Named(cst.CSTTransformer):
    """Tensors that are read from layers, by their names."""

    def __init__(self, taps: Taps) -> None:
        super().__init__()
        self.taps = taps

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        name = self.taps.names.get(original_node)
        return updated_node if name is None else cst.Name(name)


def tensors_read(statement: cst.CSTNode, taps: Taps) -> set[str]:
    """The names that a statement reads, a layer's tensor by the name that holds it."""
    named = statement.visit(_Named(taps)) if taps.names else statement
    assert isinstance(named, cst.CSTNode)
    return set(names_read([named]))


def _layer_name(tensor: Tensor) -> str | None:
    """What the layer was called that made a tensor."""
    layer = tensor.producer.callee if tensor.producer is not None else None
    node = layer.given["name"][0] if isinstance(layer, Object) and "name" in layer.given else None
    name = str(node.evaluated_value) if isinstance(node, cst.SimpleString) else ""
    return name if name.isidentifier() else None


def _bound_between(first: cst.CSTNode, last: cst.CSTNode, name: str, parents: Parents) -> bool:
    """Whether a name means something else at `last` than what it was bound to at `first`."""
    begin, block = enclosing(first, parents)
    end, _ = enclosing(last, parents)
    statements = list(block.children)
    between = statements[statements.index(begin) + 1 : statements.index(end)]
    return any(name in bound_in(statement) for statement in between)
