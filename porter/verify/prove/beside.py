"""Calls beside those that are drawn: an argument is another than it ever was, or one that only a
run tells; a tensor is left out, comes besides or has another rank, or nothing is known of it.

What a rule demands of its arguments is drawn as it demands it. Where a demand is forgotten, such a
call is translated all the same, and comes out wrong. Most are refused, as they should be.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from porter.rulebook import Parameter, Rule, Side
from porter.verify.prove.claim import case_of
from porter.verify.prove.drawing import OMITTED, Call, Input

_TENSORS = ("tensor", "tensors")
# Of so many cases of a rule are calls tried beside.
_CASES = 4
_UNREAD = (*OMITTED, "function")


def beside(rule: Rule, side: Side, ran: Sequence[Call], words: Mapping[str, str]) -> Iterator[Call]:
    """Calls to try besides those that ran; `words` are what arguments of a name may be told."""
    if rule.kind == "optimizer":
        return
    bases = list(_bases(ran))
    if rule.kind == "layer" and side == "keras":
        yield from (replace(call, bare=True) for call in bases)
    if rule.kind == "layer":
        yield from (replace(c, inputs=c.inputs[:1]) for c in bases if len(c.inputs) > 1)
    for parameter in rule.signatures[side].parameters:
        if parameter.kind in ("variadic", "keywords") or parameter.type in _UNREAD:
            continue
        seen = {_given(call, parameter) for call in ran}
        if parameter.type in _TENSORS:
            yield from _tensor(ran, parameter, seen)
            continue
        for text in _others(parameter, next(iter(seen)), side, words) if len(seen) == 1 else ():
            yield from (_with(call, parameter, text) for call in bases)
        for call in bases:
            yield from (_with(call, parameter, text) for text in _untold(call, parameter, seen))
    if len({len(call.inputs[0].shape) for call in ran if call.inputs}) == 1:
        yield from (other for call in bases for other in _ranks(call))


def _bases(ran: Sequence[Call]) -> Iterator[Call]:
    """The call with the fewest arguments, and of some cases that with the most."""
    ordered = sorted(ran, key=lambda call: (len(call.inputs), len(call.arguments)))
    of_case = {repr(case_of(call)): call for call in ordered}
    yield from dict.fromkeys((*ordered[:1], *list(of_case.values())[-_CASES:]))


def _untold(call: Call, parameter: Parameter, seen: set[str]) -> Iterator[str]:
    """An argument of which no text says the value, only a run; and a tensor for a number."""
    text = dict(call.arguments).get(_own(call, parameter) or "", "")
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return
    if "None" in seen:
        yield "dict().get(0)"
    if value not in (None, (), []):
        yield f"max([{text}])"
    if isinstance(value, float):
        made = "torch.tensor" if call.side == "torch" else "keras.ops.convert_to_tensor"
        yield f"{made}({text})"


def _given(call: Call, parameter: Parameter) -> str:
    """An argument as it is written, or its default; "" for a tensor."""
    own = _own(call, parameter)
    default = "" if parameter.type in _TENSORS else repr(parameter.default)
    return next((text for name, text in call.arguments if name == own), default)


def _own(call: Call, parameter: Parameter) -> str | None:
    """What a parameter is called under the name that the call uses."""
    meaning = call.rule.spelling(call.side, call.api).meaning
    return next((own for own, name in meaning.items() if name == parameter.name), None)


def _with(call: Call, parameter: Parameter, text: str) -> Call:
    own = _own(call, parameter)
    if own is None:
        return call
    kept = tuple(pair for pair in call.arguments if pair[0] != own)
    return replace(call, arguments=(*kept, (own, text)))


def _tensor(ran: Sequence[Call], parameter: Parameter, seen: set[str]) -> Iterator[Call]:
    """Without a tensor that is always there, a number in its place, or with one that never is."""
    there = [call for call in ran if any(i.name == parameter.name for i in call.inputs)]
    for call in _bases(there) if len(there) == len(ran) else ():
        kept = tuple(i for i in call.inputs if i.name != parameter.name)
        without = replace(call, inputs=kept, behind=False)
        if not parameter.required:
            yield without
        is_receiver = ".Tensor." in call.api and parameter is _first(call)
        for text in ("0.5", "None") if kept and not is_receiver else ():
            yield _with(without, parameter, text)
    for call in _bases(ran) if not there and seen == {""} else ():
        if call.inputs:
            shape = call.inputs[0].shape
            for sizes in (shape, shape[-1:]):
                yield replace(call, inputs=(*call.inputs, Input(parameter.name, sizes)))


def _first(call: Call) -> Parameter:
    return call.rule.signatures[call.side].parameters[0]


def _others(parameter: Parameter, text: str, side: Side, words: Mapping[str, str]) -> Iterator[str]:
    """What else an argument may be that only ever was this."""
    if parameter.type == "dtype":
        yield "torch.float64" if side == "torch" else "'float64'"
        return
    try:
        value = ast.literal_eval(text)
    except ValueError:
        return
    if isinstance(value, bool):
        yield repr(not value)
    elif isinstance(value, int):
        yield repr(value + 1)
    elif isinstance(value, float):
        yield repr(2.0 * value + 0.5)
    elif parameter.name in words:
        yield from (word for word in words[parameter.name].split(" | ") if word != repr(value))


def _ranks(call: Call) -> Iterator[Call]:
    """With a first tensor of one dimension more, and of one less."""
    first, *others = call.inputs
    if others:
        return
    yield replace(call, inputs=(replace(first, shape=(2, *first.shape)),), behind=False)
    if len(first.shape) > 1:
        yield replace(call, inputs=(replace(first, shape=first.shape[1:]),), behind=False)
