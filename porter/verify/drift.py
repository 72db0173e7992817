"""Signatures as rules have them against those of the installed frameworks.

A parameter that a rule does not know, or knows at another place or with another default, would
be translated wrongly without a word; what a rule leaves out is only told.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from porter.rulebook import SIDES, Parameter, Rule, Side, Signature, Term, equal, squeeze
from porter.verify.process import Interpreter, Worker

Standing = Literal["agrees", "drifted", "not told", "not there"]
_OPEN = ("variadic", "keywords")
# One overload, as the worker gives it.
Told = list[Mapping[str, Any]]


@dataclass(frozen=True)
class Drift:
    """How one signature of a rule stands to the framework's own.

    `problems` are what is wrong with it, `unlisted` parameters that the rule leaves out.
    """

    rule: str
    api: str
    standing: Standing
    problems: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Stated:
    """A signature as a rule has it, and the name that the framework gives its API.

    Under another name an API may have fewer parameters: those that the rule has besides can't be
    given there, and one that is taken by name may say what is fixed under that name.
    """

    rule: Rule
    side: Side
    api: str
    signature: Signature
    another: bool
    bare: bool


def signature_drift(rules: Iterable[Rule], python: str = sys.executable) -> Iterator[Drift]:
    """Ask the frameworks of an interpreter about every signature of these rules."""
    rules = tuple(rules)
    for side in SIDES:
        if any(True for rule in rules for _ in _signatures(rule, side)):
            quiet = {"TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")}
            with Worker(Interpreter(side, python, quiet)) as worker:
                yield from drift_seen_by(worker, rules)


def drift_seen_by(worker: Worker, rules: Iterable[Rule]) -> Iterator[Drift]:
    """Ask one framework about its signatures in these rules; the worker has run nothing yet."""
    stated = [each for rule in rules for each in _signatures(rule, worker.side)]
    told = worker.ask("signatures", apis=sorted({each.api for each in stated})) if stated else {}
    for each in stated:
        yield _drift(each, told[each.api])


def _signatures(rule: Rule, side: Side) -> Iterator[_Stated]:
    """Each name of a rule's API as code spells it, with what it takes."""
    first = rule.signatures.get(side)
    if first is None or _takes_anything(first):
        return
    # What takes parts of an argument one by one is an older version's.
    others = (each for each in rule.spellings.get(side, ()) if not each.parts)
    own = [first, *(spelling.signature for spelling in others)]
    for place, signature in enumerate(own):
        api = rule.spelled.get(signature.api, signature.api)
        bare = place > 0 and signature.parameters is first.parameters
        yield _Stated(rule, side, api, signature, place > 0, bare)


def _takes_anything(signature: Signature) -> bool:
    """Whether a signature says nothing of its parameters: no call is translated by it."""
    return all(p.type == "ignored" and p.kind in _OPEN for p in signature.parameters)


def _drift(stated: _Stated, overloads: list[Told] | None) -> Drift:
    if overloads is None:
        return Drift(stated.rule.id, stated.api, "not there")
    if not stated.signature.is_call:
        return Drift(stated.rule.id, stated.api, "agrees")
    if not overloads:
        return Drift(stated.rule.id, stated.api, "not told")
    own = stated.signature.parameters[".Tensor." in stated.api :]
    problems = tuple(_problems(stated, own, overloads))
    standing: Standing = "drifted" if problems else "agrees"
    return Drift(stated.rule.id, stated.api, standing, problems, _unlisted(own, overloads))


def _problems(stated: _Stated, own: Sequence[Parameter], overloads: list[Told]) -> Iterator[str]:
    yield from _order(own, overloads)
    defaults = stated.rule.defaults.get(stated.side, {})
    for parameter in own:
        if parameter.kind in _OPEN:
            continue
        theirs = [p for told in overloads for p in told if p["name"] == parameter.name]
        if not theirs:
            if not _may_lack(stated, parameter, overloads):
                yield f"it has no parameter {parameter.name}"
        elif parameter.kind == "positional" and not any(p["kind"] == "positional" for p in theirs):
            yield f"{parameter.name} is taken by name only"
        else:
            everywhere = len(theirs) == len(overloads) and not stated.bare
            yield from _default(parameter, theirs, defaults, everywhere)


def _may_lack(stated: _Stated, parameter: Parameter, overloads: list[Told]) -> bool:
    takes_any = any(p["kind"] == "keywords" for told in overloads for p in told)
    by_name = parameter.kind == "keyword" and (takes_any or stated.another)
    # What is not translated may be what an older version took.
    return not parameter.required and (by_name or stated.bare or parameter.type == "ignored")


def _unlisted(own: Sequence[Parameter], overloads: list[Told]) -> tuple[str, ...]:
    mine = {p.name for p in own}
    kinds = ("positional", "keyword", "variadic")
    theirs = [p["name"] for told in overloads for p in told if p["kind"] in kinds]
    return tuple(name for name in dict.fromkeys(theirs) if name not in mine)


def _order(own: Sequence[Parameter], overloads: list[Told]) -> Iterator[str]:
    """Arguments given by position must reach the parameters that the rule takes them for."""
    theirs = {p["name"] for told in overloads for p in told}
    mine = [
        p.name for p in own if p.kind == "positional" and (p.type != "ignored" or p.name in theirs)
    ]
    orders = [[p["name"] for p in told if p["kind"] == "positional"] for told in overloads]
    most = max(len({*order} & {*mine}) for order in orders)
    nearest = [order for order in orders if len({*order} & {*mine}) == most]
    if not any(all(a == b for a, b in zip(mine, order, strict=False)) for order in nearest):
        longest: list[str] = max(nearest, key=len)
        yield f"by position it takes {', '.join(longest) or 'nothing'}"


def _default(
    parameter: Parameter, theirs: Told, defaults: Mapping[str, Term], everywhere: bool
) -> Iterator[str]:
    """What is wrong with a default; `everywhere`: every overload has the parameter."""
    optional = [p for p in theirs if not p["required"]]
    if parameter.required:
        if len(optional) == len(theirs):
            yield f"{parameter.name} has a default"
    elif parameter.type in ("name", "ignored"):
        return
    elif optional:
        if not any(_same(parameter, p["default"], defaults) for p in optional):
            yield f"{parameter.name} is {optional[0]['default']} by default"
    elif everywhere and parameter.name not in defaults:
        yield f"{parameter.name} is required"


def _same(parameter: Parameter, default: str | None, defaults: Mapping[str, Term]) -> bool:
    if default is None:
        return True
    value = ast.literal_eval(default)
    if parameter.name in defaults and equal(value, defaults[parameter.name]):
        return True
    if parameter.type == "window" and isinstance(value, tuple):
        value = squeeze(value)
    return equal(value, parameter.default) or (value == () and parameter.default is None)
