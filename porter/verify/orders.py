"""How tensors of the target lie, by what the manifest says of its models and calls."""

from __future__ import annotations

import re
from dataclasses import dataclass

from porter.verify.manifest import Manifest, ModelEntry, Permutation, Site
from porter.verify.observe import Side


@dataclass(frozen=True)
class Orders:
    """How the target lays out what goes in and what comes out."""

    inputs: tuple[Permutation, ...] = ()
    outputs: tuple[Permutation, ...] = ()


def model_orders(manifest: Manifest | None, source: Side) -> Orders:
    """The layouts that the manifest gives the model of a build expression."""
    if manifest is None:
        return Orders()
    models = [m for m in manifest.models if manifest.holds(m.file, str(source.path))]
    named = [m for m in models if re.search(rf"\b{re.escape(m.source)}\b", source.build)]
    chosen: list[ModelEntry] = named or (models if len(models) == 1 else [])
    return Orders(chosen[-1].inputs, chosen[-1].outputs) if chosen else Orders()


def call_order(manifest: Manifest | None, site: Site | None) -> Permutation:
    """How the target lays out the tensor of a call of the source."""
    if manifest is None or site is None:
        return None
    for entry in manifest.calls:
        if manifest.holds(entry.file, site.file) and entry.source.meets(site):
            return entry.permutation
    return None


def order_at(orders: tuple[Permutation, ...], index: int) -> Permutation:
    """The layout of one of several tensors, if it is known."""
    return orders[index] if index < len(orders) else None
