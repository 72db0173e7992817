"""Functions that take tensors and make layers: each becomes a module of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import libcst as cst

from porter.facts import Function, function_around, walk
from porter.rewrite.classes import BLANK
from porter.rewrite.code import assign, class_name, comments_above
from porter.rewrite.code import unique as unique_name
from porter.rewrite.cut.body import Body, Part, Statements, finished
from porter.rewrite.cut.flow import Context, Helper, Uncut, tensor_parameters
from porter.rewrite.cut.naming import without_function
from porter.rewrite.cut.syntax import block, bound, parameters, read_nodes
from porter.rewrite.cut.writing import Made, top_of, written


def without_doc(statements: Statements) -> tuple[Statements, cst.BaseStatement | None]:
    """A body without its docstring, and that."""
    first = statements[0] if statements else None
    if isinstance(first, cst.SimpleStatementLine) and len(first.body) == 1:
        small = first.body[0]
        text = small.value if isinstance(small, cst.Expr) else None
        if isinstance(text, cst.SimpleString | cst.ConcatenatedString):
            return statements[1:], first
    return statements, None


def find_helpers(context: Context, apart: frozenset[cst.CSTNode]) -> None:
    """Functions that take tensors and make layers, or call others that do.

    The modules of those in `apart` cannot have the function's own name.
    """
    functions = [f.node for f in context.facts.functions if isinstance(f.node, cst.FunctionDef)]
    candidates: dict[cst.FunctionDef, tuple[str, ...]] = {}
    for node in functions:
        above = context.parents.get(context.parents.get(node, node))
        if isinstance(above, cst.ClassDef):
            continue
        tensors = tensor_parameters(context, node)
        if tensors:
            candidates[node] = tensors
    context.kin = _kin(context, candidates)
    while True:
        before = len(context.helpers)
        for node, tensors in candidates.items():
            known = node in context.helpers or node in context.refused
            if not known and _becomes_module(context, node):
                factory = _factory(context, node)
                if factory is None and _is_out_of_reach(context, node):
                    context.refused.add(node)
                    continue
                place = factory or node
                name = _module_name(context, place)
                if factory is None or name != place.name.value or node in apart:
                    name = unique_name(name, context.taken)
                context.taken.add(name)
                free = _free(context, place)
                context.helpers[node] = Helper(node, name, tensors, free, factory)
        if len(context.helpers) == before:
            return


def _factory(context: Context, node: cst.FunctionDef) -> cst.FunctionDef | None:
    """The function of the module that makes nothing but this one, for one call each time."""
    around = function_around(node, context.parents)
    if around is None or top_of(around, context) is not around:
        return None
    lines = block(around.body)
    returns = [n for n in walk(around.body) if isinstance(n, cst.Return)]
    own = [n for n in returns if function_around(n, context.parents) is around]
    last = lines[-1].body[-1] if isinstance(lines[-1], cst.SimpleStatementLine) else None
    named = own and _name_given(own[0]) == node.name.value
    if node not in lines or len(own) != 1 or own[0] is not last or not named:
        return None
    if tensor_parameters(context, around) or not _is_applied_at_once(context, around):
        return None
    return around


def _kin(
    context: Context, candidates: Mapping[cst.FunctionDef, tuple[str, ...]]
) -> dict[cst.CSTNode, tuple[cst.FunctionDef, ...]]:
    """The functions that are handed to the same places, by each of them.

    Those that cannot be called alike stay functions.
    """
    groups: list[tuple[set[cst.FunctionDef], list[cst.Call]]] = []
    for call in context.handed.calls():
        group, calls = set(context.handed.called(call.func)), [call]
        for other in [g for g in groups if g[0] & group]:
            groups.remove(other)
            group, calls = group | other[0], [*other[1], *calls]
        groups.append((group, calls))
    found: dict[cst.CSTNode, tuple[cst.FunctionDef, ...]] = {}
    for group, calls in groups:
        if _are_alike(group, calls, candidates):
            kin = tuple(f for f in candidates if f in group)
            found.update(dict.fromkeys(kin, kin))
        else:
            context.handed.lost |= group
    return found


def _are_alike(
    group: Collection[cst.FunctionDef],
    calls: Sequence[cst.Call],
    candidates: Mapping[cst.FunctionDef, tuple[str, ...]],
) -> bool:
    """Whether functions take their tensors, and what else they take, in the same places."""
    if not all(f in candidates for f in group):
        return False
    named = any(arg.keyword is not None for call in calls for arg in call.args)
    shapes = set()
    for function in group:
        names = [p.name.value for p in parameters(function.params)]
        tensors = tuple(n in candidates[function] for n in names)
        own = tuple(n for n in names if named or n not in candidates[function])
        shapes.add((tensors, own))
    return len(shapes) == 1


def _becomes_module(context: Context, node: cst.FunctionDef) -> bool:
    kin = context.kin.get(node, ())
    return _makes_layers(context, node) or any(f in context.helpers for f in kin)


def _is_out_of_reach(context: Context, node: cst.FunctionDef) -> bool:
    """Whether a function within another is handed out of it, where the other's names are not."""
    around = function_around(node, context.parents)
    if around is None or node in context.kin:
        return False
    if node in context.handed.lost:
        return True
    for func, value in context.facts.values.items():
        call = context.parents.get(func)
        if not isinstance(value, Function) or value.node is not node:
            continue
        if isinstance(call, cst.Call) and call.func is func and not _is_in(call, {around}, context):
            return True
    return False


