"""A rule at work: a simple call of its API, and what the engine makes of it.

The call is drawn from the signature and from what the rule says of its proofs, always in the same
way; what the engine leaves alone gives no example. Nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from porter.rewrite import Options, migrate_source
from porter.rulebook import (
    SIDES,
    Expression,
    ExpressionError,
    Parameter,
    Rule,
    Side,
    Tensor,
    Term,
    is_known,
    known,
    other,
    permuted,
)  # fmt: skip

_LEFT = ("todo", "manual", "unknown", "receiver-unknown", "unsafe")
_SPEC = re.compile(r"^[a-z]+(?:<[^>]+>)?\[(?P<dims>.*)\]$")
_RANGE = re.compile(r"^(-?[\d.]+?)\.\.(-?[\d.]+)$")
_USUAL = {"window": 3, "size": 8, "axis": 1, "dtype": "float32"}
_NEVER = ("name", "ignored", "initializer", "regularizer", "constraint")
_SHORT = (
    ("torch.nn.functional.", "F."), ("torch.nn.", "nn."), ("torch.Tensor.", "x."),
    ("tensorflow.Tensor.", "x."), ("tensorflow.", "tf."), ("keras.layers.", "layers."),
    ("keras.ops.", "ops."),
)  # fmt: skip
_IMPORTS = {
    "keras": "import keras\nimport tensorflow as tf\nfrom keras import layers, ops\n",
    "torch": "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n",
}
# What is given to a model is a tensor: only of those is it known whose methods are called.
_OWNERS = {"keras": ("keras.Model", "call"), "torch": ("nn.Module", "forward")}
_TRIES = 4


@dataclass(frozen=True)
class Example:
    """A few lines of one side and what they become; the imports are left out."""

    side: Side
    before: str
    after: str


@dataclass(frozen=True)
class _Drawn:
    """A call's text, its tensors by name, and the shape of the first."""

    call: str
    tensors: tuple[str, ...]
    shape: tuple[int, ...]


def example(rule: Rule, side: Side, options: Options | None = None) -> Example | None:
    """A call that the engine translates from one side, if one of the simple ones is."""
    if rule.manual or not rule.starts_from(side) or other(side) not in rule.signatures:
        return None
    options = options or Options(to=other(side))
    for place in range(_TRIES):
        drawn = _drawn(rule, side, place)
        for body in () if drawn is None else _programs(rule, side, drawn):
            program = f"{_IMPORTS[side]}\n\n{body}\n"
            migration = migrate_source(program, to=other(side), path="<example>", options=options)
            if any(finding.kind in _LEFT for finding in migration.findings):
                continue
            if migration.code != program:
                return Example(side, body, _without_imports(migration.code))
    return None


def _programs(rule: Rule, side: Side, drawn: _Drawn) -> Iterator[str]:
    """What somebody may have written around the call; the shortest comes first."""
    given = ", ".join(drawn.tensors) or "x"
    if rule.kind == "layer" and len(drawn.tensors) <= 1:
        yield f"layer = {drawn.call}"
        if side == "keras":
            yield f"model = keras.Sequential([keras.Input({drawn.shape[1:]}), {drawn.call}])"
            return
    if rule.kind == "optimizer":
        yield f"model = nn.Linear(4, 2)\noptimizer = {drawn.call}"
    elif rule.kind == "layer":
        yield (
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            f"        self.layer = {drawn.call}\n\n"
            f"    def forward(self, {given}):\n        return self.layer({given})"
        )
    elif drawn.call.startswith("x."):
        owner, call = _OWNERS[side]
        yield f"class Net({owner}):\n    def {call}(self, {given}):\n        return {drawn.call}"
    else:
        yield f"def f({given}):\n    return {drawn.call}"


