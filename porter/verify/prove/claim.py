"""What a rule says of the shape of a result, against what its own framework made of the call.

Nothing in a drawn program depends on that shape, much in people's programs does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, cast

import numpy as np

from porter.rulebook import (
    UNKNOWN,
    Case,
    Expression,
    OpenShape,
    Record,
    Rulebook,
    Side,
    Tensor,
    Term,
    Translation,
    Untranslatable,
    is_known,
    known,
    load_rulebook,
    translate,
)
from porter.verify.prove.drawing import Call
from porter.verify.prove.snippet import input_names, said, told_dtype


def disputed(call: Call, outputs: Sequence[Mapping[str, Any]]) -> str | None:
    """Why the shapes and kinds that came out are not what the rule says; None where they are."""
    if not outputs:
        return None
    dtype = _claimed_dtype(call)
    for each in outputs if dtype is not None else ():
        if np.dtype(each["kind"]).kind != np.dtype(dtype).kind:
            return f"the rule says that the dtype is {dtype}, it is {each['kind']}"
    shapes = [tuple(each["shape"]) for each in outputs if each["shape"] is not None]
    claimed = list(_tensors(_claimed(call)))
    if not any(map(is_known, chain(*claimed))) and any(claimed):
        # Of an argument that only a run tells, no size follows.
        return None
    if not claimed or len(shapes) != len(outputs):
        return None
    if len(claimed) == len(shapes) and all(map(_fits, claimed, shapes)):
        return None
    wanted = ", ".join(str([known(size) for size in each]) for each in claimed)
    return (
        f"the rule says that the shape is {wanted}, it is {', '.join(map(str, map(list, shapes)))}"
    )


def is_empty(call: Call) -> bool:
    """Whether a window is larger than what it goes over, as the rule says."""
    sizes = (known(size) for each in _tensors(_claimed(call)) for size in each)
    return any(isinstance(size, int) and size <= 0 for size in sizes)


def case_of(call: Call) -> Case | None:
    """The case of its rule that translates a call, where all is known."""
    translation = _translation(call)
    return None if translation is None else translation.case


def silent(calls: Iterable[Call]) -> str | None:
    """Why a formula is worth nothing: it gives no whole shape for any call of its case."""
    told: dict[tuple[str, str], bool] = {}
    for call in calls:
        translation = _translation(call)
        formula = _formula(call, translation)
        if translation is not None and formula is not None:
            key = (formula.text, repr(translation.case))
            told[key] = told.get(key, False) or _is_whole(_claimed(call))
    wordless = [text for (text, _), tells in told.items() if not tells]
    return f"the rule's shape {wordless[0]!r} is none for any call drawn" if wordless else None


def _is_whole(claimed: Term) -> bool:
    """Whether a formula gives a shape, and every size of it."""
    shapes = list(_tensors(claimed))
    return bool(shapes) and all(isinstance(known(size), int) for each in shapes for size in each)


def _claimed(call: Call) -> Term:
    """What the rule's formula comes to, where every size is known."""
    translation = _translation(call)
    formula = _formula(call, translation)
    if translation is None or formula is None:
        return UNKNOWN
    shape = formula.evaluate(translation.env)
    part = call.used[0] if isinstance(call.used, tuple) else None
    return shape[part] if part is not None and isinstance(shape, tuple) else shape


def _claimed_dtype(call: Call) -> str | None:
    translation = _translation(call)
    formula = None if translation is None else translation.case.half(call.side).dtype
    dtype = None if translation is None or formula is None else formula.evaluate(translation.env)
    return dtype if isinstance(dtype, str) else None


def _formula(call: Call, translation: Translation | None) -> Expression | None:
    return None if translation is None else translation.case.half(call.side).shape


def _translation(call: Call) -> Translation | None:
    """What the rule makes of a call of which all is known; None where that is not enough."""
    rule, side = call.rule, call.side
    meaning = rule.spelling(side, call.api).meaning
    given: dict[str, Term] = {meaning[name]: _value(text, side) for name, text in call.arguments}
    facts: dict[str, Term] = {}
    if call.used is not None:
        facts["used"] = call.used
    called = rule.called.get(side)
    layer = rule.kind == "layer"
    for number, each in enumerate(call.inputs):
        tensor = Tensor(each.shape, told_dtype(call, each))
        facts.setdefault("input", tensor)
        if not layer and each.name in rule.signatures[side].by_name:
            given[each.name] = _together(given.get(each.name), tensor)
        elif number == 0 and called is not None:
            facts[called.parameters[0].name] = tensor
        facts[each.name.removeprefix("input_")] = tensor
    facts["inputs"] = tuple(Tensor(each.shape) for each in call.inputs)
    facts |= _applied(call)
    for parameter in called.parameters if called is not None else ():
        facts.setdefault(parameter.name, parameter.default)
    try:
        return translate(rule, side, given, facts, call.api, unsafe=True)
    except Untranslatable:
        return None


def _applied(call: Call) -> dict[str, Term]:
    """What a layer is called on, where the rule says how: `x, [y, z]`."""
    applied, called = said(call, "applied"), call.rule.called.get(call.side)
    if applied is None or called is None or len(call.inputs) == 1:
        return {}
    tensors = {
        name: Tensor(each.shape) for name, each in zip(input_names(call), call.inputs, strict=True)
    }
    written = ast.parse(f"f({applied})", mode="eval").body
    assert isinstance(written, ast.Call)
    given = [Expression(ast.unparse(operand)).evaluate(tensors) for operand in written.args]
    return {p.name: term for p, term in zip(called.parameters, given, strict=False)}


def _value(text: str, side: Side) -> Term:
    """An argument as a rule sees it: `torch.float32` is the name of a dtype."""
    try:
        return ast.literal_eval(text)
    except ValueError:
        return text.removeprefix("torch.") if text.startswith("torch.") else _record(text, side)


def _record(text: str, side: Side) -> Term:
    """A layer that is an argument, with its own: `keras.layers.Dense(3)`; else UNKNOWN."""
    made = ast.parse(text, mode="eval").body
    rules = _rulebook().find(ast.unparse(made.func), side) if isinstance(made, ast.Call) else ()
    if not rules or not isinstance(made, ast.Call):
        return UNKNOWN
    signature = rules[0].signatures[side]
    words = {word.arg: word.value for word in made.keywords if word.arg is not None}
    bound = signature.bind(made.args, words)
    given = {name: _value(ast.unparse(cast(ast.expr, node)), side) for name, node in bound.items()}
    usual = {p.name: p.default for p in signature.parameters if not p.required}
    return Record(signature.api, usual | given)


@cache
def _rulebook() -> Rulebook:
    return load_rulebook()


def _together(before: Term, tensor: Tensor) -> Term:
    if before is None:
        return tensor
    return (*before, tensor) if isinstance(before, tuple) else (before, tensor)


def _tensors(term: Term) -> Iterator[Sequence[Term]]:
    """The shapes in a formula's result: a tuple of shapes is several tensors."""
    if isinstance(term, OpenShape) or not isinstance(term, tuple | list):
        return
    if isinstance(term, tuple) and any(isinstance(item, tuple | list) for item in term):
        for item in term:
            yield from _tensors(item)
    else:
        yield term


def _fits(claimed: Sequence[Term], shape: Sequence[int]) -> bool:
    return len(claimed) == len(shape) and all(
        not is_known(size) or known(size) in (None, actual)
        for size, actual in zip(claimed, shape, strict=True)
    )
