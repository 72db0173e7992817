"""Where two sides first part, by both sides' traced runs.

Each event of the target (a call of a layer, a tensor bound by a line) is held against the event
of the source that the manifest or the alignment pairs it with, or else against any tensor of the
source. What stands between the last event that agrees and the first that does not is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from porter.verify import compare
from porter.verify.align import Alignment, Link
from porter.verify.compare import Difference
from porter.verify.manifest import CallEntry, Manifest, Site, Span
from porter.verify.observe import Draw
from porter.verify.process import Array, Arrays, Worker
from porter.verify.result import Divergence

_FAR = 1e-3
_LAYOUTS: dict[int, tuple[tuple[int, ...], ...]] = {
    3: ((0, 2, 1),),
    4: ((0, 3, 1, 2), (0, 2, 3, 1)),
    5: ((0, 4, 1, 2, 3), (0, 2, 3, 4, 1)),
}
_LIKELY = {
    "BatchNorm": "batchnorm-epsilon",
    "LayerNorm": "layernorm-epsilon",
    "GroupNorm": "groupnorm-epsilon",
    "MaxPool": "pooling-padding",
    "AveragePool": "pooling-padding",
    "AvgPool": "pooling-padding",
    "Conv": "convolution-padding",
    "GRU": "gru-gate-order",
    "LSTM": "lstm-state",
    "MultiHead": "attention-mask",
    "Dropout": "dropout-rate",
    "Softmax": "axis",
    "Flatten": "flatten-order",
    "LeakyReLU": "leaky-relu-slope",
    "GELU": "gelu-approximation",
    "Embedding": "embedding-index",
}


@dataclass(frozen=True)
class Event:
    """A call of a layer, or a tensor that a line bound."""

    index: int
    is_call: bool
    site: Site | None
    made: Site | None
    node: str | None
    name: str
    kind: str
    leaf: bool
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]


@dataclass(frozen=True)
class Events:
    """One side's run, in the order in which things were finished."""

    all: tuple[Event, ...]

    @cached_property
    def values(self) -> dict[tuple[int, ...], list[Array]]:
        """Every tensor that was seen, by its sizes whatever their order."""
        found: dict[tuple[int, ...], list[Array]] = {}
        for event in self.all:
            for array in (*event.inputs, *event.outputs):
                found.setdefault(tuple(sorted(array.shape)), []).append(array)
        return found

    def at(self, span: Span, file: str, manifest: Manifest) -> list[Event]:
        """The calls that an entry's span names, as made there or of what was constructed there."""

        def meets(site: Site | None) -> bool:
            return site is not None and manifest.holds(file, site.file) and span.meets(site)

        calls = [e for e in self.all if e.is_call]
        return [e for e in calls if meets(e.site)] or [e for e in calls if meets(e.made)]

    def of(self, node: str) -> list[Event]:
        return [e for e in self.all if e.node == node]


def traced(worker: Worker, training: bool, draws: Sequence[Draw] | None, seed: int) -> Events:
    """Run a side once more, watching."""
    dice: dict[str, Any] = {"record": seed}
    if draws is not None:
        dice = {
            "replay": {str(i): d.values for i, d in enumerate(draws)},
            "kinds": [d.kind for d in draws],
        }
    raw = worker.ask("trace", training=training, **dice)
    arrays: Arrays = worker.load(raw["arrays"])
    return Events(
        tuple(
            Event(
                i, e["what"] == "call", Site.of(e["site"]), Site.of(e["made"]), e["node"],
                e["name"], e["function"], e["leaf"],
                tuple(arrays[k] for k in e["in"]), tuple(arrays[k] for k in e["out"]),
            )
            for i, e in enumerate(raw["events"])
        )
    )  # fmt: skip


def distance(a: Array, b: Array) -> float:
    """How far two tensors are apart in whatever layout brings them closest."""
    orders = [None, *_LAYOUTS.get(a.ndim, ())]
    return min(compare.apart("", compare.permute(a, o), b).relative for o in orders)


