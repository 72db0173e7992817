"""Words that an API takes in any case: `padding="SAME"` is "same" to Keras's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.arguments import Given
from porter.facts.builds import stored
from porter.facts.places import function_around, named_parameters
from porter.facts.values import Const, Value
from porter.rulebook import Symbol, is_known

if TYPE_CHECKING:
    from porter.facts.interpreter import Interpreter


def in_one_case(it: Interpreter, api: str, given: dict[str, Given]) -> dict[str, Given]:
    """Arguments as the API reads them, words in small letters."""
    table = it.rulebook.names.get("caseless", {})
    words = {w for name, text in table.items() if _is_of(api, name) for w in text.split()}
    return {n: _lowered(it, *pair) if n in words else pair for n, pair in given.items()}


def _is_of(api: str, name: str) -> bool:
    return api.startswith(name) if name.endswith(".") else api == name


def _lowered(it: Interpreter, node: cst.BaseExpression, value: Value) -> Given:
    term = value.term if isinstance(value, Const) else None
    word = term if isinstance(term, str) else _default(it, node)
    if word is None or word == word.lower():
        return node, value
    if not _is_local(it, node):
        return cst.SimpleString(f'"{word.lower()}"'), Const(word.lower())
    call = cst.Call(cst.Attribute(node, cst.Name("lower")))
    code = Symbol.parse(it.facts.module.code_for_node(call))
    return call, Const(code if isinstance(term, Symbol) and not is_known(term) else word.lower())


def _is_local(it: Interpreter, node: cst.BaseExpression) -> bool:
    """Whether a caller may decide what an expression gives."""
    home = function_around(node, it.parents)
    if home is None or isinstance(node, cst.SimpleString):
        return False
    names = {p.name.value for p in named_parameters(home.params)} | stored(home.body)
    return not isinstance(node, cst.Name) or node.value in names


def _default(it: Interpreter, node: cst.BaseExpression) -> str | None:
    """The word that a parameter has where no caller gives another."""
    home = function_around(node, it.parents)
    if home is None or not isinstance(node, cst.Name):
        return None
    words = [p.default for p in named_parameters(home.params) if p.name.value == node.value]
    word = words[0].evaluated_value if words and isinstance(words[0], cst.SimpleString) else None
    return word if isinstance(word, str) else None
