"""Where two sides first part, by both sides' traced runs.

Each event of the target (a call of a layer, a tensor that a line binds) is held against the event
of the source that it stands for, or else against any tensor of the source. What the source has
nothing like is suspected until something that follows from it agrees again; the first event that
is known to differ is named, or the earliest suspect that it follows from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from porter.verify import blame
from porter.verify.align import Alignment
from porter.verify.arrays import Array
from porter.verify.events import Event, Events, distance, is_same, known, same_numbers, within
from porter.verify.manifest import Manifest
from porter.verify.pairing import Pairing, Text
from porter.verify.process import WorkerError
from porter.verify.result import Divergence

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
class Runs:
    """What a search looks at: both sides' events and texts, and how they belong together."""

    source: Events
    target: Events
    alignment: Alignment
    manifest: Manifest | None
    texts: tuple[str, str]
    limit: float


@dataclass(frozen=True)
class Verdict:
    """`agrees`, `differs` from a partner by so much, or neither: nothing to hold it against."""

    agrees: bool
    partner: Event | None = None
    relative: float = 0.0

    @property
    def differs(self) -> bool:
        return not self.agrees and self.partner is not None


class _Search:
    def __init__(self, runs: Runs) -> None:
        self.runs, self.limit = runs, runs.limit
        texts = Text(runs.texts[0]), Text(runs.texts[1])
        self.text = texts[1]
        self.pairing = Pairing(runs.source, runs.target, runs.alignment, runs.manifest, texts)
        self.suspects: list[Event] = []
        # Calls that agree, and those of them that still lack their partner's own activation.
        self.right: list[Event] = []
        self.bare: list[Event] = []

    def first(self) -> Divergence | None:
        """The place to look at."""
        for event in self.runs.target.all:
            if event.what == "line" and self.pairing.is_helper(event.site):
                continue
            verdict = self.judged(event)
            if verdict.differs:
                return self.named(event, verdict)
            if event.what == "enter" and verdict.agrees:
                continue
            if verdict.agrees:
                self.suspects = [s for s in self.suspects if not self.follows(event, s)]
                if event.what == "call":
                    self.right.append(event)
            else:
                self.suspects.append(event)
        if self.runs.target.failure is not None:
            return self._broken(self.runs.target.failure)
        if not self.suspects:
            return None
        called = self.suspects[0].site or self.suspects[0].made
        return self._led_by(self.suspects[0]) if called else self._forgotten()

    def _forgotten(self) -> Divergence | None:
        """The first call of the source that is made nowhere, where it ought to be."""
        missing = self.pairing.missing()
        if missing is None:
            return None
        entry, call = missing
        place = f"{blame.file_name(entry.file)}:{entry.target.line}"
        return Divergence(blame.shown(call.site or call.made), place, call.name, math.inf, "absent")

    def _led_by(self, suspect: Event) -> Divergence:
        """Where what has come out wrong, or was left out before it, stands."""
        return self.place(self._idle(suspect) or suspect, None, 1.0)

    def _broken(self, failure: WorkerError) -> Divergence | None:
        """Where the run ended early: the call that could not be made, or what led to it."""
        done = {e.node for e in self.runs.target.calls}
        entered = [e for e in self.runs.target.all if e.what == "enter" and self.own(e)]
        pending = next((e for e in entered if e.node not in done), None)
        if pending is not None:
            origin = self.origin(pending)
            idle = self._idle(origin or pending)
            fed = pending not in self.suspects
            return self.place(idle or origin or pending, None, math.inf, pending=fed)
        if failure.where is None:
            return self._led_by(self.suspects[0]) if self.suspects else None
        reads = self.text.reads(failure.where[1])
        led = [s for s in self.suspects if s.what == "line" and s.name in reads]
        if led:
            return self.place(led[0], None, math.inf)
        place = f"{blame.file_name(failure.where[0])}:{failure.where[1]}"
        return Divergence(None, place, "call", math.inf, "shape")

    def own(self, event: Event) -> bool:
        """Is a part to be judged as a whole: the framework's, or one that only the target has?"""
        return event.leaf or self.pairing.is_helper_class(event.kind)

    def judged(self, event: Event) -> Verdict:
        if event.what == "enter":
            return Verdict(self.known(event.inputs))
        if event.what == "line":
            return self._line(event)
        partner = self.pairing.partner(event)
        if partner is None or not event.outputs or not partner.outputs:
            return Verdict(not event.outputs or self.known(event.outputs))
        mine = event.outputs[0]
        if any(distance(o, mine) <= self.limit for o in partner.outputs):
            return Verdict(True, partner)
        if any(distance(o, mine) <= self.limit for o in partner.before):
            self.bare.append(event)
            return Verdict(True, partner)
        apart = min(distance(o, mine) for o in partner.outputs)
        alike = any(sorted(o.shape) == sorted(mine.shape) for o in partner.outputs)
        if math.isfinite(apart) or (alike and not np.isfinite(mine).all()):
            return Verdict(False, partner, apart)
        # Another shape may be a step on the way (uncropped, or both directions' states).
        uncropped = "Transpose" in event.kind and any(
            within(o, mine, self.limit) for o in (*partner.outputs, *partner.before)
        )
        if uncropped or any(
            same_numbers(o, a, self.limit) for o in partner.outputs for a in event.outputs
        ):
            return Verdict(True, partner)
        return Verdict(False)

    def _line(self, event: Event) -> Verdict:
        for partner in self.pairing.expected(event):
            apart = min((distance(o, a) for o in partner.outputs for a in event.outputs),
                        default=math.inf)  # fmt: skip
            if apart <= self.limit:
                return Verdict(True, partner)
            # A layer of the source may give at once what the target puts together.
            sizes = {o.size for o in partner.outputs} & {a.size for a in event.outputs}
            if partner.what == "line" or math.isfinite(apart) or not sizes:
                return Verdict(False, partner, apart)
        given = (o for call in self.right if call.line == event.line for o in call.outputs)
        if event.outputs and any(is_same(event.outputs[0], o) for o in given):
            return Verdict(True)
        return Verdict(not event.outputs or self.known(event.outputs))

    def known(self, arrays: tuple[Array, ...]) -> bool:
        return known(self.runs.source, arrays, self.limit)

    def follows(self, event: Event, suspect: Event) -> bool:
        """Does an event make use of what a suspect made?"""
        if event.what != "line":
            taken = event.inputs if self.own(event) else (*event.inputs, *event.outputs)
            made = suspect.inputs if suspect.what == "enter" else suspect.outputs
            used = any(is_same(a, b) for a in taken for b in made)
            if suspect.what == "enter":
                return used or (event.what == "call" and suspect.node == event.node)
            # What a call is given may be put together from names on its line.
            named = suspect.what == "line" and suspect.name in self.text.reads(event.line)
            return used or (named and not self.known(event.inputs))
        if suspect.what == "line":
            same = suspect.kind == event.kind
            return same and (suspect.name in self.text.reads(event.line) or event is suspect)
        return suspect.line == event.line

    def origin(self, event: Event) -> Event | None:
        """The earliest suspect that an event follows from."""
        found, current = None, event
        for suspect in reversed(self.suspects):
            if suspect is not current and self.follows(current, suspect):
                found = current = suspect
        return found

    def named(self, event: Event, verdict: Verdict) -> Divergence:
        partner, relative = verdict.partner, verdict.relative
        assert partner is not None
        origin = self.origin(event)
        blamed, against = (origin, self.pairing.partner(origin)) if origin else (event, partner)
        idle = self._idle(blamed)
        if idle is not None and not (against and self.own(blamed) and self.fed(blamed, against)):
            return self.place(idle, None, relative)
        if origin is not None:
            return self.place(origin, None, relative)
        if event.what == "call" and not self.fed(event, partner):
            bare = [b for b in self.bare if any(is_same(b.outputs[0], a) for a in event.inputs)]
            if bare:
                return self.place(bare[-1], None, relative)
        return self.place(event, partner, relative)

    def fed(self, event: Event, partner: Event) -> bool:
        """Did a layer get what its partner got?"""
        for mine in event.inputs:
            alike = [a for a in partner.inputs if sorted(a.shape) == sorted(mine.shape)]
            numbers = [distance(a.astype(float), mine.astype(float)) for a in alike]
            if min(numbers, default=0.0 if not partner.inputs else math.inf) > self.limit and (
                alike or event.made == event.site
            ):
                return False
        return True

    def _idle(self, event: Event) -> Event | None:
        """What handed on what it was given, though no dropout: something is left out there."""
        if event.what == "line":
            return None
        wanted, found = event.inputs if self.own(event) else event.outputs, None
        for before in reversed(self.runs.target.calls):
            if before.index >= event.index or not before.leaf or not before.outputs:
                continue
            if not any(is_same(before.outputs[0], a) for a in wanted):
                continue
            if not any(is_same(before.outputs[0], a) for a in before.inputs):
                break
            if "Dropout" not in before.kind and self.pairing.partner(before) is None:
                found = before
        return found

    def place(
        self, event: Event, partner: Event | None, relative: float, pending: bool = False
    ) -> Divergence:
        """A layer is named where it is made, where its own result is wrong; else its call."""
        made = event.made is not None and self.own(event) and (event.what == "call" or pending)
        against = self.pairing.partner(event) or self.pairing.aligned(event)
        if made and against is not None:
            made = self.fed(event, against) and not self.pairing.is_other_layer(event, against)
        likely = next((v for k, v in _LIKELY.items() if k in event.kind), None)
        site = event.made if made else event.site or event.made
        origin = (partner.made if made else partner.site or partner.made) if partner else None
        target = None
        if site is not None:
            line = blame.cause(self.runs.texts, self.runs.alignment, event, site.line, made)
            target = f"{blame.file_name(site.file)}:{line}"
        return Divergence(blame.shown(origin), target, event.name, relative, likely)


def first_divergence(runs: Runs) -> Divergence | None:
    """Both sides' lines where the target first leaves the source; None if no tensor does."""
    return _Search(runs).first()


def structure(target: Events) -> Divergence | None:
    """Outputs of another shape or structure: where the target returns."""
    ends = [e for e in target.all if e.name == "return"]
    return Divergence(None, blame.shown(ends[-1].site), "return", math.inf, None) if ends else None
