"""From the line that goes wrong to the line that makes it so.

A layer may be constructed wrongly because a caller, a default or a constant gives it another
number; and where no tensor of the run differs, gradients or statistics say which layer to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from porter.verify import ways
from porter.verify.align import Alignment, Link
from porter.verify.compare import Difference
from porter.verify.events import Event, Events
from porter.verify.manifest import Site
from porter.verify.result import Divergence


def file_name(path: str) -> str:
    """A file as a report names it."""
    return Path(path).name


def shown(site: Site | None) -> str | None:
    """`vgg.py:31`."""
    return None if site is None else f"{file_name(site.file)}:{site.line}"


def cause(texts: tuple[str, str], alignment: Alignment, event: Event, line: int, made: bool) -> int:
    """The line to look at instead of `line`, if something there comes from elsewhere."""
    if made and event.node in alignment.target.nodes:
        found = ways.given(texts[1], alignment, alignment.target.nodes[event.node or ""])
        line = line if found is None else found
    return ways.constant(texts, line) or line


def by_condition(texts: tuple[str, str], alignment: Alignment, path: str) -> Divergence | None:
    """Where a layer is made on one side only, since a condition or a count is another."""
    found = ways.one_sided(texts, alignment) if alignment.unmatched else None
    if found is None:
        return None
    node, line = found
    place = f"{file_name(path)}:{line}"
    return Divergence(None, place, node.name, float("inf"), "parameters")


def by_shape(texts: tuple[str, str], alignment: Alignment, link: Link) -> Divergence:
    """Where a layer's arrays do not even fit."""
    ours, theirs = alignment.source.nodes[link.nodes[0]], alignment.target.nodes[link.nodes[1]]
    line = ways.given(texts[1], alignment, theirs)
    place = f"{file_name(theirs.site.file)}:{line}" if line and theirs.site else shown(theirs.site)
    return Divergence(shown(ours.site), place, link.label, float("inf"), "size")


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
