"""A drawn call as the program that somebody might have written around it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from porter.rulebook import Parameter
from porter.verify.prove.drawing import Call, Input
from porter.verify.prove.outcome import Outcome

_DTYPES = {"int": "int32", "count": "int32", "rising": "int32", "bool": "bool"}
_DOMAIN = {
    "holes": "{name} = {name} ** 0.5",
    "huge": "{name} = {name} * 2.0 ** ({name} * {name} * 800.0)",
    "positive": "{name} = {name} * {name} + 0.5",
    "above": "{name} = {name} * {name} + 1.5",
    "count": "{name} = {name} + 1",
    "unit": "{name} = ({name} * {name} + 0.01) / ({name} * {name} + 1.0)",
}
# What takes a function of the framework: rows that add up to one, definite matrices, and numbers
# with an imaginary part.
_OWN = {
    "keras": {
        "zeros": "{name} = keras.ops.where({name} > 0, {name}, {name} * 0.0)",
        "rows": "{name} = keras.ops.softmax({name})",
        "definite": "{name} = keras.ops.matmul({name}, keras.ops.swapaxes({name}, -2, -1))"
        " + keras.ops.eye({size})",
        "still": "{name} = keras.ops.stop_gradient({name} * {name} + 0.5)",
        "tiny": "{name} = keras.ops.stop_gradient({name} * 1e-8)",
        "rising": "{name} = keras.ops.cumsum({name} + 1, axis=-1)",
        "complex": "{name} = tf.complex({name}, {name} * {name} - 0.5)",
        "spectrum": "{name} = tf.stop_gradient(tf.complex({name}, {name} * {name} - 0.5))",
    },
    "torch": {
        "zeros": "{name} = torch.where({name} > 0, {name}, {name} * 0.0)",
        "rows": "{name} = F.softmax({name}, dim=-1)",
        "definite": "{name} = torch.matmul({name}, torch.transpose({name}, -2, -1))"
        " + torch.eye({size})",
        "still": "{name} = ({name} * {name} + 0.5).detach()",
        "tiny": "{name} = ({name} * 1e-8).detach()",
        "rising": "{name} = torch.cumsum({name} + 1, dim=-1)",
        "complex": "{name} = torch.complex({name}, {name} * {name} - 0.5)",
        "spectrum": "{name} = torch.complex({name}, {name} * {name} - 0.5).detach()",
    },
}
_IMPORTS = {
    "keras": "import keras\nimport tensorflow as tf\n",
    "torch": "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n",
}
_SHORT = (
    ("torch.nn.functional.", "F."),
    ("torch.nn.", "nn."),
    ("tensorflow.", "tf."),
)


@dataclass(frozen=True)
class Snippet:
    """A module's text, the expression that builds what is compared, and its inputs."""

    text: str
    build: str
    inputs: tuple[str, ...]

    def shown(self, outcome: Outcome) -> Outcome:
        """The outcome with the program that it is of."""
        inputs = self.inputs
        return replace(outcome, source=self.text, build=self.build if inputs else "", inputs=inputs)


def snippet(call: Call) -> Snippet:
    """The program, in the framework of the call."""
    names = input_names(call)
    if call.rule.kind == "optimizer":
        return Snippet(_optimizer(call), "way", ())
    text = _layer(call, names) if call.rule.kind == "layer" else _function(call, names)
    build = "model" if call.side == "keras" and not call.bare else "Net()"
    return Snippet(f"{_IMPORTS[call.side]}\n\n{text}", build, tuple(i.spec for i in call.inputs))


def input_names(call: Call) -> list[str]:
    """A name for each tensor that goes in."""
    return ["x", "y", "z", "w", "v"][: len(call.inputs)]


def short(api: str) -> str:
    """An API as people spell it."""
    for long, spelled in _SHORT:
        if api.startswith(long):
            return spelled + api[len(long) :]
    return api


