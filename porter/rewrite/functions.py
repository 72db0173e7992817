"""Functions and methods of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Sequence, TensorShape, dotted
from porter.rewrite.given import as_tensors
from porter.rewrite.marks import ALIASED, hint, untranslated
from porter.rewrite.template import Unwritable
from porter.rulebook import UNKNOWN, Term, Translation, Untranslatable, translate
from porter.rulebook import Tensor as TensorTerm

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

Updated = dict[str, cst.BaseExpression]


def attribute(
    rw: Rewriter, original: cst.Attribute, updated: cst.Attribute, api: str
) -> cst.BaseExpression:
    """What a tensor's attribute becomes, noted."""
    result = function(rw, original, updated)
    if result is not updated:
        hint(rw, original, result, api, rw.rule_id(original) or api)
    return result


def function(
    rw: Rewriter, original: cst.Call | cst.Attribute, updated: cst.Call | cst.Attribute
) -> cst.BaseExpression:
    """A function's or method's call in the target, or the call as it was, noted."""
    fact = rw.facts.calls[original]
    if original in rw.facts.dropped and original not in rw.facts.kept:
        assert isinstance(updated, cst.Call)
        return _receiver(rw, updated)
    reason = fact.problem or ""
    around = rw.parents[original]
    if isinstance(around, cst.AugAssign) and around.target is original:
        untranslated(rw, original, updated, IN_PLACE)
        return updated
    if _changes_its_tensor(rw, original, fact.api):
        untranslated(rw, original, updated, IN_PLACE)
        return updated
    if original in rw.facts.aliased:
        untranslated(rw, original, updated, ALIASED)
        return updated
    parameters = rw.facts.parameters_for(original)
    facts = {"used": fact.used, "input": TensorTerm(), "parameters": parameters}
    given, loose, argument_of = fact.given, rw.varying.loosened(fact), fact.nodes
    if original in rw.facts.axes:
        # One size of a tensor, which stands elsewhere in the order in which it is held.
        moved = {"dim": rw.facts.axes[original]}
        given, loose = {**given, **moved}, {**loose, **moved}
        argument_of = {name: node for name, node in argument_of.items() if name != "dim"}
    nodes = _function_nodes(rw, original, argument_of)
    choices = [given] if loose == given else [loose, given]
    if fact.problem is not None and isinstance(original, cst.Call):
        choices = []
    # What holds for every value of a parameter goes before what holds for this file's calls.
    for choice in choices:
        found, why, assumes = _written(rw, original, choice, facts, nodes)
        reason = reason or why
        if assumes:
            rw.assumed.add(original)
        if found is not None:
            if choice is not choices[0]:
                rw.findings.add(original, "note", rw.varying.note(fact), rule="argument")
            return found
    untranslated(rw, original, updated, reason)
    return updated


def _written(
    rw: Rewriter,
    original: cst.Call | cst.Attribute,
    given: Mapping[str, Term],
    facts: Mapping[str, Term],
    nodes: Updated,
) -> tuple[cst.BaseExpression | None, str, bool]:
    """A call by the first rule that says how, or why there is none; and whether it assumes."""
    fact = rw.facts.calls[original]
    reason, assumes = "", False
    for rule in fact.rules:
        if not set(given) <= set(rule.signatures[rw.side].by_name):
            continue
        try:
            translation = translate(rule, rw.side, given, facts, fact.api, unsafe=rw.unsafe)
            made = nodes
            if rw.side == "keras" and isinstance(original, cst.Call):
                made = as_tensors(rw, translation, nodes, fact.nodes)
                changed = {n: UNKNOWN for n in made if made[n] is not nodes[n]}
                translation = replace(translation, env={**translation.env, **changed})
            result = rw.emitter(original).core(translation, made, fact.order)
        except Untranslatable as error:
            reason = error.before(reason)
            assumes = assumes or error.kind == "unsafe"
            continue
        except Unwritable as error:
            reason = str(error)
            continue
        project(rw, original, translation, fact.used)
        for message in (*rule.notes, *translation.case.notes):
            rw.findings.once(original, rule.id, message)
        rw.chosen[original] = rule.id
        return result, reason, assumes or bool(translation.assumed)
    return None, reason, assumes


