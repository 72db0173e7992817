"""What an argument can be while rules are applied: a Python literal, a symbol, or unknown.

A `Symbol` is an expression of the source whose value is not known but whose text is
(`filters`, `4 * width`). Arithmetic on symbols composes text, so that a rule's formula
can be written into the output as an author would write it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

Term = object


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("an unknown term has no truth value")


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Symbol:
    """A value known only by the source expression that gives it; `names` are its free names."""

    text: str
    node: ast.expr = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Symbol:
        # In brackets, as where it was written it may go over several lines.
        node = ast.parse(f"({text.strip()}\n)", mode="eval").body
        return cls(ast.unparse(node), node)

    @classmethod
    def of(cls, node: ast.expr) -> Symbol:
        return cls(ast.unparse(node), node)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(n.id for n in ast.walk(self.node) if isinstance(n, ast.Name))


@dataclass(frozen=True)
class Named(Symbol):
    """A known value together with the way the author wrote it (`num_classes`, which is 10)."""

    value: object = None


@dataclass(frozen=True)
class Size(Symbol):
    """A symbol that stands for a whole number: a size of a tensor, a number of features."""


@dataclass(frozen=True)
class Dtype(Symbol):
    """A symbol that stands for the dtype of a tensor: `x.dtype`."""


@dataclass(frozen=True)
class OpenShape:
    """The shape of a tensor whose rank is not known, but whose last sizes are."""

    tail: tuple[Term, ...]

    def at(self, position: int) -> Term:
        """One of the last sizes, counted from the end; UNKNOWN of any other."""
        return self.tail[position] if -len(self.tail) <= position < 0 else UNKNOWN

    def part(self, lower: int | None, upper: int | None, step: int | None) -> Term:
        """A slice, as far as its ends are counted from the end."""
        if step is not None or (upper is not None and not -len(self.tail) <= upper < 0):
            return OpenShape(())
        if lower is None:
            return OpenShape(self.tail[:upper])
        return self.tail[lower:upper] if -len(self.tail) <= lower < 0 else UNKNOWN

    def __len__(self) -> int:
        raise TypeError("how many dimensions there are is not known")


@dataclass(frozen=True)
class ApiName(Symbol):
    """A name of the target framework, by its canonical API: `torch.float32`."""


def known(term: Term) -> Term:
    """The literal behind a term: a `Named`'s value, tuples element by element; else the term."""
    if isinstance(term, Named):
        return term.value
    if isinstance(term, tuple):
        return tuple(known(item) for item in term)
    if isinstance(term, list):
        return [known(item) for item in term]
    return term


def is_known(term: Term) -> bool:
    """Whether a term is a literal, or made of nothing else."""
    term = known(term)
    if isinstance(term, tuple | list):
        return all(is_known(item) for item in term)
    return term is None or isinstance(term, bool | int | float | complex | str | bytes)


def to_ast(term: Term) -> ast.expr:
    """The expression that writes a term down; raises ValueError where there is none."""
    if isinstance(term, Symbol):
        return term.node
    if isinstance(term, tuple | list):
        items = [to_ast(item) for item in term]
        shape = ast.Tuple if isinstance(term, tuple) else ast.List
        return shape(elts=items, ctx=ast.Load())
    if term is None or isinstance(term, bool | int | float | str):
        return ast.parse(repr(term), mode="eval").body
    raise ValueError(f"{term!r} cannot be written as source")


def write(term: Term) -> str:
    """Source text of a term, strings in double quotes where they hold none."""
    return requote(ast.unparse(to_ast(term)))


def requote(text: str) -> str:
    """A string literal in double quotes, where it holds none."""
    if text.startswith("'") and text.endswith("'") and text.count("'") == 2 and '"' not in text:
        return f'"{text[1:-1]}"'
    return text


def arithmetic(op: ast.operator, left: object, right: object) -> object:
    """`left op right` on numbers, decimal where floats meet, so that 1 - 0.99 is 0.01."""
    if isinstance(op, ast.Add) and isinstance(left, tuple | list) and type(left) is type(right):
        return left + right  # type: ignore[operator]
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return UNKNOWN
    # Decimal's // and % round towards zero, Python's do not.
    floats = isinstance(left, float) or isinstance(right, float)
    exact = floats and not isinstance(op, ast.FloorDiv | ast.Mod)
    # `+` makes a number of what is True or False.
    a, b = (Decimal(repr(+left)), Decimal(repr(+right))) if exact else (left, right)
    try:
        result = _apply(op, a, b)
    except (ZeroDivisionError, ArithmeticError):
        return UNKNOWN
    return float(result) if isinstance(result, Decimal) else result


def _apply(op: ast.operator, a: Any, b: Any) -> object:
    match op:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
        case ast.FloorDiv():
            return a // b
        case ast.Mod():
            return a % b
        case ast.Pow() if abs(b) <= 64:
            return a**b
    return UNKNOWN


def integer(term: Term) -> int:
    """A term as a whole number; raises TypeError where it is none."""
    value = known(term)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(term)
    return value


def items(term: Term) -> tuple[Term, ...]:
    """The elements of a tuple or list; raises TypeError where it is none."""
    if not isinstance(term, tuple | list):
        raise TypeError(term)
    return tuple(term)


def is_size(term: Term) -> bool:
    """Whether a term is a whole number, known or not."""
    value = known(term)
    return isinstance(value, Size) or (isinstance(value, int) and not isinstance(value, bool))


def agree(a: Term, b: Term) -> bool:
    """Whether two terms are known to be the same, by value or by text."""
    if isinstance(a, Symbol) and isinstance(b, Symbol):
        return a.text == b.text
    return is_known(a) and is_known(b) and known(a) == known(b)
