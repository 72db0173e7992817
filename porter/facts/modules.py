"""Which classes of the program are layers or models."""

from __future__ import annotations

from porter.facts.values import Api, Class
from porter.rulebook import Rulebook, Side

MODULE_BASES = {
    "keras": ("keras.Model", "keras.layers.Layer", "keras.Layer", "tensorflow.Module"),
    "torch": ("torch.nn.Module",),
}


def is_module(cls: Class, rulebook: Rulebook, side: Side) -> bool:
    """Whether a class of the program is a layer or model of the framework."""
    return any(
        isinstance(base, Api) and rulebook.canonical(base.name) in MODULE_BASES[side]
        for base in cls.ancestors()
    )
