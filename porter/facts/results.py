"""What comes out of one operation: its shape, as the rule that holds says."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from porter.rulebook import (
    FACETS,
    UNKNOWN,
    Case,
    Expression,
    OpenShape,
    Rule,
    Side,
    Term,
    Translation,
    equal,
    is_known,
)

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def result_shape(
    it: Interpreter,
    rule: Rule | None,
    translation: Translation | None,
    given: Mapping[str, Term],
    facts: Mapping[str, Term],
) -> Term:
    """The shape of what comes out, as the rule's formula says; UNKNOWN where it has none."""
    if rule is None or rule.manual or not rule.cases:
        return UNKNOWN
    env: dict[str, Term] = {p.name: p.default for p in rule.signatures[it.side].parameters}
    around = {**env, **facts, **given} if translation is None else translation.env
    if translation is None:
        formula = _shared_formula(rule, it.side, given, around)
    else:
        formula = translation.case.half(it.side).shape
    if formula is None:
        return UNKNOWN
    term = formula.evaluate(around)
    if isinstance(formula.node, ast.Tuple) and isinstance(term, tuple):
        # Several results, though nothing may be known of their sizes.
        return tuple(OpenShape(()) if item is UNKNOWN else item for item in term)
    return term


def _shared_formula(
    rule: Rule, side: Side, given: Mapping[str, Term], env: Mapping[str, Term]
) -> Expression | None:
    """The formula of a call that no case takes: the one of all cases that it does not contradict.

    An argument that no case takes and the formula does not read may well say another shape.
    """
    cases = [case for case in rule.cases if case.origin in (None, side)]
    cases = [case for case in cases if not _contradicted(case, side, env)]
    formulas = {None if f is None else f.text: f for f in (c.half(side).shape for c in cases)}
    formula = next(iter(formulas.values()), None)
    if formula is None or len(formulas) > 1:
        return None
    settled = formula.names | _mapped(rule, side)
    for name, term in given.items():
        parameter = rule.signatures[side].by_name.get(name)
        if parameter is None:
            return None
        plain = parameter.type in FACETS or equal(term, parameter.default)
        if not plain and name not in settled and not _taken(cases, side, name, term):
            return None
    return formula


def _mapped(rule: Rule, side: Side) -> frozenset[str]:
    """The arguments that have a counterpart whatever they are."""
    if side == "keras":
        return frozenset(rule.args)
    return frozenset(name for a in rule.args.values() for name in a.formula.names)


def _contradicted(case: Case, side: Side, env: Mapping[str, Term]) -> bool:
    half = case.half(side)
    read = frozenset() if half.shape is None else half.shape.names
    for name, wanted in half.fixed.items():
        term = env.get(name, UNKNOWN)
        if name not in read and is_known(term) and not equal(term, wanted.evaluate(env)):
            return True
    return False


def _taken(cases: list[Case], side: Side, name: str, term: Term) -> bool:
    """Whether every case takes this argument as it is."""
    fixed = [case.half(side).fixed.get(name) for case in cases]
    return all(wanted is not None and equal(term, wanted.evaluate({})) for wanted in fixed)
