"""The manifest: which attribute of the output holds what, and where each call went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from porter.facts import class_around, dotted
from porter.rewrite.options import Manifest
from porter.rewrite.plan import Plan

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

Positions = Mapping[cst.CSTNode, Any]


def draw_up(rw: Rewriter, before: Positions, after: Positions, path: str) -> Manifest:
    """One file's part of porter.json."""
    return Manifest(
        models=tuple(_models(rw, path)),
        parameters=tuple(_parameters(rw, before, after, path)),
        calls=tuple(_calls(rw, before, after, path)),
    )


def _span(node: cst.CSTNode, positions: Positions) -> dict[str, Any]:
    place = positions.get(node)
    if place is None:
        return {}
    return {
        "line": place.start.line,
        "column": place.start.column + 1,
        "end_line": place.end.line,
        "end_column": place.end.column + 1,
    }


def _models(rw: Rewriter, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _resized(rw, path)
    for graph, plan in rw.classes.items():
        name = dotted(getattr(rw.parents.get(graph.model.node), "targets", [None])[0]) or ""
        source = graph.home.name.value if graph.home is not None else name
        inputs = [
            {"name": n, "shape": _sizes(t.shape), "permutation": None} for n, t in graph.inputs
        ]
        found.append(
            {
                "file": path, "source": source or plan.name, "target": plan.name,
                "inputs": inputs, "outputs": [{"permutation": None} for _ in graph.model.outputs],
                "constructor": list(plan.params),
            }
        )  # fmt: skip
    return found


def _resized(rw: Rewriter, path: str) -> list[dict[str, Any]]:
    """Layers whose constructor takes sizes of its input first, which it did not take before."""
    return [
        {
            "file": path, "source": build.cls.name, "target": build.cls.name,
            "inputs": [], "outputs": [], "constructor": list(build.arguments),
        }
        for build in rw.facts.builds.values()
        if build.arguments
    ]  # fmt: skip


def _sizes(shape: tuple[Any, ...] | None) -> list[int | None] | None:
    if shape is None:
        return None
    return [d if isinstance(d, int) else getattr(d, "value", None) for d in shape]


def _parameters(
    rw: Rewriter, before: Positions, after: Positions, path: str
) -> list[dict[str, Any]]:
    found = []
    placed = set()
    for node, cls, attribute, target, plan in rw.parameters:
        placed.add(node)
        if plan.translation is None:
            # It could not be written after all.
            continue
        found.append(_parameter(rw, plan, node, cls, attribute, target, before, after, path))
    targets = {original: new for original, new, _, _ in rw.spans} | rw.cores
    for node, plan in rw.plans.items():
        if node in placed or plan.translation is None or node not in targets:
            continue
        found.append(_parameter(rw, plan, node, None, None, targets[node], before, after, path))
    bare = [_bare(rw, node, before, after, path) for node in rw.bare]
    return [entry for entry in found if entry["weights"]] + bare


def _bare(
    rw: Rewriter,
    node: cst.CSTNode,
    before: Positions,
    after: Positions,
    path: str,
) -> dict[str, Any]:
    """A weight that a module holds by itself: the same array on both sides."""
    made, attribute = rw.bare[node]
    above = class_around(node, rw.parents)
    named = above is not None and attribute is not None
    place = {"class": above.name.value if above and named else None, "attribute": attribute}
    return {
        "file": path,
        "source": {**place, **_span(node, before)},
        "target": {**place, **_span(made, after)},
        "rule": rw.facts.calls[node].rules[0].id,
        "weights": {"": "value"},
        "constant": [],
    }


def _parameter(
    rw: Rewriter,
    plan: Plan,
    node: cst.CSTNode,
    cls: str | None,
    attribute: str | None,
    target: cst.CSTNode,
    before: Positions,
    after: Positions,
    path: str,
) -> dict[str, Any]:
    assert plan.translation is not None
    own_class, own_attribute = _owner(rw, node)
    return {
        "file": path,
        "source": {"class": own_class, "attribute": own_attribute, **_span(node, before)},
        "target": {
            "class": cls or own_class,
            "attribute": attribute or own_attribute,
            **_span(target, after),
        },
        "rule": plan.translation.rule.id,
        "weights": dict(plan.translation.case.weights or {}),
        "constant": list(plan.translation.case.constant),
    }


def _owner(rw: Rewriter, node: cst.CSTNode) -> tuple[str | None, str | None]:
    """The class and attribute that a layer is stored on: `self.conv = …` inside a class."""
    parent = rw.parents.get(node)
    attribute = None
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1:
        name = dotted(parent.targets[0].target)
        if name is not None and name.startswith("self."):
            attribute = name[len("self.") :]
    above = class_around(node, rw.parents)
    if attribute is None or above is None:
        return None, None
    return above.name.value, attribute


def _calls(rw: Rewriter, before: Positions, after: Positions, path: str) -> list[dict[str, Any]]:
    found = []
    for original, new, rule, order in rw.spans:
        source, target = _span(original, before), _span(new, after)
        if not source or not target:
            continue
        found.append(
            {
                "file": path, "source": source, "target": target, "rule": rule,
                "permutation": list(order) if order is not None else None,
            }
        )  # fmt: skip
    return sorted(found, key=lambda c: (c["source"]["line"], c["source"]["column"]))
