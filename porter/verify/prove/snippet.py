"""A drawn call as the program that somebody might have written around it."""

from __future__ import annotations

from dataclasses import dataclass

from porter.verify.prove.drawing import Call, Input

_DOMAIN = {
    "positive": "{name} = {name} * {name} + 0.5",
    "unit": "{name} = ({name} * {name} + 0.01) / ({name} * {name} + 1.0)",
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


def snippet(call: Call) -> Snippet:
    """The program, in the framework of the call."""
    names = input_names(call)
    if call.rule.kind == "layer":
        text = _layer(call, names)
    else:
        text = _function(call, names)
    build = "model" if call.side == "keras" else "Net()"
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


def _arguments(call: Call) -> list[str]:
    signature = call.rule.spelling(call.side, call.api).signature
    written = []
    for name, value in call.arguments:
        parameter = signature.by_name[name]
        if parameter.kind == "variadic":
            written.append(f"*{value}")
        elif parameter.kind == "positional" and parameter.required:
            written.append(value)
        else:
            written.append(f"{name}={value}")
    return written


def _layer(call: Call, names: list[str]) -> str:
    construct = f"{short(call.rule.spelled.get(call.api, call.api))}({', '.join(_arguments(call))})"
    if call.side == "torch":
        return _module(
            [f"self.layer = {construct}"], names, call, f"self.layer({', '.join(names)})"
        )
    if len(names) == 1 and not call.rule.draws.get("list"):
        return f"model = keras.Sequential([{_symbolic(call.inputs[0])}, {construct}])\n"
    lines = [f"{n} = {_symbolic(i)}" for n, i in zip(names, call.inputs, strict=True)]
    given = f"[{', '.join(names)}]" if call.rule.draws.get("list") else ", ".join(names)
    lines.append(f"model = keras.Model([{', '.join(names)}], {construct}({given}))")
    return "\n".join(lines) + "\n"


def _function(call: Call, names: list[str]) -> str:
    signature = call.rule.spelling(call.side, call.api).signature
    if call.listed:
        tensors = [f"[{', '.join(names)}]"]
    else:
        tensors = list(names)
    arguments = _arguments(call)
    if ".Tensor." in call.api:
        receiver, *others = tensors
        dotted = f"{receiver}.{signature.name}"
    else:
        others, dotted = tensors, short(call.rule.spelled.get(call.api, call.api))
    value = f"{dotted}({', '.join([*others, *arguments])})" if signature.is_call else dotted
    if call.side == "torch":
        return _module([], names, call, value)
    return _keras_layer(names, call, value)


def _prepared(call: Call, names: list[str]) -> list[str]:
    lines = [
        _DOMAIN[given.domain].format(name=name)
        for name, given in zip(names, call.inputs, strict=True)
        if given.domain in _DOMAIN
    ]
    in_place = ".Tensor." in call.api and call.api.endswith("_")
    return [*lines, f"{names[0]} = {names[0]} * 1.0"] if in_place else lines


def _module(construct: list[str], names: list[str], call: Call, value: str) -> str:
    body = [*_prepared(call, names), *_shaped(call, names), f"return {value}"]
    init = ["def __init__(self):", "    super().__init__()", *(f"    {c}" for c in construct), ""]
    lines = [
        *(init if construct else []),
        f"def forward(self, {', '.join(names)}):",
        *(f"    {line}" for line in body),
    ]
    return "class Net(nn.Module):\n" + "\n".join(f"    {line}".rstrip() for line in lines) + "\n"


def _shaped(call: Call, names: list[str]) -> list[str]:
    """PyTorch's code says no shapes; where a rule asks for them, some code before must."""
    return [
        f"{name} = {name}.reshape({', '.join(map(str, given.shape))})"
        for name, given in zip(names, call.inputs, strict=True)
        if call.rule.draws.get("shaped")
    ]


def _keras_layer(names: list[str], call: Call, value: str) -> str:
    body = [*_prepared(call, names), f"return {value}"]
    signature = ", ".join(names)
    lines = [
        "class Net(keras.layers.Layer):",
        f"    def call(self, {signature}):",
        *(f"        {line}" for line in body),
        "",
        "",
        *(f"{n} = {_symbolic(i)}" for n, i in zip(names, call.inputs, strict=True)),
        f"model = keras.Model([{signature}], Net()({signature}))",
    ]
    return "\n".join(lines) + "\n"


def _symbolic(given: Input) -> str:
    sizes = ", ".join(map(str, given.shape[1:])) + ("," if len(given.shape) == 2 else "")
    dtype = {"int": ', dtype="int32"', "bool": ', dtype="bool"'}.get(given.domain, "")
    return f"keras.Input(({sizes}){dtype})"