def arguments(call: Call, tensors: dict[str, list[str]]) -> list[str]:
    """What stands between the parentheses, in the order of the signature."""
    spelling = call.rule.spelling(call.side, call.api)
    drawn = dict(call.arguments)
    written: list[str] = []
    plain = call.plain
    for parameter in spelling.signature.parameters:
        names = tensors.get(spelling.meaning.get(parameter.name, ""), [])
        if parameter.kind == "variadic" and names:
            written += names
        elif names:
            value = (
                f"[{', '.join(names)}]" if parameter.type == "tensors" or call.listed else names[0]
            )
            written.append(_given(parameter, value, plain))
        elif parameter.name in drawn:
            value = drawn[parameter.name]
            if parameter.kind == "variadic":
                written += [repr(item) for item in ast.literal_eval(value)]
            else:
                written.append(_given(parameter, value, plain))
        else:
            # What comes after an argument that is left out needs its name.
            plain = False
    return written


def _given(parameter: Parameter, value: str, plain: bool) -> str:
    unnamed = parameter.kind == "positional" and (parameter.required or plain)
    return value if unnamed else f"{parameter.name}={value}"


def _optimizer(call: Call) -> str:
    """A function that makes an optimiser; PyTorch's is given the parameters."""
    written = [*(["parameters"] if call.side == "torch" else []), *arguments(call, {})]
    dotted = call.rule.spelled.get(call.api, call.api)
    body = f"def optimizer(parameters):\n    return {dotted}({', '.join(written)})\n"
    return f"import {dotted.partition('.')[0]}\n\n\n{body}"


def _layer(call: Call, names: list[str]) -> str:
    construct = (
        f"{short(call.rule.spelled.get(call.api, call.api))}({', '.join(arguments(call, {}))})"
    )
    if call.side == "torch":
        value = f"self.layer({_operands(call, names)}){_part(call)}"
        return _module([f"self.layer = {construct}"], names, call, value)
    if said(call, "inside") or call.bare:
        value = f"self.layer({_operands(call, names)}){_part(call)}"
        return _keras_layer(names, call, value, [f"self.layer = {construct}"])
    if len(names) == 1 and not said(call, "list"):
        layers = [_symbolic(call.inputs[0], call.open), *_pixels(call), construct]
        return f"model = keras.Sequential([{', '.join(layers)}])\n"
    lines = [f"{n} = {_symbolic(i)}" for n, i in zip(names, call.inputs, strict=True)]
    operands = f"({_operands(call, names)}){_part(call)}"
    lines.append(f"model = keras.Model([{', '.join(names)}], {construct}{operands})")
    return "\n".join(lines) + "\n"


def _pixels(call: Call) -> list[str]:
    """A layer that leaves pixels as they are, and that each framework has in its own layout."""
    rank = len(call.inputs[0].shape)
    return [f"keras.layers.MaxPooling{rank - 2}D(1)"] if call.behind else []


def _operands(call: Call, names: list[str]) -> str:
    """What a layer is called on: `input` first, `input_key` as key, or as the rule says."""
    applied = said(call, "applied")
    if applied is not None and len(names) > 1:
        return str(applied)
    if said(call, "list"):
        return f"[{', '.join(names)}]"
    keywords = [given.name.removeprefix("input_") for given in call.inputs[1:]]
    called = call.rule.called.get(call.side)
    order = [p.name for p in called.parameters] if called is not None else []
    if order[1 : len(names)] == keywords:
        return ", ".join(names)
    return ", ".join([names[0], *(f"{k}={n}" for k, n in zip(keywords, names[1:], strict=True))])


def _function(call: Call, names: list[str]) -> str:
    signature = call.rule.spelling(call.side, call.api).signature
    tensors: dict[str, list[str]] = {}
    for name, given in zip(names, call.inputs, strict=True):
        tensors.setdefault(given.name, []).append(name)
    written = arguments(call, tensors)
    dotted = short(call.rule.spelled.get(call.api, call.api))
    if ".Tensor." in call.api:
        receiver = written.pop(0) if written else names[0]
        dotted = f"{receiver}.{signature.name}"
    value = f"{dotted}({', '.join(written)})" if signature.is_call else dotted
    value += _part(call)
    done = [] if call.plain or not _in_place(call) else [value]
    value = _within(call).format(names[0] if done else value)
    if call.side == "torch":
        return _module([], names, call, value, done)
    return _keras_layer(names, call, value)


def _within(call: Call) -> str:
    """What the program does with the value: a constant alone has nothing to compare."""
    return str((not call.alone and said(call, "within")) or "{}")


