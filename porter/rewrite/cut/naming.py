"""What the layers of a class that was cut out are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libcst as cst

from porter.rewrite.code import snake_case, unique
from porter.rewrite.cut.flow import Context
from porter.rewrite.cut.syntax import bound
from porter.rewrite.graph import GENERIC, RESERVED, STEMS, stem_of


def attribute_names(
    context: Context, calls: Sequence[cst.Call], body: Iterable[cst.CSTNode], taken: set[str]
) -> dict[cst.Call, str]:
    """An attribute for each call that applies what it makes, numbered where several are alike."""
    once = _bound_once(body)
    wanted = [(call, *_wanted(context, call, once)) for call in calls]
    stems = [stem for _, stem, _ in wanted]
    used = {*RESERVED, *taken}
    numbers: dict[str, int] = {}
    found: dict[cst.Call, str] = {}
    for call, stem, own in wanted:
        numbers[stem] = numbers.get(stem, 0) + 1
        alone = stems.count(stem) == 1 and (own or stem not in used)
        found[call] = unique(stem if alone else f"{stem}{numbers[stem]}", used)
        used.add(found[call])
    return found


def without_function(name: str) -> str:
    """`stack_fn` → `stack`: what is handed on is no function any more."""
    for ending in ("_fn", "_func", "_function"):
        name = name.removesuffix(ending)
    return name


def _bound_once(body: Iterable[cst.CSTNode]) -> set[str]:
    seen: dict[str, int] = {}
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Assign):
            for name in bound([node]):
                seen[name] = seen.get(name, 0) + 1
        stack += node.children
    return {name for name, count in seen.items() if count == 1}


def _wanted(context: Context, call: cst.Call, once: set[str]) -> tuple[str, bool]:
    """A layer's name: `name=`, the variable its result goes to, or what it is."""
    helper = context.helper(call)
    made = call if helper is not None and helper.factory is None else call.func
    assert isinstance(made, cst.Call)
    for arg in made.args:
        named = arg.keyword is not None and arg.keyword.value == "name"
        if named and isinstance(arg.value, cst.SimpleString):
            text = str(arg.value.evaluated_value)
            if text.isidentifier():
                return text, True
    around = context.parents.get(context.origins.first(call))
    if isinstance(around, cst.Assign) and isinstance(around.targets[0].target, cst.Name):
        name = around.targets[0].target.value
        if name in once and name not in GENERIC:
            return name, True
    if context.given(call) is not None and isinstance(call.func, cst.Name):
        return without_function(call.func.value), False
    if helper is not None:
        return snake_case(helper.name), False
    stem = stem_of(made, context.plans.get(context.origins.first(made)))
    return stem.lstrip("_"), stem not in STEMS.values()