def _drawn(rule: Rule, side: Side, place: int) -> _Drawn | None:
    """The call with the `place`-th of what each argument may be; None where one is not known."""
    table = {k: v for k, v in rule.draws.items() if k not in SIDES} | rule.draws.get(side, {})
    shape = _shape(rule, side, table)
    env: dict[str, Term] = {"input": Tensor(shape)}
    tensors: list[str] = []
    written: list[str] = []
    signature = rule.signatures[side]
    for parameter in signature.parameters:
        kind = parameter.type
        if parameter.is_tensor:
            if parameter.required or parameter.kind == "variadic":
                env[parameter.name] = Tensor(shape)
                written.append(_tensor_argument(parameter, tensors))
            continue
        if kind in _NEVER:
            continue
        text = _value(rule, side, table, parameter, env, place)
        if text is None and parameter.required:
            return None
        if text is not None and (parameter.required or text != _literal(parameter.default)):
            by_name = not parameter.required and parameter.kind != "variadic"
            written.append(f"{parameter.name}={text}" if by_name else text)
    if rule.kind == "layer" and not tensors:
        tensors.append("x")
    api = rule.spelled.get(signature.api, signature.api)
    if ".Tensor." in api:
        written = written[1:]
    spelled = _short(api)
    call = f"{spelled}({', '.join(written)})" if signature.is_call else spelled
    return _Drawn(call, tuple(tensors), shape)


def _tensor_argument(parameter: Parameter, tensors: list[str]) -> str:
    names = ["x", "y", "z", "w", "v"]
    count = 2 if parameter.type == "tensors" else 1
    taken = names[len(tensors) : len(tensors) + count]
    tensors += taken
    if count == 1:
        return taken[0] if taken else "x"
    joined = ", ".join(taken)
    return joined if parameter.kind == "variadic" else f"[{joined}]"


def _value(
    rule: Rule,
    side: Side,
    table: Mapping[str, object],
    parameter: Parameter,
    env: dict[str, Term],
    place: int,
) -> str | None:
    """An argument's text; None where it is left to its default or not known."""
    if parameter.name == "params":
        return "model.parameters()"
    fixed = [c.half(side).fixed.get(parameter.name) for c in rule.cases]
    given = [e.text for e in fixed if e is not None and e.text != repr(parameter.default)]
    options = given or _texts(_entry(rule, side, table, parameter.name))
    decided = len(options) == 1 and not _RANGE.match(options[0])
    if not parameter.required and not decided and place < _TRIES // 2:
        return None
    if not options:
        wanted = parameter.required or parameter.type == "axis"
        value: Term = _USUAL.get(parameter.type) if wanted else None
    else:
        value = _evaluated(options[place % len(options)], env)
    if value is None or not is_known(value):
        return None
    env[parameter.name] = value
    dtype = parameter.type == "dtype" and side == "torch"
    return f"torch.{value}" if dtype else _literal(value)


def _entry(rule: Rule, side: Side, table: Mapping[str, object], name: str) -> object:
    if name in table:
        return table[name]
    for keras, argument in rule.args.items():
        names = {"keras": keras, "torch": argument.formula.text}
        if names[side] == name and names[other(side)] in table:
            return table[names[other(side)]]
    return None


def _texts(entry: object) -> list[str]:
    """What `draw` says, as a list: one text or several."""
    if isinstance(entry, str):
        return [entry]
    return [str(each) for each in entry] if isinstance(entry, list | tuple) else []


def _evaluated(text: str, env: Mapping[str, Term]) -> Term:
    match = _RANGE.match(text)
    if match is not None:
        return ast.literal_eval(match[2])
    try:
        return known(Expression(text).evaluate(env))
    except ExpressionError:
        return None


def _literal(value: object) -> str:
    return repr(value).replace("'", '"')


def _shape(rule: Rule, side: Side, table: Mapping[str, object]) -> tuple[int, ...]:
    """The shape of the first tensor, as the proofs would draw it at its largest."""
    texts = [text for entry in table.values() for text in _texts(entry)]
    spec = next((m for m in (_SPEC.match(t) for t in texts) if m), None)
    dims = [part.strip() for part in spec["dims"].split(",")] if spec else ["2", "3", "4"]
    sizes = tuple(v if isinstance(v := _evaluated(d, {}), int) else 4 for d in dims if d)
    if side == "torch" and rule.layout == "channels" and len(sizes) > 2:
        moved = permuted(sizes, (0, len(sizes) - 1, *range(1, len(sizes) - 1)))
        return moved if isinstance(moved, tuple) else sizes
    return sizes


def _short(api: str) -> str:
    for long, short in _SHORT:
        if api.startswith(long):
            return short + api[len(long) :]
    return api


def _without_imports(code: str) -> str:
    lines = [line for line in code.split("\n") if not re.match(r"(import|from) ", line)]
    return "\n".join(lines).strip("\n")
