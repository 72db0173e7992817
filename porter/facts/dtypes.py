"""What dtype comes out of PyTorch's operations; None where that is not certain.

A dtype that may be wrong is worse than none, so that what depends on the ranks of the tensors that
meet, or on a default that the program may set, is left open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from porter.facts.values import Const, Tensor, Value
from porter.facts.values import Sequence as SequenceValue
from porter.rulebook import DTYPES, UNKNOWN, WHOLE, Size, Term, Translation, is_known, known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def is_whole(dtype: str | None) -> bool:
    """Whether a dtype holds whole numbers, and not what is True or False."""
    return dtype in WHOLE


def number_kind(value: Value) -> str | None:
    """A number of the program's: 'bool', 'int', 'float'; None for what may be any."""
    if not isinstance(value, Const):
        return None
    if isinstance(value.term, Size):
        return "int"
    if not is_known(value.term):
        return None
    kind = type(known(value.term)).__name__
    return kind if kind in ("bool", "int", "float") else None


def told(term: Term | None) -> str | None:
    """A dtype that an argument names."""
    dtype = known(term)
    return dtype if isinstance(dtype, str) and dtype in DTYPES else None


def with_dtype(
    it: Interpreter,
    result: Value,
    api: str,
    translation: Translation | None,
    terms: Mapping[str, Term],
    inputs: Sequence[Value],
) -> Value:
    """A result with the dtype that the call says, or the rule that holds, or the table of them."""
    said = known(terms.get("dtype"))
    if isinstance(result, Tensor) and isinstance(said, str):
        return replace(result, dtype=told(said))
    if translation is None or (said is not None and "dtype" in terms):
        return result
    word = it.rulebook.names["result"].get(api.replace(".Tensor.", "."))
    if word is not None:
        return of_word(word, result, inputs)
    formula = translation.case.half(it.side).dtype
    dtype = UNKNOWN if formula is None else known(formula.evaluate(translation.env))
    if not isinstance(result, Tensor) or not isinstance(dtype, str):
        return result
    # A tensor made of whole numbers has fewer bits in the target.
    made = translation.rule.kind == "creation" and it.side == "torch" and dtype == "int64"
    return replace(result, dtype=dtype, held="int32" if made else None)


def of_word(word: str, value: Value, inputs: Sequence[Value]) -> Value:
    """A result with the dtype that the table of results says: a word, or one for each part."""
    words = word.split()
    if isinstance(value, SequenceValue):
        each = words if len(words) == len(value.items) else words[:1] * len(value.items)
        pairs = zip(each, value.items, strict=True)
        return SequenceValue(value.kind, [of_word(w, i, inputs) for w, i in pairs], value.open)
    if not isinstance(value, Tensor):
        return value
    dtype, held = _of_word(words[0], inputs)
    return replace(value, dtype=dtype, held=held)


def _of_word(word: str, inputs: Sequence[Value]) -> tuple[str | None, str | None]:
    if word in DTYPES:
        return word, None
    if word == "index":
        return "int64", "int32"
    first = inputs[0] if inputs else None
    if word == "joined":
        return promoted(inputs)
    if not isinstance(first, Tensor) or first.dtype is None:
        return None, None
    if word == "sum" and first.dtype == "bool":
        return "int64", "int32"
    if word == "sum" and first.dtype == "uint8":
        return None, None
    if word == "sum" and is_whole(first.dtype):
        return "int64", None if first.dtype == "int64" and first.held is None else "int32"
    return first.dtype, first.held


def promoted(values: Iterable[Value], divided: bool = False) -> tuple[str | None, str | None]:
    """The dtype of tensors and numbers that meet, and the target's where that is another."""
    tensors: list[Tensor] = []
    kinds: set[str] = set()
    for value in values:
        kind = number_kind(value)
        if isinstance(value, Tensor):
            tensors.append(value)
        elif kind is not None:
            kinds.add(kind)
        else:
            return None, None
    dtypes = {t.dtype for t in tensors}
    if None in dtypes:
        return None, None
    floats = {d for d in dtypes if d != "bool" and not is_whole(d)}
    wholes = {d for d in dtypes if is_whole(d)}
    if floats:
        return (next(iter(floats)), None) if len(floats) == 1 else (None, None)
    if divided or "float" in kinds:
        return "float32", None
    if len(wholes) > 1:
        return None, None
    if wholes:
        held = {t.held for t in tensors if is_whole(t.dtype)}
        return next(iter(wholes)), next(iter(held)) if len(held) == 1 else None
    return ("int64", "int32") if "int" in kinds else ("bool", None)
