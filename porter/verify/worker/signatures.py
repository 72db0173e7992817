"""What the installed framework says of its own functions and classes: parameters and defaults.

PyTorch's compiled functions tell Python nothing; what is known of them stands in the stub files
that it ships (several overloads each), or else in the first line of their docstrings.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pathlib
import re
import typing
from typing import Any, Dict, Iterator

# name, kind, the default's literal, whether there is a default that can be told.
Parameter = Dict[str, Any]
_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.VAR_POSITIONAL: "variadic",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_KEYWORD: "keywords",
}
# Where Keras 2's API is asked for, Keras 3 has a module of that name that means something else.
_OLDER = {"keras.backend.": "tf_keras.backend."}
_STUBS = {
    "torch.": ("_C/_VariableFunctions.pyi", ""),
    "torch.Tensor.": ("_C/__init__.pyi", "TensorBase"),
    "torch.nn.functional.": ("nn/functional.pyi", ""),
}
_TOLD = re.compile(r"\s*(?:\w+\.)*\w+(\(.*?\))(?:\s*->|\s*$)", re.DOTALL | re.MULTILINE)


def overloads_of(api: str) -> list[list[Parameter]] | None:
    """The signatures of an API, none where it does not tell; None where there is no such API.

    A method's are without its receiver.
    """
    found = _found(api)
    if found is None:
        return None
    told = [each for each in _inspected(found) if not _says_nothing(each)]
    if ".Tensor." in api:
        told = [each[1:] for each in told]
    if not told and api.startswith("torch."):
        told = _stubbed(api)
        told += _documented(found)
    return told


def _says_nothing(told: list[Parameter]) -> bool:
    return bool(told) and all(p["kind"] in ("variadic", "keywords") for p in told)


def _found(api: str) -> Any:
    older = next((api.replace(a, b, 1) for a, b in _OLDER.items() if api.startswith(a)), None)
    names = [older] if older else [api, re.sub(r"^keras\.", "tf_keras.", api)]
    for name in names:
        for split in range(name.count(".") + 1, 0, -1):
            parts = name.split(".")
            try:
                value = importlib.import_module(".".join(parts[:split]))
                return functools.reduce(getattr, parts[split:], value)
            except (ImportError, AttributeError):
                continue
    return None


def _inspected(found: Any) -> list[list[Parameter]]:
    """What Python tells; a class takes what its constructor and those it calls on take."""
    try:
        if not inspect.isclass(found):
            return [[_plain(p) for p in inspect.signature(found).parameters.values()]]
        if not inspect.isfunction(found.__init__):
            return []
        stated: list[Any] = getattr(typing, "get_overloads", lambda _: [])(found.__init__)
        return [_constructor(each) for each in stated] or [_inherited(found)]
    except (TypeError, ValueError):
        return []


def _inherited(found: Any) -> list[Parameter]:
    own: list[Parameter] = []
    for owner in found.__mro__:
        constructor = owner.__dict__.get("__init__")
        if inspect.isfunction(constructor):
            own = _with_keywords(own, _constructor(constructor))
            if not own or own[-1]["kind"] != "keywords":
                break
    return own


def _constructor(function: Any) -> list[Parameter]:
    return [_plain(p) for p in list(inspect.signature(function).parameters.values())[1:]]


def _with_keywords(own: list[Parameter], more: list[Parameter]) -> list[Parameter]:
    """A constructor's parameters; what it hands on by `**kwargs` may be given by name."""
    if not own:
        return more
    names = {p["name"] for p in own}
    handed = [{**p, "kind": "inherited"} for p in more if p["kind"] in ("positional", "keyword")]
    return [*own[:-1], *(p for p in handed if p["name"] not in names), own[-1]]


def _plain(parameter: inspect.Parameter) -> Parameter:
    required = parameter.default is inspect.Parameter.empty
    literal = None if required else _literal(parameter.default)
    kind = _KINDS[parameter.kind]
    return {"name": parameter.name, "kind": kind, "required": required, "default": literal}


def _literal(value: Any) -> str | None:
    """A default as a literal; None where it is none. A dtype is its name."""
    if value is None or isinstance(value, (bool, int, float, str, tuple, list)):
        return repr(value)
    name = getattr(value, "name", None) or str(value).partition("torch.")[2]
    return repr(name) if type(value).__name__ in ("DType", "dtype") else None


def _documented(found: Any) -> Iterator[list[Parameter]]:
    told = _TOLD.match(getattr(found, "__doc__", None) or "")
    if told is None:
        return
    try:
        tree = ast.parse("def _" + told[1] + ": pass")
    except SyntaxError:
        return
    yield _written(tree.body[0])


def _stubbed(api: str) -> list[list[Parameter]]:
    prefix, _, name = api.rpartition(".")
    if prefix + "." not in _STUBS:
        return []
    place, owner = _STUBS[prefix + "."]
    found = _stub(place, owner).get(name, [])
    if not found and prefix == "torch.nn.functional":
        return _stubbed("torch." + name)
    written = [_written(function) for function in found]
    return [each[1:] for each in written] if owner else written


@functools.lru_cache(maxsize=None)
def _stub(place: str, owner: str) -> dict[str, list[Any]]:
    import torch

    text = (pathlib.Path(torch.__file__).parent / place).read_text(encoding="utf-8")
    body = ast.parse(text).body
    if owner:
        body = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == owner).body
    found: dict[str, list[Any]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def _written(function: Any) -> list[Parameter]:
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
    found = [_stated(arg, "positional", d) for arg, d in zip(positional, defaults)]
    if args.vararg:
        found.append(_stated(args.vararg, "variadic", None))
    found += [_stated(a, "keyword", d) for a, d in zip(args.kwonlyargs, args.kw_defaults)]
    if args.kwarg:
        found.append(_stated(args.kwarg, "keywords", None))
    return found


def _stated(arg: Any, kind: str, default: Any) -> Parameter:
    try:
        literal = None if default is None else repr(ast.literal_eval(default))
    except ValueError:
        literal = None
    literal = None if literal == "Ellipsis" else literal
    return {"name": arg.arg, "kind": kind, "required": default is None, "default": literal}
