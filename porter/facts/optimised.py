"""What an optimiser is for, which Keras says when it compiles a model, and PyTorch at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from porter.facts.names import dotted
from porter.facts.places import function_around, walk
from porter.rulebook import Symbol

Parents = Mapping[cst.CSTNode, cst.CSTNode]
_WEIGHTS = ("trainable_weights", "trainable_variables")


def optimised(module: cst.Module, parents: Parents) -> dict[cst.Call, Symbol]:
    """The parameters that calls are given for, where they are some one model's.

    That is a model that an optimiser is given to (`model.compile(optimizer=…)`), or whose weights
    it changes (`optimizer.apply_gradients(zip(gradients, model.trainable_weights))`), and that is
    there when the optimiser is made.
    """
    found: dict[cst.Call, set[str]] = {}
    uses = list(_uses(module, parents))
    made = _made(module, parents) if uses else {}
    for model, optimiser, home in uses:
        call = optimiser if isinstance(optimiser, cst.Call) else None
        name = dotted(optimiser)
        if call is None and name is not None:
            own = [c for c, scope in made.get(name, []) if scope in (home, module) or "." in name]
            call = own[0] if len(own) == 1 else None
        if call is not None:
            found.setdefault(call, set()).add(model)
    return {
        call: Symbol.parse(f"{model}.parameters()")
        for call, (model, *others) in found.items()
        if not others and _is_there(model, call, module, parents)
    }


def _made(module: cst.Module, parents: Parents) -> dict[str, list[tuple[cst.Call, cst.CSTNode]]]:
    """The calls whose results get a name, and in which function."""
    found: dict[str, list[tuple[cst.Call, cst.CSTNode]]] = {}
    for node in walk(module):
        if isinstance(node, cst.Assign) and isinstance(node.value, cst.Call):
            for target in node.targets:
                name = dotted(target.target)
                if name is not None:
                    scope = function_around(node, parents)
                    found.setdefault(name, []).append((node.value, scope or module))
    return found


def _uses(
    module: cst.Module, parents: Parents
) -> Iterator[tuple[str, cst.BaseExpression, cst.CSTNode]]:
    """Models, what optimises them, and in which function."""
    for node in walk(module):
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
            continue
        owner, home = dotted(node.func.value), function_around(node, parents) or module
        if node.func.attr.value == "compile" and owner is not None:
            for i, arg in enumerate(node.args):
                if (arg.keyword.value if arg.keyword is not None else i) in ("optimizer", 0):
                    yield owner, arg.value, home
        elif node.func.attr.value == "apply_gradients" and node.args:
            for each in walk(node.args[0].value):
                if isinstance(each, cst.Attribute) and each.attr.value in _WEIGHTS:
                    model = dotted(each.value)
                    if model is not None:
                        yield model, node.func.value, home


def _is_there(model: str, call: cst.Call, module: cst.Module, parents: Parents) -> bool:
    """Whether a model has its name where an optimiser is made, and one alone."""
    home = function_around(call, parents) or module
    nodes = list(walk(home))
    places = [
        i for i, node in enumerate(nodes)
        if isinstance(node, cst.Assign)
        and any(dotted(target.target) == model for target in node.targets)
        and (function_around(node, parents) or module) is home
    ]  # fmt: skip
    return len(places) == 1 and places[0] < nodes.index(call)
