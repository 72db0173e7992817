"""Which classes of the program are layers or models."""

from __future__ import annotations

from porter.facts.values import Api, Class
from porter.rulebook import Rulebook, Side

MODULE_BASES = {
    "keras": ("keras.Model", "keras.layers.Layer", "keras.Layer", "tensorflow.Module"),
    "torch": ("torch.nn.Module",),
}


def computes(cls: Class, rulebook: Rulebook, side: Side) -> str:
    """The method that a module's call runs: TensorFlow's own modules have no other than that."""
    if side == "torch":
        return "forward"
    plain = any(
        isinstance(base, Api) and rulebook.canonical(base.name) == "tensorflow.Module"
        for base in cls.ancestors()
    )
    return "__call__" if plain and cls.lookup("call") is None else "call"


def is_module(cls: Class, rulebook: Rulebook, side: Side) -> bool:
    """Whether a class of the program is a layer or model of the framework."""
    return any(
        isinstance(base, Api) and rulebook.canonical(base.name) in MODULE_BASES[side]
        for base in cls.ancestors()
    )
