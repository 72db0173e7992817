"""A rule: a correspondence between one Keras/TensorFlow API and one PyTorch API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from porter.rulebook.expression import Expression
from porter.rulebook.signature import Signature, Spelling, parse_spelling
from porter.rulebook.terms import Term

Side = Literal["keras", "torch"]
Layout = Literal["source", "follow", "channels", "permute"]
SIDES: tuple[Side, Side] = ("keras", "torch")


def other(side: Side) -> Side:
    """The side that is not this one."""
    return "torch" if side == "keras" else "keras"


@dataclass(frozen=True)
class Half:
    """One side's part of a case.

    `fixed` are arguments with one value: a condition when this side is matched, and what is
    written when it is generated. `when` is a further condition on matching, `assume` one that
    makes the case unsafe where it is not known to hold. `set` are computed arguments for
    generating; `write` is an expression instead of the plain call; `call` is how the constructed
    object's result is read; `before` and `after` are modules around it. `shape` and `dtype` are
    those of the result.
    """

    fixed: Mapping[str, Expression] = field(default_factory=dict)
    when: Expression | None = None
    assume: Expression | None = None
    set: Mapping[str, Expression] = field(default_factory=dict)
    write: Expression | None = None
    call: Expression | None = None
    before: tuple[Expression, ...] = ()
    after: tuple[Expression, ...] = ()
    shape: Expression | None = None
    dtype: Expression | None = None

    @property
    def constructs(self) -> bool:
        """Whether an object is constructed, rather than a function called in its place."""
        return self.call is None or "module(" in self.call.text


@dataclass(frozen=True)
class Case:
    """A correspondence that holds under conditions; right wherever its condition holds."""

    keras: Half
    torch: Half
    origin: Side | None = None
    weights: Mapping[str, str] | None = None
    constant: tuple[str, ...] = ()
    infer: Mapping[str, Expression] = field(default_factory=dict)
    helpers: tuple[str, ...] = ()
    layout: Layout = "source"
    notes: tuple[str, ...] = ()

    def half(self, side: Side) -> Half:
        return self.keras if side == "keras" else self.torch


@dataclass(frozen=True)
class Argument:
    """How one Keras argument is made from torch's, with a table of values where they differ."""

    formula: Expression
    values: tuple[tuple[object, object], ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Arguments of one side that are left to people, and what they do instead."""

    side: Side
    when: Expression
    why: str
    trap: str = ""


@dataclass(frozen=True)
class Rule:
    """See rules/README.md for the format of the file it is read from."""

    id: str
    path: str
    line: int
    signatures: Mapping[Side, Signature]
    spellings: Mapping[Side, tuple[Spelling, ...]]
    args: Mapping[str, Argument]
    cases: tuple[Case, ...]
    kind: str = "function"
    layout: Layout = "source"
    rank: int | None = None
    called: Mapping[Side, Signature] = field(default_factory=dict)
    former: Mapping[Side, Mapping[str, str]] = field(default_factory=dict)
    shipped: bool = True
    spelled: Mapping[str, str] = field(default_factory=dict)
    manual: str | None = None
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    doc: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    # Defaults that a framework writes in another way than the signatures, and means the same by.
    defaults: Mapping[Side, Mapping[str, Term]] = field(default_factory=dict)
    # How far an optimiser's steps may be from those it is translated to, as a share of them.
    bounds: Mapping[Side, Expression] = field(default_factory=dict)
    draws: Mapping[str, Any] = field(default_factory=dict)

    def apis(self, side: Side) -> tuple[str, ...]:
        signature = self.signatures.get(side)
        own = () if signature is None else (signature.api,)
        return own + tuple(s.signature.api for s in self.spellings.get(side, ()))

    def starts_from(self, side: Side) -> bool:
        """Whether the rule says anything of calls on this side."""
        if side not in self.signatures:
            return False
        return bool(self.manual) or any(case.origin in (None, side) for case in self.cases)

    def spelling(self, side: Side, api: str) -> Spelling:
        """How the API is called under one of its names."""
        first = self.signatures[side]
        for spelling in self.spellings.get(side, ()):
            if spelling.api == api:
                return replace(spelling, former=self.former.get(side, {}))
        return replace(parse_spelling(first.api, first, {}), former=self.former.get(side, {}))
