"""What came of one call that was put to the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal[
    "safe", "single", "bounded", "unsafe", "refused", "invalid", "inconclusive", "failed"
]


@dataclass(frozen=True)
class Outcome:
    """The verdict, why, and both programs.

    `single`: equal in float32, and the target's framework has no float64 to compare. `bounded`:
    apart, by no more than the rule says. `invalid`: the drawn program does not run in its own
    framework. `ended`: the target's worker died or did not answer. `phases` are those in which
    there was something to compare. `build` and `inputs` are what `porter verify` is to be told
    of the source, where it is a model. `rules` are those that had a part in it.
    """

    verdict: Verdict
    reason: str
    source: str
    target: str = ""
    phases: tuple[str, ...] = ()
    ended: bool = False
    build: str = ""
    inputs: tuple[str, ...] = ()
    rules: frozenset[str] = frozenset()

    @property
    def is_loud(self) -> bool:
        """Whether the target does not run, or not on the source's random numbers: that is seen."""
        loud = self.reason.startswith("target: ") or "target: DrawError: " in self.reason
        return self.verdict == "failed" and loud
