"""Numbers and lists given for tensors, as TensorFlow and Keras take them and PyTorch does not."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Const, Sequence, Tensor, TensorShape, Value
from porter.rewrite.code import spaced
from porter.rewrite.template import Unwritable, bare
from porter.rulebook import Expression, Size, Translation, known

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

MIXED = "whether this list holds tensors is not known here"


def as_tensors(
    rw: Rewriter,
    translation: Translation,
    nodes: Mapping[str, cst.BaseExpression],
    places: Mapping[str, cst.BaseExpression],
) -> dict[str, cst.BaseExpression]:
    """A call's arguments, made tensors where only tensors will do; raises Unwritable.

    `places` are the arguments as the source has them, `nodes` as they are written.
    """
    found = dict(nodes)
    signature = translation.rule.signatures[translation.side]
    for name, place in places.items():
        parameter = signature.by_name.get(name)
        if parameter is None or parameter.type != "tensor" or name not in nodes:
            continue
        maker = _maker(rw.facts.values.get(place))
        if maker is None or _asks(translation, name):
            continue
        if maker == NUMBER and _takes_numbers(rw, translation, name):
            continue
        api = "torch.stack" if maker == TENSORS else "torch.tensor"
        found[name] = cst.Call(rw.spelling.name(api), spaced([cst.Arg(bare(nodes[name]))]))
    return found


NUMBER, NUMBERS, TENSORS = "number", "numbers", "tensors"


def _maker(value: Value | None) -> str | None:
    """What a value that is no tensor holds; None where it may be one."""
    if isinstance(value, Const):
        term = known(value.term)
        return NUMBER if isinstance(term, bool | int | float | Size) else None
    if isinstance(value, TensorShape):
        return NUMBERS
    if not isinstance(value, Sequence) or value.open or not value.items:
        return None
    if all(isinstance(item, Tensor) for item in value.items):
        return TENSORS
    held = [_maker(item) for item in value.items]
    if set(held) <= {NUMBER, NUMBERS}:
        return NUMBERS
    raise Unwritable(MIXED)


def _asks(translation: Translation, name: str) -> bool:
    """Whether the rule itself looks whether an argument is a tensor."""
    cases = (case.half(translation.side).when for case in translation.rule.cases)
    return any(when is not None and f"is_tensor({name})" in when.text for when in cases)


def _takes_numbers(rw: Rewriter, translation: Translation, name: str) -> bool:
    """Whether PyTorch's function, or every operator of a template, takes a number there."""
    takers = rw.rulebook.names.get("number", {})
    template = translation.half.write
    if template is not None:
        return _is_operand(template, name, takers)
    names = takers.get(translation.target.api, "").split()
    return any(o.source == name and o.name in names for o in translation.outputs)


def _is_operand(template: Expression, name: str, takers: Mapping[str, str]) -> bool:
    """Whether a template only gives an argument to operators, and to functions like them."""
    operands: set[ast.AST] = set()
    for node in ast.walk(template.node):
        if isinstance(node, ast.BinOp):
            operands |= {node.left, node.right}
        elif isinstance(node, ast.Compare):
            operands |= {node.left, *node.comparators}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in takers:
            operands |= set(node.args[1:])
    named = [n for n in ast.walk(template.node) if isinstance(n, ast.Name) and n.id == name]
    return bool(named) and all(n in operands for n in named)