def within(small: Array, big: Array) -> bool:
    """Is one tensor what is left of the other when its borders are cropped?"""
    for order in (None, *_LAYOUTS.get(small.ndim, ())):
        a = compare.permute(small, order)
        spare = [m - n for n, m in zip(a.shape, big.shape, strict=False)]
        if a.ndim != big.ndim or min(spare, default=0) < 0 or not any(spare):
            continue
        for starts in ([0] * a.ndim, spare, [n // 2 for n in spare]):
            cut = big[tuple(slice(s, s + n) for s, n in zip(starts, a.shape, strict=True))]
            if compare.apart("", a, cut).relative < _FAR:
                return True
    return False


class _Search:
    def __init__(
        self, source: Events, target: Events, alignment: Alignment, manifest: Manifest | None
    ) -> None:
        self.source, self.target, self.manifest = source, target, manifest
        self.partners = {link.nodes[1]: link.nodes[0] for link in alignment.links}
        self.paired: dict[int, Event] = {}
        if manifest is not None:
            for entry in manifest.calls:
                self._pair(entry, manifest)
        built = (n.site for n in alignment.target.nodes.values())
        self.built = {site.line for site in built if site is not None}

    def _pair(self, entry: CallEntry, manifest: Manifest) -> None:
        ours = self.source.at(entry.source, entry.file, manifest)
        theirs = self.target.at(entry.target, entry.file, manifest)
        if len(ours) == len(theirs):
            self.paired |= {t.index: s for s, t in zip(ours, theirs, strict=True)}

    def aligned(self, event: Event) -> Event | None:
        """The source's call of the layer that is this layer's partner."""
        partner = self.partners.get(event.node or "")
        if partner is None or event.node is None:
            return None
        calls, mine = self.source.of(partner), self.target.of(event.node)
        k = mine.index(event)
        return calls[k] if k < len(calls) else None

    def known(self, arrays: Sequence[Array]) -> bool:
        """Did the source see these tensors, too?"""
        return all(
            any(distance(b, a) < _FAR for b in self.source.values.get(tuple(sorted(a.shape)), []))
            for a in arrays
        )

    def apart(self, event: Event) -> tuple[float, Event] | None:
        """How far an event is from its partner, where it has one."""
        partner = self.paired.get(event.index) or self.aligned(event)
        if partner is None or not event.outputs or not partner.outputs:
            return None
        mine = event.outputs[0]
        if "Transpose" in event.kind and any(within(o, mine) for o in partner.outputs):
            return 0.0, partner
        same = [o for o in partner.outputs if sorted(o.shape) == sorted(mine.shape)]
        # Another shape may be a step on the way (uncropped, unpadded): not known to be wrong.
        if not same:
            return (float("inf"), partner) if self.known(event.inputs) and event.leaf else None
        return min(distance(o, mine) for o in same), partner

    def first(self) -> Divergence | None:
        """The place to look at."""
        suspects: list[Event] = []
        for event in self.target.all:
            found = self.apart(event)
            paired = event.index in self.paired
            if found is None:
                agrees = not event.outputs or self.known(event.outputs)
            else:
                agrees = found[0] < _FAR or (not paired and self.known(event.outputs))
            if agrees:
                suspects = [s for s in suspects if not _clears(event, s)]
            elif found is None:
                suspects.append(event)
            else:
                return self._named(event, found, suspects)
        return self._plain(suspects[0], None, 1.0) if suspects else None

    def _named(self, event: Event, found: tuple[float, Event], suspects: list[Event]) -> Divergence:
        relative, partner = found
        aligned = self.aligned(event)
        own = aligned is not None and any(
            distance(o, event.outputs[0]) < _FAR for o in aligned.outputs
        )
        fed = self.known(event.inputs)
        if event.leaf and fed:
            return self._plain(event, partner, relative, made=not own and event.made is not None)
        skipped = self._skipped(partner)
        if skipped is not None:
            return skipped
        before = [s for s in suspects if not event.leaf or _line(s) != _line(event)]
        return self._plain(before[0] if before else event, partner, relative)

    def _skipped(self, partner: Event) -> Divergence | None:
        """A call that the source made before and the target's line no longer makes."""
        if self.manifest is None:
            return None
        for entry in self.manifest.calls:
            ours = self.source.at(entry.source, entry.file, self.manifest)
            ran = entry.target.line in self.built or any(
                e.site and entry.target.covers(e.site.line) for e in self.target.all
            )
            if ours and not ran and ours[0].index < partner.index:
                place = f"{Path(entry.file).name}:{entry.target.line}"
                return Divergence(_place(ours[0].site), place, ours[0].name, 1.0, "call-left-out")
        return None

    def _plain(
        self, event: Event, partner: Event | None, relative: float, made: bool = False
    ) -> Divergence:
        layer = next((v for k, v in _LIKELY.items() if k in event.kind), None)
        place = event.made if made else event.site or event.made
        origin = (partner.made if made else partner.site or partner.made) if partner else None
        return Divergence(_place(origin), _place(place), event.name, relative, layer)


def _clears(event: Event, suspect: Event) -> bool:
    """Was an unknown tensor just a step on the way to this one, which agrees?"""
    if event.is_call:
        used = [a for a in event.inputs if any(a.shape == b.shape for b in suspect.outputs)]
        return any(compare.apart("", a, b).relative == 0.0 for a in used for b in suspect.outputs)
    nearby = event.kind == suspect.kind and event.name in (suspect.name, "return")
    return nearby or (suspect.is_call and _line(event) == _line(suspect))


def _line(event: Event) -> int:
    return event.site.line if event.site else 0


def _place(site: Site | None) -> str | None:
    return None if site is None else f"{Path(site.file).name}:{site.line}"


def first_divergence(
    source: Events, target: Events, alignment: Alignment, manifest: Manifest | None
) -> Divergence | None:
    """Both sides' lines where the target first leaves the source; None if no tensor does."""
    return _Search(source, target, alignment, manifest).first()


def structure(target: Events) -> Divergence | None:
    """Outputs of another shape or structure: where the target returns."""
    ends = [e for e in target.all if e.name == "return"]
    return Divergence(None, _place(ends[-1].site), "return", float("inf"), None) if ends else None


def by_shape(alignment: Alignment, link: Link) -> Divergence:
    """Where a layer's arrays do not even fit."""
    ours, theirs = alignment.source.nodes[link.nodes[0]], alignment.target.nodes[link.nodes[1]]
    return Divergence(_place(ours.site), _place(theirs.site), link.label, float("inf"), "size")


def by_gradient(
    alignment: Alignment, target: Events, differences: Sequence[Difference], limit: float
) -> Divergence | None:
    """Where only gradients differ: the call after the last layer whose gradient is wrong."""
    wrong = [link for link in alignment.links if _worst(link, differences) > limit]
    order = {e.node: e for e in target.all if e.is_call}
    links = [link for link in alignment.links if link.nodes[1] in order]
    links.sort(key=lambda link: order[link.nodes[1]].index)
    last = max((i for i, link in enumerate(links) if link in wrong), default=-1)
    if not links:
        return None
    link = links[min(last + 1, len(links) - 1)]
    event, ours = order[link.nodes[1]], alignment.source.nodes[link.nodes[0]]
    worst = max((d.relative for d in differences), default=0.0)
    return Divergence(_place(ours.site), _place(event.site), link.label, worst, "gradient")


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
            return Divergence(_place(ours.site), _place(theirs.site), link.label, worst, likely)
    return None


def _worst(link: Link, differences: Sequence[Difference]) -> float:
    mine = [d.relative for d in differences if f" of {link.label}." in d.name + "."]
    return max(mine, default=0.0)
