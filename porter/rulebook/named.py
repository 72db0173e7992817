"""Names in a rule's formulas that stand for nothing: misspelt, they would be unknown for ever.

A condition on an unknown name never holds, or holds always in the other way; a template hands it
on into the output. Neither shows before a call meets it, and then as another problem.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from porter.rulebook.compile import RuleError
from porter.rulebook.expression import Expression
from porter.rulebook.functions import FUNCTIONS
from porter.rulebook.rule import SIDES, Case, Rule, Side, other
from porter.rulebook.written import defined

# What is known around any call, and around one that makes a weight.
_AROUND = frozenset({"input", "inputs", "used", "parameters"})
_OF_A_TENSOR = ("dtype", "rank", "shape")
_WEIGHT = frozenset({"shape", "tensor", "data"})
# What a template may say of its own: the object that was constructed, a list with a sign between.
_TEMPLATE = frozenset({"module", "joined", "torch", "keras", "tensorflow", *dir(builtins)})


@dataclass(frozen=True)
class _Formula:
    """One formula and the names it may read, beside the parameters of some of the sides."""

    key: str
    expression: Expression
    sides: tuple[Side, ...]
    more: frozenset[str] = frozenset()
    template: bool = False


def helper_names(helpers: Mapping[str, str]) -> Mapping[Side, frozenset[str]]:
    """The names by which templates bring helpers in, by the side that these are for."""
    return {
        side: frozenset[str]().union(
            *(defined(key, text) for key, text in helpers.items() if key.startswith(f"{side}/"))
        )
        for side in SIDES
    }


def refuse_unknown_names(rule: Rule, helpers: Mapping[Side, frozenset[str]]) -> None:
    """Raises RuleError where a formula reads what is no argument, helper or rule function."""
    for formula in _formulas(rule, helpers):
        problem = _problem(rule, formula)
        if problem:
            raise RuleError(rule.path, rule.line, rule.id, f"{formula.key}: {problem}")


def _problem(rule: Rule, formula: _Formula) -> str:
    own = [name for side in formula.sides for name in _parameters(rule, side)]
    expression = formula.expression
    legal = _around(rule) | formula.more | {*own, *FUNCTIONS, *_bound(expression)}
    unknown = sorted((expression.names | expression.called) - legal)
    if not unknown:
        return "" if formula.template else _unknown_part(rule, expression)
    if not formula.sides:
        return f"{unknown[0]!r} is no value; a string is written as \"'{unknown[0]}'\""
    apis = [s.api for side, s in rule.signatures.items() if side in formula.sides]
    beside = ", nor a helper, a rule function or a name of Python's" if formula.template else ""
    has = f" ({', '.join(own)})" if own else ""
    return f"{unknown[0]!r} is no argument of {' or '.join(apis)}{has}{beside}"


def _unknown_part(rule: Rule, expression: Expression) -> str:
    """What is read of a tensor that a formula cannot know of any; of an object it may be all."""
    signatures = [*rule.signatures.values(), *rule.called.values()]
    tensors = {"input", "self", "x"}
    tensors |= {p.name for signature in signatures for p in signature.parameters if p.is_tensor}
    for node in expression.parts:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                if name in tensors and attr not in _OF_A_TENSOR:
                    return f"of a tensor, {name}.{attr} is not known: {', '.join(_OF_A_TENSOR)} are"
    return ""


def _around(rule: Rule) -> frozenset[str]:
    known = _AROUND | (_WEIGHT if rule.kind in ("initializer", "weight") else frozenset())
    # What an attribute is read from has no name in its signature.
    read = any(not signature.is_call for signature in rule.signatures.values())
    return known | {"self"} if read else known


def _parameters(rule: Rule, side: Side) -> Iterator[str]:
    for signatures in (rule.signatures, rule.called):
        if side in signatures:
            yield from signatures[side].by_name


def _bound(expression: Expression) -> Iterator[str]:
    """The names that a template binds by itself, in a comprehension or a lambda."""
    for node in expression.parts:
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _formulas(rule: Rule, helpers: Mapping[Side, frozenset[str]]) -> Iterator[_Formula]:
    for refusal in rule.refusals:
        yield _Formula("refuse", refusal.when, (refusal.side,))
    for side, bound in rule.bounds.items():
        yield _Formula(f"bound.{side}", bound, (side,), frozenset({"gradient"}))
    for case in rule.cases:
        for name, formula in case.infer.items():
            yield _Formula(f"infer.{name}", formula, SIDES)
        for side in SIDES:
            yield from _of_half(case, side, helpers[side])


def _of_half(case: Case, side: Side, helpers: frozenset[str]) -> Iterator[_Formula]:
    half = case.half(side)
    read = {"when": half.when, "assume": half.assume, "shape": half.shape, "dtype": half.dtype}
    for key, formula in read.items():
        if formula is not None:
            yield _Formula(f"{key}.{side}", formula, (side,))
    for name, formula in half.fixed.items():
        yield _Formula(f"fixed.{side}.{name}", formula, ())
    for name, formula in half.set.items():
        yield _Formula(f"set.{side}.{name}", formula, (other(side),))
    more = _TEMPLATE | helpers | case.infer.keys()
    templates = [("write", half.write), ("call", half.call)]
    templates += [*(("before", each) for each in half.before)]
    templates += [*(("after", each) for each in half.after)]
    for key, template in templates:
        if template is not None:
            yield _Formula(f"{key}.{side}", template, (other(side),), more, template=True)