def _name_given(returned: cst.Return) -> str | None:
    return returned.value.value if isinstance(returned.value, cst.Name) else None


def _is_applied_at_once(context: Context, factory: cst.FunctionDef) -> bool:
    """Whether what a factory gives is called where it is made: elsewhere it makes layers anew."""
    for node in walk(context.facts.module):
        if not isinstance(node, cst.Name) or node.value != factory.name.value:
            continue
        value = context.facts.values.get(node)
        if not isinstance(value, Function) or value.node is not factory:
            continue
        made = context.parents[node]
        applied = context.parents.get(made)
        if not isinstance(made, cst.Call) or made.func is not node:
            return False
        if not isinstance(applied, cst.Call) or applied.func is not made:
            return False
    return True


def _module_name(context: Context, function: cst.FunctionDef) -> str:
    """A helper's class, told apart from the framework's own of that name."""
    name = class_name(function.name.value)
    around = function_around(function, context.parents)
    if function in context.kin:
        name = class_name(without_function(function.name.value))
        if around is not None:
            name = f"{class_name(around.name.value)}{name}"
    return f"{name}Block" if f"torch.nn.{name}" in context.rulebook.index["torch"] else name


def _makes_layers(context: Context, node: cst.FunctionDef) -> bool:
    return any(
        isinstance(n, cst.Call) and (context.makes_layer(n) or context.helper(n) is not None)
        for n in walk(node.body)
    )


def _free(context: Context, node: cst.FunctionDef) -> tuple[str, ...]:
    """Names of the functions around a function that it reads."""
    around: set[str] = set()
    above = function_around(node, context.parents)
    while above is not None:
        around |= bound([above.body]) | {p.name.value for p in parameters(above.params)}
        above = function_around(above, context.parents)
    own = [n.value for n in read_nodes(node)]
    functions = {h.node.name.value for h in context.helpers.values()} | {node.name.value}
    return tuple(dict.fromkeys(n for n in own if n in around and n not in functions))


def helper_parts(
    context: Context, refused: dict[cst.CSTNode, Uncut]
) -> dict[cst.CSTNode, list[Part]]:
    """The classes of the helpers; one that cannot be cut takes those that call it along."""
    while True:
        parts: dict[cst.CSTNode, list[Part]] = {}
        taken, before = set(context.taken), len(refused)
        for node, helper in context.helpers.items():
            try:
                parts[node] = _helper(context, helper)
            except Uncut as error:
                refused[node] = error
        for node, why in list(refused.items()):
            refused.update({kin: why for kin in context.kin.get(node, ()) if kin not in refused})
        for node in refused:
            if context.helpers.pop(node, None) is not None:
                context.refused.add(node)
        if len(refused) == before:
            return parts
        context.taken = taken


