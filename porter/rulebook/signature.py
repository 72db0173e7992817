"""Signatures as rules write them: `keras.layers.Dense(units: size, use_bias=True)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from porter.rulebook.terms import Term

Kind = Literal["positional", "variadic", "keyword", "keywords"]


@dataclass(frozen=True)
class Parameter:
    """One parameter: its kind, the literal default if it has one, and its type name."""

    name: str
    kind: Kind = "positional"
    required: bool = True
    default: Term = None
    type: str = ""


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

    def bind(
        self, positional: Sequence[Term], keywords: Mapping[str, Term]
    ) -> dict[str, Term]:
        """Arguments by parameter name, variadics as a tuple; raises `SignatureMismatch`."""
        bound: dict[str, Term] = {}
        rest = list(positional)
        for parameter in self.parameters:
            if parameter.kind == "variadic":
                bound[parameter.name] = tuple(rest)
                rest = []
            elif parameter.kind == "positional" and rest:
                bound[parameter.name] = rest.pop(0)
        if rest:
            raise SignatureMismatch(f"{self.api} takes fewer positional arguments")
        for name, value in keywords.items():
            if name in bound and self.by_name[name].kind != "variadic":
                raise SignatureMismatch(f"{self.api} got {name!r} twice")
            if name not in self.by_name:
                raise SignatureMismatch(f"{self.api} has no argument {name!r}")
            bound[name] = value
        missing = [
            p.name
            for p in self.parameters
            if p.required and p.kind in ("positional", "keyword") and p.name not in bound
        ]
        if missing:
            raise SignatureMismatch(f"{self.api} needs {', '.join(missing)}")
        return bound


class SignatureMismatch(Exception):
    """A call does not fit a signature; the message says which argument and why."""


def parse_signature(text: str, types: Mapping[str, str]) -> Signature:
    """Parse a signature; raises SyntaxError or ValueError on one that is malformed."""
    api, parenthesis, rest = text.strip().partition("(")
    if not parenthesis:
        return Signature(api.strip(), (), is_call=False)
    function = ast.parse(f"def _({rest}: pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    return Signature(api.strip(), tuple(_parameters(function.args, types)))


def _parameters(args: ast.arguments, types: Mapping[str, str]) -> list[Parameter]:
    def typed(arg: ast.arg) -> str:
        return ast.unparse(arg.annotation) if arg.annotation else types.get(arg.arg, "")

    found: list[Parameter] = []
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    for arg, default in zip(positional, [*defaults, *args.defaults], strict=True):
        value = None if default is None else ast.literal_eval(default)
        found.append(Parameter(arg.arg, "positional", default is None, value, typed(arg)))
    if args.vararg:
        found.append(Parameter(args.vararg.arg, "variadic", False, (), typed(args.vararg)))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        value = None if default is None else ast.literal_eval(default)
        found.append(Parameter(arg.arg, "keyword", default is None, value, typed(arg)))
    return found
