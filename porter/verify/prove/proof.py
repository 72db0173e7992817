"""Proving one rule from one side: what it earned, and the smallest call that refutes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from porter.rulebook import (
    SHOWN,
    SIDES,
    UNTRIED,
    Case,
    Construct,
    Earned,
    Rule,
    Side,
    load_rulebook,
)
from porter.verify.prove.beside import beside
from porter.verify.prove.claim import case_of, silent
from porter.verify.prove.drawing import Call, calls
from porter.verify.prove.outcome import Outcome
from porter.verify.prove.snippet import Snippet
from porter.verify.prove.trial import Bench
from porter.verify.result import PHASES

_RAN = ("safe", "single", "bounded", "unsafe")
# So many calls are drawn for a case that fewer met by chance.
_AIMED = 3
# Where fewer calls ran, more are drawn of those that the rule claims.
_FEW = 8


@dataclass(frozen=True)
class Proof:
    """What one rule earned in one direction, of `asked` calls or of all that it has.

    `phases` were compared in every call that ran and is given floats. `loud` is how many calls
    beside those that were drawn are translated into what does not run.
    """

    rule: str
    side: Side
    counts: dict[str, int]
    refuted: Outcome | None = None
    refusals: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    asked: int = 0
    loud: int = 0

    @property
    def earned(self) -> str:
        """`safe`, `unsafe`, `failed`, or `unproven` where nothing was run."""
        if self.counts.get("failed"):
            return "failed"
        if self.counts.get("bounded"):
            return "unsafe"
        if self.counts.get("safe") or self.counts.get("single"):
            return "safe"
        return "unsafe" if self.counts.get("unsafe") else "unproven"


class Refuted(AssertionError):
    """A call that the rule translates wrongly."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Ended(BaseException):
    """A call that took a worker with it.

    Not an Exception, so that nobody looks for a smaller call that ends one too: each would cost
    as long as a worker may take.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


def directions(rule: Rule) -> Iterator[Side]:
    """The sides from which a rule can be proven."""
    if rule.manual or rule.kind in UNTRIED | SHOWN or len(rule.signatures) < len(SIDES):
        return
    for side in SIDES:
        if any(case.origin in (None, side) for case in rule.cases):
            yield side


def prove(rule: Rule, side: Side, bench: Bench, cases: int, *, shrink: bool = True) -> Proof:
    """Draw calls, run them through the engine and both frameworks, and count.

    Without `shrink`, the first call that refutes the rule is as good as the smallest.
    """
    seen: dict[Call, Outcome] = {}

    def trial(call: Call) -> None:
        if call not in seen:
            seen[call] = bench.run(call)
        outcome = seen[call]
        if outcome.ended:
            raise Ended(outcome)
        if outcome.verdict == "failed":
            raise Refuted(outcome)

    refuted: Outcome | None = None
    try:
        _checked(trial, calls(rule, side), _share(rule, side) * cases // 2, shrink)()
        for case in _missed(rule, side, _ran(seen)):
            with suppress(Unsatisfiable):
                _checked(trial, _aimed(rule, side, case), _AIMED, shrink)()
        if len(_ran(seen)) < min(_FEW, len(seen)):
            with suppress(Unsatisfiable):
                _checked(trial, _claimed(rule, side), cases, shrink)()
    except (Refuted, Ended) as error:
        refuted = error.outcome
    except Exception as error:
        # What is drawn cannot be a call: the rule's own fault, and not that of the others.
        refuted = Outcome("failed", f"{type(error).__name__}: {error}", "")
        seen[Call(rule, side, "", (), ())] = refuted
    loud = 0
    if refuted is None:
        refuted, loud = _tried_beside(rule, side, bench, _ran(seen))
        if refuted is not None:
            seen[Call(rule, side, "", (), ())] = refuted
    wordless = silent(_ran(seen))
    if refuted is None and wordless is not None:
        refuted = Outcome("failed", wordless, "")
        seen[Call(rule, side, "", (), ())] = refuted
    outcomes = list(seen.values())
    refusals = Counter(map(_why, (o for o in outcomes if o.verdict not in _RAN)))
    phases = _compared(seen)
    return Proof(
        rule.id,
        side,
        dict(Counter(str(o.verdict) for o in outcomes)),
        refuted,
        tuple(reason for reason, _ in refusals.most_common(3)),
        phases,
        cases,
        loud,
    )


def _why(outcome: Outcome) -> str:
    """Why a call did not run, in a line."""
    reason = next((line.strip() for line in outcome.reason.splitlines() if line.strip()), "")
    return f"{outcome.verdict}: {reason or 'nobody says why'}"


def _ran(seen: Mapping[Call, Outcome]) -> list[Call]:
    return [call for call, outcome in seen.items() if outcome.verdict in _RAN]


def _compared(seen: Mapping[Call, Outcome]) -> tuple[str, ...]:
    """What was compared in every call that ran; whole numbers have no gradient to compare."""
    ran = {call: o.phases for call, o in seen.items() if o.verdict in _RAN}
    of_floats = [o for call, o in ran.items() if any(not i.is_whole for i in call.inputs)]
    found = of_floats or list(ran.values())
    return tuple(phase for phase in PHASES if found and all(phase in one for one in found))


def _tried_beside(
    rule: Rule, side: Side, bench: Bench, ran: list[Call]
) -> tuple[Outcome | None, int]:
    """The first call beside those that ran which gives something else, and how many do not run."""
    words, loud = load_rulebook(bench.rule_dirs).names.get("beside", {}), 0
    for call in dict.fromkeys(beside(rule, side, ran, words)):
        outcome = bench.run(call)
        if rule.id not in outcome.rules:
            # Another rule's call: it is for that one's proof to draw.
            continue
        if outcome.verdict == "failed" and not outcome.is_loud:
            return outcome, loud
        loud += outcome.is_loud
    return None, loud


def lost(proof: Proof, recorded: Earned) -> str | None:
    """What a direction does not earn any more of what is on record; None where it earns it all.

    A proof that was asked for fewer calls than the recorded one says nothing of the rest.
    """
    now, before = _translated(proof.counts), _translated(recorded.counts)
    if recorded.verdict == "safe" and proof.earned == "unsafe":
        return "unsafe, recorded as safe"
    if proof.asked < recorded.drawn or proof.refuted is not None:
        return None
    drawn, of = sum(proof.counts.values()), sum(recorded.counts.values())
    # As many of more calls are fewer, where the same number was asked for.
    share_fell = proof.asked == recorded.drawn and now * of < before * drawn
    if now < before or share_fell:
        return f"narrowed: {now} of {drawn} calls, {before} of {of} recorded"
    if recorded.loud is not None and proof.loud > recorded.loud:
        return f"narrowed: {proof.loud} calls beside it do not run, {recorded.loud} recorded"
    missing = [phase for phase in recorded.phases if phase not in proof.phases]
    return f"narrowed: {', '.join(missing)} not compared any more" if missing else None


def _translated(counts: Mapping[str, int]) -> int:
    return sum(counts.get(verdict, 0) for verdict in _RAN)


def prove_construct(construct: Construct, bench: Bench, cases: int) -> Proof:
    """Run the one program that shows what the engine makes of a construct, however many cases."""
    program = Snippet(construct.example, construct.build, construct.inputs)
    outcome = bench.show(construct.side, construct.id, program)
    ran = outcome.verdict in _RAN
    return Proof(
        construct.id,
        construct.side,
        {outcome.verdict: 1},
        outcome if outcome.verdict == "failed" else None,
        () if ran else (_why(outcome),),
        outcome.phases if ran else (),
        cases,
    )


def _share(rule: Rule, side: Side) -> int:
    """Half as many calls again are drawn for every case beside the first."""
    return 1 + max(1, sum(case.origin in (None, side) for case in rule.cases))


def _missed(rule: Rule, side: Side, seen: Iterable[Call]) -> list[Case]:
    """The cases of a rule that too few calls met by chance."""
    met = Counter(id(case_of(call)) for call in seen)
    mine = [case for case in rule.cases if case.origin in (None, side)]
    return [case for case in mine if met[id(case)] < _AIMED]


def _aimed(rule: Rule, side: Side, case: Case) -> SearchStrategy[Call]:
    return calls(rule, side, case).filter(lambda call: case_of(call) is case)


def _claimed(rule: Rule, side: Side) -> SearchStrategy[Call]:
    """The calls that the rule would translate, where all is known."""
    return calls(rule, side).filter(lambda call: case_of(call) is not None)


def _checked(
    trial: Callable[[Call], None], drawn: SearchStrategy[Call], count: int, shrink: bool
) -> Callable[[], None]:
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        print_blob=False,
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    @given(drawn)
    def check(call: Call) -> None:
        trial(call)

    return check