def said(call: Call, key: str) -> object:
    """What a rule says of how the program is written, for one side or for both."""
    return (call.rule.draws | call.rule.draws.get(call.side, {})).get(key)


def _part(call: Call) -> str:
    """What the program uses of a result that has several parts."""
    return f"[{call.used[0]}]" if isinstance(call.used, tuple) else ""


def _prepared(call: Call, names: list[str]) -> list[str]:
    domains = _DOMAIN | _OWN[call.side]
    lines = [
        domains[given.domain].format(name=name, size=(0, *given.shape)[-1])
        for name, given in zip(names, call.inputs, strict=True)
        if given.domain in domains
    ]
    if call.behind:
        dims = len(call.inputs[0].shape) - 2
        pool = "keras.ops.max_pool" if call.side == "keras" else f"F.max_pool{dims}d"
        lines.append(f"{names[0]} = {pool}({names[0]}, 1)")
    return [*lines, f"{names[0]} = {names[0]} * 1.0"] if _in_place(call) else lines


def _in_place(call: Call) -> bool:
    """Whether a tensor is changed: people write that as a statement, or go on with its value."""
    return ".Tensor." in call.api and call.api.endswith("_")


def _module(
    construct: list[str], names: list[str], call: Call, value: str, done: Sequence[str] = ()
) -> str:
    body = [*_shaped(call, names), *_prepared(call, names), *done, f"return {value}"]
    init = ["def __init__(self):", "    super().__init__()", *(f"    {c}" for c in construct), ""]
    lines = [
        *(init if construct else []),
        f"def forward(self, {', '.join(names)}):",
        *(f"    {line}" for line in body),
    ]
    return "class Net(nn.Module):\n" + "\n".join(f"    {line}".rstrip() for line in lines) + "\n"


def told_dtype(call: Call, given: Input) -> str | None:
    """The dtype that the program says of what goes in, where it is no float."""
    dtype = _DTYPES.get(given.domain) if said(call, "shaped") else None
    return "int64" if dtype == "int32" and call.side == "torch" else dtype


def _shaped(call: Call, names: list[str]) -> list[str]:
    """What goes in says no shapes; where a rule asks for them, some code before must."""
    if not said(call, "shaped"):
        return []
    lines = []
    for name, given in zip(names, call.inputs, strict=True):
        dtype = told_dtype(call, given)
        if call.side == "keras":
            value = f"keras.ops.reshape({name}, {given.shape!r})"
            value = f'keras.ops.cast({value}, "{dtype}")' if dtype else value
        else:
            value = f"torch.reshape({name}, {given.shape!r})"
            value += f".to(torch.{dtype})" if dtype else ""
        lines.append(f"{name} = {value}")
    return lines


def _keras_layer(names: list[str], call: Call, value: str, construct: Sequence[str] = ()) -> str:
    body = [*_shaped(call, names), *_prepared(call, names), f"return {value}"]
    signature = ", ".join(names)
    init = ["def __init__(self):", "    super().__init__()", *(f"    {c}" for c in construct), ""]
    lines = [
        "class Net(keras.layers.Layer):",
        *(f"    {line}".rstrip() for line in (init if construct else [])),
        f"    def call(self, {signature}):",
        *(f"        {line}" for line in body),
    ]
    if not call.bare:
        lines += ["", "", *_applied(call, names)]
    return "\n".join(lines) + "\n"


def _applied(call: Call, names: list[str]) -> list[str]:
    if len(names) == 1:
        return [f"model = keras.Sequential([{_symbolic(call.inputs[0])}, Net()])"]
    signature = ", ".join(names)
    return [
        *(f"{n} = {_symbolic(i)}" for n, i in zip(names, call.inputs, strict=True)),
        f"model = keras.Model([{signature}], Net()({signature}))",
    ]


def _symbolic(given: Input, open_sizes: bool = False) -> str:
    shape = [*(None for _ in given.shape[1:-1]), given.shape[-1]] if open_sizes else given.shape[1:]
    sizes = ", ".join(map(str, shape)) + ("," if len(given.shape) == 2 else "")
    dtype = _DTYPES.get(given.domain)
    told = "" if dtype is None else f', dtype="{dtype}"'
    return f"keras.Input(({sizes}){told})"