def _helper(context: Context, helper: Helper) -> list[Part]:
    node, place = helper.node, helper.place
    statements, doc = without_doc(block(place.body))
    if helper.factory is not None:
        inner, _ = without_doc(block(node.body))
        statements = [*(s for s in statements[:-1] if s is not node), *inner]
    statements = context.with_sizes(statements)
    sizes = context.sizes
    for attribute, size in sizes.told.get(node, {}).values():
        # Before the first way out: what follows that may not be run.
        ends = (
            i for i, s in enumerate(statements) if any(isinstance(n, cst.Return) for n in walk(s))
        )
        statements.insert(next(ends), assign(f"self.{attribute}", size))
    params = {p.name.value: p for f in (place, node) for p in parameters(f.params)}
    local = set(params) | set(helper.free) | sizes.variables(node)
    body = Body(context, helper.name, statements, set(helper.tensors), local)
    inputs = [p for p in node.params.params if p.name.value in helper.tensors]
    handed = context.modules_handed()
    own = [p for p in parameters(place.params) if p.name.value not in helper.tensors]
    own = [context.origins.replaced(p, handed) for p in own]
    if not set(params) <= {*helper.tensors, *(p.name.value for p in own)}:
        raise Uncut("a function that makes layers is told more than its tensors", node)
    asked = sizes.asked.get(node, {})
    names = context.ordered(helper, asked.values(), helper.free)
    free = [cst.Param(cst.Name(name)) for name in names]
    if any(p.star in ("*", "**") for p in own):
        raise Uncut("a function that makes layers takes * or **", node)
    part = finished(body, inputs, [*free, *own])
    part.params = [*free, *own]
    part.sizes = {key: name for key, name in asked.items() if key[0] in helper.tensors}
    part.doc, part.lead = doc, place.leading_lines
    return [*body.parts, part]


def place_helper(
    context: Context, node: cst.CSTNode, parts: Sequence[Part], made: Made, called: bool
) -> None:
    """A helper's class takes its place, unless something that was not cut still calls it."""
    place = context.helpers[node].place
    top = top_of(place, context)
    if top is not place:
        parts[-1].lead = (BLANK, BLANK, *comments_above(place))
    classes = [written(context, p, made) for p in parts]
    if called:
        classes = [context.origins.cloned(c) for c in classes]
    elif top is place:
        made.gone.add(place)
    made.before.setdefault(top, [])[:0] = classes


def remaining(context: Context, made: Made) -> set[cst.CSTNode]:
    """The helpers that something calls, or holds, that is not cut itself."""
    kept: set[cst.CSTNode] = set()
    while True:
        before = len(kept)
        places = {n: helper.place for n, helper in context.helpers.items()}
        tops = {n for n, place in places.items() if top_of(place, context) is place}
        gone = (tops | {n for n in places if n in context.kin}) - kept
        inside = {*made.replaced, *made.gone, *(places[n] for n in gone)}
        for node in set(context.helpers) - kept:
            around = [c for c in _calls(context, node) if not _is_in(c, inside, context)]
            local = node not in tops and node not in context.kin
            if around or (local and not _is_in(node, inside, context)):
                kept.add(node)
        if len(kept) == before:
            return kept


def _calls(context: Context, node: cst.CSTNode) -> list[cst.Call]:
    calls = [c for c in context.facts.values if isinstance(c, cst.Call)]
    kin = context.kin_of(context.helpers[node])
    return [c for c in calls if context.helper(c) in kin]


def _is_in(node: cst.CSTNode, inside: set[cst.CSTNode], context: Context) -> bool:
    above: cst.CSTNode | None = node
    while above is not None and above not in inside:
        above = context.parents.get(above)
    return above is not None
