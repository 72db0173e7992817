"""Attributes that a Keras layer or model keeps for itself: a module's own gets an underscore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import class_around

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

# Properties of keras.Model without a setter (Keras 3.15).
RESERVED = frozenset(
    {
        "compute_dtype", "dtype", "input", "input_dtype", "layers", "losses", "metrics",
        "metrics_names", "metrics_variables", "non_trainable_variables", "non_trainable_weights",
        "output", "path", "quantization_mode", "trainable_variables", "trainable_weights",
        "variable_dtype", "variables", "weights",
    }
)  # fmt: skip


def renamed(rw: Rewriter, original: cst.Attribute, updated: cst.Attribute) -> cst.Attribute:
    """`self.layers` of a PyTorch module as `self.layers_`; said once for each name."""
    name = original.attr.value
    if rw.side != "torch" or name not in RESERVED:
        return updated
    if not isinstance(original.value, cst.Name) or original.value.value != "self":
        return updated
    if class_around(original, rw.parents) not in rw.facts.root_classes | rw.facts.inner_classes:
        return updated
    rw.findings.once(original, "reserved-attribute", f"Keras keeps self.{name} for itself: {name}_")
    return updated.with_changes(attr=cst.Name(f"{name}_"))