IN_PLACE = "it changes its tensor, which another name may still be read for"


def _changes_its_tensor(rw: Rewriter, node: cst.CSTNode, api: str) -> bool:
    """`y = x.add_(1)`: x changes too, which a function's result does not say."""
    if ".Tensor." not in api or not api.endswith("_") or not isinstance(node, cst.Call):
        return False
    receiver = node.func.value if isinstance(node.func, cst.Attribute) else None
    around = rw.parents[node]
    if receiver in rw.facts.calls and isinstance(receiver, cst.Attribute):
        return True
    if isinstance(around, cst.Expr):
        # Alone on a line, it changes what has no name to be bound anew.
        return not isinstance(receiver, cst.Name | cst.Attribute)
    if not isinstance(receiver, cst.Name | cst.Attribute | cst.Subscript):
        return False
    if isinstance(around, cst.Assign):
        same = [dotted(t.target) == dotted(receiver) for t in around.targets]
        return not (len(same) == 1 and same[0] and dotted(receiver))
    return not isinstance(around, cst.Return)


def project(rw: Rewriter, original: cst.CSTNode, translation: Translation, used: object) -> None:
    """Where a rule relates one part of the source's result, that part is all there is."""
    condition = translation.case.half(rw.side).when
    if condition is None or "used" not in condition.names:
        return
    if isinstance(used, tuple) and len(used) == 1:
        rw.projected[original] = used[0]


def _function_nodes(
    rw: Rewriter,
    original: cst.Call | cst.Attribute,
    nodes: Mapping[str, cst.BaseExpression],
) -> Updated:
    if isinstance(original, cst.Call):
        return argument_nodes(rw, nodes)
    return {name: rw.updated.get(node, node) for name, node in nodes.items()}


def _receiver(rw: Rewriter, updated: cst.Call) -> cst.BaseExpression:
    if isinstance(updated.func, cst.Attribute) and not _is_api(rw, updated.func):
        return updated.func.value
    return updated.args[0].value


def _is_api(rw: Rewriter, node: cst.CSTNode) -> bool:
    return node in rw.left


def argument_nodes(rw: Rewriter, nodes: Mapping[str, cst.BaseExpression]) -> Updated:
    """A call's arguments by parameter, as they are after rewriting."""
    found: Updated = {}
    for name, node in nodes.items():
        if node in rw.updated:
            found[name] = rw.updated[node]
        elif isinstance(node, cst.Tuple):
            found[name] = _variadic(rw, node)
    return found


def _variadic(rw: Rewriter, node: cst.Tuple) -> cst.BaseExpression:
    """`f(a, b)` and `f((a, b))` as one tuple."""
    values = [element.value for element in node.elements]
    if len(values) == 1 and isinstance(rw.facts.values.get(values[0]), Sequence | TensorShape):
        return rw.updated.get(values[0], values[0])
    elements: list[cst.BaseElement] = []
    spread: cst.BaseExpression | None = None
    for value in values:
        # An item that the program does not name itself is one of a starred argument's.
        owner = (
            value.value if isinstance(value, cst.Subscript) and value not in rw.updated else None
        )
        if owner is None:
            elements.append(cst.Element(rw.updated.get(value, value)))
        elif owner is not spread:
            elements.append(cst.StarredElement(rw.updated.get(owner, owner)))
        spread = owner
    if len(elements) == 1 and isinstance(elements[0], cst.StarredElement):
        return elements[0].value
    if len(elements) == 1:
        return cst.Tuple([elements[0].with_changes(comma=cst.Comma())])
    return cst.Tuple(_comma_separated(elements))


def _comma_separated(elements: list[cst.BaseElement]) -> list[cst.BaseElement]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return [e.with_changes(comma=comma) for e in elements[:-1]] + elements[-1:]
