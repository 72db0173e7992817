"""Which case of a rule a call comes under, or why it comes under none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from porter.rulebook.expression import Environment, Record, Tensor, truth
from porter.rulebook.rule import Case, Half, Rule, Side
from porter.rulebook.terms import UNKNOWN, Term, is_known, known, write


class Untranslatable(Exception):
    """No case of the rule covers this call; the message says why, for a finding.

    `told`: the rule itself says why, and what people do instead.
    """

    def __init__(
        self, reason: str, kind: Literal["todo", "manual", "unsafe"] = "todo", *, told: bool = False
    ) -> None:
        self.reason, self.kind, self.told = reason, kind, told
        super().__init__(reason)

    def before(self, reason: str | None) -> str:
        """The reason to give, where another rule gave one: what a rule says itself, or
        would assume, goes first.
        """
        said = self.told or self.kind == "unsafe"
        return self.reason if said or not reason else reason


def choose(
    rule: Rule, side: Side, env: Environment, given: Mapping[str, Term]
) -> tuple[Case, tuple[str, ...]]:
    """The first case that holds, and what it assumes; raises Untranslatable."""
    doubt: str | None = None
    for case in rule.cases:
        if case.origin not in (None, side):
            continue
        half = case.half(side)
        verdict, condition = _holds(half, env)
        sure = True if half.assume is None else truth(half.assume.evaluate(env))
        if verdict and sure is not False:
            return case, (() if sure or half.assume is None else (half.assume.text,))
        if sure is False:
            continue
        if verdict is None and doubt is None:
            doubt = condition
    if doubt is not None:
        raise Untranslatable(f"whether {doubt} is not known here")
    raise Untranslatable(f"no equivalent is known for {_untaken(rule, side, env, given)}")


def _untaken(rule: Rule, side: Side, env: Environment, given: Mapping[str, Term]) -> str:
    """The arguments with which no case takes a call that their defaults would let through."""
    signature = rule.signatures[side]
    odd = [n for n, term in given.items() if not equal(term, signature.by_name[n].default)]
    named = [n for n in odd if not signature.by_name[n].required and _stops(rule, side, env, n)]
    return ", ".join(_spelled(n, given[n]) for n in named) or "these arguments"


def _stops(rule: Rule, side: Side, env: Environment, name: str) -> bool:
    """Whether some case would hold if it were not for this argument."""
    usual = {**env, name: rule.signatures[side].by_name[name].default}
    halves = [case.half(side) for case in rule.cases if case.origin in (None, side)]
    return any(_holds(half, usual)[0] is not False for half in halves)


def _spelled(name: str, term: Term) -> str:
    """`merge_mode="sum"`, or the name alone where the value is nothing to write down."""
    try:
        text = write(term)
    except ValueError:
        return name
    return name if "?" in text else f"{name}={text}"


def _holds(half: Half, env: Environment) -> tuple[bool | None, str]:
    doubt = ""
    for name, wanted in half.fixed.items():
        term, value = env.get(name, UNKNOWN), wanted.evaluate(env)
        if isinstance(term, Tensor | Record) and (value is None or isinstance(value, str)):
            return False, ""
        if not is_known(term):
            doubt = doubt or f"{name} is {wanted.text}"
        elif not equal(term, value):
            return False, ""
    if half.when is not None:
        verdict = truth(half.when.evaluate(env))
        if verdict is False:
            return False, ""
        if verdict is None:
            doubt = doubt or half.when.text
    return (None, doubt) if doubt else (True, "")


def equal(term: Term, value: Term) -> bool:
    """Whether a term is known to be this value; 3 and (3, 3) differ, True and 1 do."""
    if not is_known(term):
        return False
    a, b = known(term), known(value)
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)
