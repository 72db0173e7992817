"""What is right only under a condition that the text cannot decide is applied on request only."""

from __future__ import annotations

from collections.abc import Mapping

from porter.rulebook import Rule, Side, Term, Translation, Untranslatable, translate

ONLY_IF = "right only if"


def translated(
    rule: Rule,
    side: Side,
    given: Mapping[str, Term],
    facts: Mapping[str, Term],
    api: str,
    unsafe: bool,
) -> Translation:
    """A call's translation; raises Untranslatable where it rests on something not known."""
    translation = translate(rule, side, given, facts, api)
    if translation.assumed and not unsafe:
        conditions = " and ".join(translation.assumed)
        raise Untranslatable(f"{ONLY_IF} {conditions}: --unsafe applies it", "unsafe")
    return translation
