"""Interpreting a snippet, and asking what is known of a name or a call in it."""

from textwrap import dedent

import libcst as cst

from porter.facts import Facts, Tensor, Value, analyse
from porter.rulebook import load_rulebook, write

TF = "import tensorflow as tf\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n"
TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def facts_of(text: str, side: str = "keras") -> Facts:
    head = TF if side == "keras" else TORCH
    return analyse(cst.parse_module(head + dedent(text)), load_rulebook(()), side)


def value_of(text: str, name: str, side: str = "keras") -> Value:
    """The value of a name of the module after it ran."""
    value = facts_of(text, side).scope.find(name)
    assert value is not None
    return value


def shape_of(text: str, name: str = "y", side: str = "keras") -> list[str] | None:
    """The sizes of a tensor as text, `?` where nobody wrote one down; None without a rank."""
    value = value_of(text, name, side)
    assert isinstance(value, Tensor), value
    if value.shape is None:
        return None
    return [_size(dim) for dim in value.shape]


def _size(dim: object) -> str:
    text = "?" if dim is None else write(dim)
    return "?" if text.startswith("?") else text


def argument(facts: Facts, api: str, name: str) -> str:
    """An argument of the one call of an API, as text."""
    (fact,) = [fact for fact in facts.calls.values() if fact.api == api]
    return write(fact.given[name])


def results_of(facts: Facts, api: str) -> list[list[str]]:
    """The shapes that the calls of an API gave, in the order of the file."""
    found = []
    for node, value in facts.values.items():
        fact = facts.calls.get(node)
        if fact is not None and fact.api == api and isinstance(value, Tensor):
            found.append([_size(dim) for dim in value.shape or ()])
    return found
