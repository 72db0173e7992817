"""Signatures as rules write them: `keras.layers.Dense(units: size, use_bias=True)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeVar

from porter.rulebook.terms import Term

T = TypeVar("T")
_PART = re.compile(r"(\w+)\[(\d+)\]")
Kind = Literal["positional", "variadic", "keyword", "keywords"]


@dataclass(frozen=True)
class Parameter:
    """One parameter: its kind, the literal default if it has one, and its type name."""

    name: str
    kind: Kind = "positional"
    required: bool = True
    default: Term = None
    type: str = ""

    @property
    def is_tensor(self) -> bool:
        """Whether tensors are given for it; a `weight` stays in the source's order everywhere."""
        return self.type in ("tensor", "tensors", "weight")


@dataclass(frozen=True)
class Signature:
    """An API's canonical dotted name and its parameters; an attribute has no parentheses."""

    api: str
    parameters: tuple[Parameter, ...]
    is_call: bool = True

    @cached_property
    def by_name(self) -> Mapping[str, Parameter]:
        return {p.name: p for p in self.parameters}

    @property
    def name(self) -> str:
        return self.api.rsplit(".", 1)[-1]

    def bind(self, positional: Sequence[T], keywords: Mapping[str, T]) -> dict[str, object]:
        """Arguments by parameter name, variadics as a tuple; raises `SignatureMismatch`."""
        bound: dict[str, object] = {}
        rest = list(positional)
        for parameter in self.parameters:
            if parameter.kind == "variadic":
                bound[parameter.name] = tuple(rest)
                rest = []
            elif parameter.kind == "positional" and rest:
                bound[parameter.name] = rest.pop(0)
        if rest:
            raise SignatureMismatch(f"no rule for so many arguments of {self.api} by position")
        for name, value in keywords.items():
            if name in bound and self.by_name[name].kind != "variadic":
                raise SignatureMismatch(f"{self.api} got {name!r} twice")
            if name not in self.by_name and any(p.kind == "keywords" for p in self.parameters):
                continue
            if name not in self.by_name:
                raise SignatureMismatch(f"no rule for the argument {name!r} of {self.api}")
            bound[name] = value
        missing = [
            p.name
            for p in self.parameters
            if p.required and p.kind in ("positional", "keyword") and p.name not in bound
        ]
        if missing:
            raise SignatureMismatch(f"{self.api} needs {', '.join(missing)}")
        return bound


@dataclass(frozen=True)
class Spelling:
    """One name of an API. `meaning` maps its parameters to those of the rule's first name.

    `former` are names that parameters had in older versions of the framework. `parts` are
    parameters that stand for one part of another, as `nb_col` for `kernel_size[1]`: an older
    version took them one by one.
    """

    signature: Signature
    meaning: Mapping[str, str]
    defaults: Mapping[str, Term]
    former: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def api(self) -> str:
        """The canonical name."""
        return self.signature.api

    def bind(self, positional: Sequence[T], keywords: Mapping[str, T]) -> dict[str, object]:
        """Arguments under the first name's parameters; raises `SignatureMismatch`.

        A method's receiver is its first argument.
        """
        result: dict[str, object] = {}
        self._refuse_two_readings(positional, keywords)
        older = {name: new for name, new in self.former.items() if new in self.signature.by_name}
        keywords = {older.get(name, name): value for name, value in keywords.items()}
        bound = self.signature.bind(positional, keywords)
        for name, value in bound.items():
            meaning = self.meaning.get(name)
            if meaning is not None:
                result[meaning] = value
            elif self.signature.by_name[name].type not in ("ignored", "name"):
                raise SignatureMismatch(f"the argument {name} has no counterpart")
        return result | self._whole(bound)

    def _whole(self, bound: Mapping[str, object]) -> dict[str, object]:
        """What was given part by part; the first alone is the whole."""
        given: dict[str, list[object]] = {}
        for name in sorted(self.parts, key=self.parts.__getitem__):
            if name in bound:
                given.setdefault(self.meaning[name], []).append(bound[name])
        return {
            name: items[0] if len(items) == 1 else tuple(items) for name, items in given.items()
        }

    def _refuse_two_readings(self, positional: Sequence[T], keywords: Mapping[str, T]) -> None:
        """What a newer version reads as another argument, where no keyword shows the version."""
        names = [p.name for p in self.signature.parameters[: len(positional)]]
        apart = [name for name in names if self.parts.get(name)]
        if apart and not any(self.meaning.get(name, name) != name for name in keywords):
            raise SignatureMismatch(
                f"newer versions do not take {apart[0]} here: give all but the first by name"
            )


class SignatureMismatch(Exception):
    """A call does not fit a signature; the message says which argument and why."""


def parse_signature(text: str, types: Mapping[str, str]) -> Signature:
    """Parse a signature; raises ValueError on one that is malformed."""
    api, parenthesis, rest = text.strip().partition("(")
    if not all(part.isidentifier() for part in api.strip().split(".")):
        raise ValueError(f"{text!r} is not a signature")
    if not parenthesis:
        return Signature(api.strip(), (), is_call=False)
    if not rest.rstrip().endswith(")"):
        raise ValueError(f"{text!r} is not a signature")
    try:
        function = ast.parse(f"def _({rest}: pass").body[0]
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not a signature") from error
    if not isinstance(function, ast.FunctionDef):
        raise ValueError(f"{text!r} is not a signature")
    return Signature(api.strip(), tuple(_parameters(function.args, types)))


def parse_spelling(text: str, first: Signature, types: Mapping[str, str]) -> Spelling:
    """Parse an `also` entry: a bare name, or a signature annotated with the first's parameters."""
    signature = parse_signature(text, types)
    if not signature.is_call:
        same = {p.name: p.name for p in first.parameters}
        return Spelling(Signature(signature.api, first.parameters, first.is_call), same, {})
    meaning: dict[str, str] = {}
    defaults: dict[str, Term] = {}
    parts: dict[str, int] = {}
    for position, parameter in enumerate(signature.parameters):
        part = _PART.fullmatch(parameter.type)
        if part:
            parts[parameter.name] = int(part[2])
            meaning[parameter.name] = part[1]
            continue
        if parameter.type in first.by_name:
            stands_for = parameter.type
        elif parameter.name in first.by_name:
            stands_for = parameter.name
        elif position == 0 and first.parameters:
            stands_for = first.parameters[0].name
        else:
            continue
        meaning[parameter.name] = stands_for
        if not parameter.required and parameter.default != first.by_name[stands_for].default:
            defaults[stands_for] = parameter.default
    return Spelling(signature, meaning, defaults, {}, parts)


def _parameters(args: ast.arguments, types: Mapping[str, str]) -> list[Parameter]:
    def typed(arg: ast.arg) -> str:
        return ast.unparse(arg.annotation) if arg.annotation else types.get(arg.arg, "")

    found: list[Parameter] = []
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    for arg, default in zip(positional, [*defaults, *args.defaults], strict=True):
        value = _default(arg.arg, default)
        found.append(Parameter(arg.arg, "positional", default is None, value, typed(arg)))
    if args.vararg:
        found.append(Parameter(args.vararg.arg, "variadic", False, (), typed(args.vararg)))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        value = _default(arg.arg, default)
        found.append(Parameter(arg.arg, "keyword", default is None, value, typed(arg)))
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, "keywords", False, None, typed(args.kwarg)))
    return found


def _default(name: str, node: ast.expr | None) -> Term:
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError as error:
        raise ValueError(
            f"{name}: {ast.unparse(node or ast.Constant(None))!r} is no literal"
        ) from error
