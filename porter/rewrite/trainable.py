"""`model.trainable = False` → `model.requires_grad_(False)`, where that is all it says.

A BatchNormalization that is not trained also takes its stored statistics while the rest trains,
which a parameter's flag does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import (
    UNKNOWN_VALUE,
    Const,
    Dict,
    Function,
    Instance,
    Object,
    Sequence,
    Tensor,
    Value,
    dotted,
)
from porter.rewrite.template import receiver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from porter.rewrite.rewriter import Rewriter

AFTER = (
    "Keras 2 goes on training by itself what was compiled before it was frozen; PyTorch does after "
    "requires_grad_(True)"
)
# Arguments of layers and models that are layers, or come from some.
_HOLDING = ("inputs", "outputs", "layers", "layer", "backward_layer", "cell", "cells")
_PLAIN = (Const, Function, Tensor)


def frozen(rw: Rewriter, original: cst.Assign, updated: cst.Assign) -> cst.Expr | None:
    """A layer or model whose weights are not to change; None for any other assignment."""
    old, new = original.targets[0].target, updated.targets[0].target
    if rw.side != "keras" or len(original.targets) != 1 or not isinstance(old, cst.Attribute):
        return None
    owner = rw.facts.values.get(old.value)
    name = dotted(old.value)
    says = old.attr.value == "trainable" and dotted(original.value) == "False"
    if not says or name in (None, "self") or not rw.is_layer(owner) or _normalises([owner], set()):
        return None
    assert isinstance(new, cst.Attribute)
    rw.findings.add(original, "safe", ".trainable → .requires_grad_()", "trainable", ".trainable")
    if any(f"{name}.parameters()" == each.text for each in rw.facts.optimised.values()):
        rw.findings.once(original, "trainable", AFTER)
    call = cst.Attribute(receiver(new.value), cst.Name("requires_grad_"))
    return cst.Expr(cst.Call(call, [cst.Arg(cst.Name("False"))]))


def _normalises(values: Iterable[Value | None], seen: set[int]) -> bool:
    """Whether some layer in these may be a BatchNormalization."""
    return any(_may_normalise(value, seen) for value in values if id(value) not in seen)


def _may_normalise(value: Value | None, seen: set[int]) -> bool:
    seen.add(id(value))
    match value:
        case Tensor(producer=producer):
            inputs = () if producer is None else (producer.callee, *producer.inputs)
            # What a function or an operator gives has no callee that is known.
            return _normalises((v for v in inputs if v is not UNKNOWN_VALUE), seen)
        case Object():
            own = value.api.rpartition(".")[2].endswith("BatchNormalization")
            given = [v for name, (_, v) in value.given.items() if name in _HOLDING]
            within = [*value.children, *given]
            return own or value.open or value.uncertain or _normalises(within, seen)
        case Instance():
            return _normalises(value.attributes.values(), seen)
        case Sequence():
            return value.open or _normalises(value.items, seen)
        case Dict():
            return _normalises(value.items.values(), seen)
    return not isinstance(value, _PLAIN)
