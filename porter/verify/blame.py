"""From the line that goes wrong to the line that makes it so.

A layer may be constructed wrongly because a caller, a default or a constant gives it another
number; and where no tensor of the run differs, gradients or statistics say which layer to look at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from porter.verify.align import Alignment, Link
from porter.verify.compare import Difference
from porter.verify.events import Event, Events
from porter.verify.manifest import Site
from porter.verify.result import Divergence
from porter.verify.tree import Node


def file_name(path: str) -> str:
    """A file as a report names it."""
    return Path(path).name


def shown(site: Site | None) -> str | None:
    """`vgg.py:31`."""
    return None if site is None else f"{file_name(site.file)}:{site.line}"


def cause(texts: tuple[str, str], alignment: Alignment, event: Event, line: int, made: bool) -> int:
    """The line to look at instead of `line`, if something there comes from elsewhere."""
    if made and event.node in alignment.target.nodes:
        partners = {link.nodes[1]: link.nodes[0] for link in alignment.links}
        ours = alignment.source.nodes.get(partners.get(event.node or "", ""))
        theirs = alignment.target.nodes[event.node or ""]
        found = _argument(texts[1], ours, theirs) if ours else None
        if found is not None:
            return found
    return constant(texts, line) or line


def _argument(text: str, ours: Node | None, theirs: Node) -> int | None:
    """Where a function on the way to a construction was given another number."""
    if ours is None:
        return None
    for i, (one, two) in enumerate(zip(ours.stack, theirs.stack, strict=False)):
        if one.function != two.function:
            return None
        for name, value in two.arguments.items():
            if one.arguments.get(name, value) != value:
                default = _default(text, two.function, two.line, name, value)
                return default or (theirs.stack[i - 1].line if i else None)
    return None


def _default(text: str, function: str, line: int, name: str, value: str) -> int | None:
    """The line of a parameter's default, if that is the value which the parameter has."""
    for node in ast.walk(ast.parse(text)):
        inside = isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
        if inside and isinstance(node, ast.FunctionDef) and node.name == function:
            for argument, default in _defaults(node.args):
                if argument.arg == name and ast.unparse(default) == value:
                    return default.lineno
    return None


def _defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    plain = [*arguments.posonlyargs, *arguments.args]
    yield from zip(reversed(plain), reversed(arguments.defaults), strict=False)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument, default


def constant(texts: tuple[str, str], line: int) -> int | None:
    """Where a name that the line reads is bound to another number than in the source."""
    ours, theirs = (_constants(ast.parse(text)) for text in texts)
    statements = [
        n
        for n in ast.walk(ast.parse(texts[1]))
        if isinstance(n, (ast.expr, ast.stmt)) and n.lineno <= line <= (n.end_lineno or 0)
        and not isinstance(n, (ast.FunctionDef, ast.ClassDef))
    ]  # fmt: skip
    for node in statements:
        if isinstance(node, ast.Name) and node.id in theirs:
            value, where = theirs[node.id]
            if node.id in ours and ours[node.id][0] != value:
                return where
    return None


def _constants(tree: ast.Module) -> dict[str, tuple[str, int]]:
    """The module's names for plain numbers and the like: their text and line."""
    found: dict[str, tuple[str, int]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and not any(
            isinstance(n, (ast.Call, ast.Name)) for n in ast.walk(node.value)
        ):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = (ast.unparse(node.value), node.lineno)
    return found


def by_shape(alignment: Alignment, link: Link) -> Divergence:
    """Where a layer's arrays do not even fit."""
    ours, theirs = alignment.source.nodes[link.nodes[0]], alignment.target.nodes[link.nodes[1]]
    return Divergence(shown(ours.site), shown(theirs.site), link.label, float("inf"), "size")


def by_gradient(
    alignment: Alignment, target: Events, differences: Sequence[Difference], limit: float
) -> Divergence | None:
    """Where only gradients differ: the call after the last layer whose gradient is wrong."""
    wrong = [link for link in alignment.links if _worst(link, differences) > limit]
    order = {e.node: e for e in target.calls}
    links = [link for link in alignment.links if link.nodes[1] in order]
    links.sort(key=lambda link: order[link.nodes[1]].index)
    last = max((i for i, link in enumerate(links) if link in wrong), default=-1)
    if not links:
        return None
    link = links[min(last + 1, len(links) - 1)]
    event, ours = order[link.nodes[1]], alignment.source.nodes[link.nodes[0]]
    worst = max((d.relative for d in differences), default=0.0)
    return Divergence(shown(ours.site), shown(event.site), link.label, worst, "gradient")


def by_state(
    alignment: Alignment, differences: Sequence[Difference], limit: float
) -> Divergence | None:
    """Where only running statistics differ: the layer that keeps them."""
    for link in alignment.links:
        worst = _worst(link, differences)
        if worst > limit:
            ours = alignment.source.nodes[link.nodes[0]]
            theirs = alignment.target.nodes[link.nodes[1]]
            likely = "batchnorm-momentum"
            return Divergence(shown(ours.site), shown(theirs.site), link.label, worst, likely)
    return None


def _worst(link: Link, differences: Sequence[Difference]) -> float:
    return max((d.relative for d in differences if d.nodes == link.nodes), default=0.0)
