"""The mode of a module: PyTorch keeps it as `self.training`, Keras hands it to `call`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import (
    Bound,
    Facts,
    Function,
    Instance,
    Object,
    Value,
    dotted,
    is_module,
    named_parameters,
    walk,
)
from porter.rewrite.code import fewer, spaced
from porter.rewrite.cut.syntax import Origins
from porter.rewrite.marks import OWN_MODE
from porter.rewrite.template import Unwritable
from porter.rulebook import Rulebook, Side, Translation

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

NAME = "training"
TRAIN = cst.Name("train")
MODED = frozenset(
    f"torch.nn.{name}"
    for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout",
                 "FeatureAlphaDropout", "RReLU")
)  # fmt: skip
HANDED = "Keras hands the mode in: model(x, training=True) where the source called model.train()"
FIXED = "{} is given where the model is applied: PyTorch's takes none"
CONTAINERS = ("keras.Sequential", "keras.Model")
HANDED_IN = (NAME, "mask")
NO_SPACE = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


@dataclass(frozen=True)
class Mode:
    """Where the mode is read, the methods that must be told of it, and the calls that tell."""

    reads: set[cst.CSTNode] = field(default_factory=set)
    methods: set[cst.CSTNode] = field(default_factory=set)
    calls: set[cst.CSTNode] = field(default_factory=set)


def modes(facts: Facts, rulebook: Rulebook, side: Side, own_names: frozenset[str]) -> Mode:
    """The methods of PyTorch's modules that ask for the mode, themselves or through others.

    One that is called where the mode cannot be handed on is none of them.
    """
    if side != "torch" or NAME in own_names:
        return Mode()
    classes = {c.node for c in facts.classes if is_module(c, rulebook, side)}
    own = [n for cls in classes for n in cls.body.body if isinstance(n, cst.FunctionDef)]
    methods = {node: list(walk(node)) for node in own}
    able = {node for node in own if _can_be_told(node, methods[node])}
    while True:
        found = _found({m: nodes for m, nodes in methods.items() if m in able}, facts)
        unable = [n for m, nodes in methods.items() if m not in able for n in nodes]
        torn = {_callee(n, facts) for n in unable if isinstance(n, cst.Call)} & found.methods
        if not torn:
            return found
        able -= torn


def _found(methods: Mapping[cst.FunctionDef, list[cst.CSTNode]], facts: Facts) -> Mode:
    """Those that read the mode, then those that call one of them, until no more are found."""
    found = Mode()
    for method, nodes in methods.items():
        reads = [n for n in nodes if _reads_mode(n, method)]
        found.reads.update(reads)
        found.methods.update([method] if reads else [])
    before = -1
    while before != len(found.methods):
        before = len(found.methods)
        for method, nodes in methods.items():
            calls = [n for n in nodes if isinstance(n, cst.Call)]
            told = [n for n in calls if _callee(n, facts) in found.methods]
            found.calls.update(told)
            found.methods.update([method] if told else [])
    return found


def _callee(call: cst.Call, facts: Facts) -> cst.CSTNode | None:
    """The method of the program that a call runs, where the call may say more than it does."""
    value = facts.values.get(call.func)
    named = any(arg.keyword is not None and arg.keyword.value == NAME for arg in call.args)
    return None if named or not isinstance(value, Bound) else value.function.node


def _can_be_told(method: cst.FunctionDef, nodes: list[cst.CSTNode]) -> bool:
    """Whether a method can take one more argument, and does not use its name for anything."""
    params = (*method.params.posonly_params, *method.params.params)
    behind = {n.attr for n in nodes if isinstance(n, cst.Attribute)}
    behind |= {n.keyword for n in nodes if isinstance(n, cst.Arg) and n.keyword is not None}
    taken = any(isinstance(n, cst.Name) and n.value == NAME and n not in behind for n in nodes)
    free = not method.decorators and method.name.value != "__init__"
    return bool(params) and free and not taken


def _reads_mode(node: cst.CSTNode, method: cst.FunctionDef) -> bool:
    owner = (*method.params.posonly_params, *method.params.params)[0].name.value
    return isinstance(node, cst.Attribute) and dotted(node) == f"{owner}.{NAME}"


def handed(rw: Rewriter, original: cst.FunctionDef, updated: cst.FunctionDef) -> cst.FunctionDef:
    """`def call(self, x, training=None)`, where the mode is asked for."""
    if original not in rw.mode.methods:
        return updated
    rw.findings.once(original, NAME, HANDED)
    params = updated.params
    more = cst.Param(cst.Name(NAME), default=cst.Name("None"), equal=NO_SPACE)
    if isinstance(params.star_arg, cst.Param | cst.ParamStar):
        kept = params.with_changes(kwonly_params=[*params.kwonly_params, more])
    else:
        kept = params.with_changes(params=[*params.params, more])
    return updated.with_changes(params=kept)


def told(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.Call:
    """`self.inner(x, training=training)`."""
    if original not in rw.mode.calls:
        return updated
    more = cst.Arg(cst.Name(NAME), keyword=cst.Name(NAME), equal=NO_SPACE)
    return updated.with_changes(args=spaced([*updated.args, more]))


def made_anew(rw: Rewriter, updated: cst.Call, translation: Translation) -> cst.Call:
    """A layer that is applied where it is made, in the mode that it has in the source.

    Keras hands on that of the layer around: `nn.Dropout(0.5).train(self.training)(x)`. A module
    of PyTorch's that has just been made is in training: `Dropout(0.5)(x, training=True)`.
    """
    texts = [rw.rulebook.helpers.get(f"torch/{name}", "") for name in translation.case.helpers]
    moded = any(f"self.{NAME}" in text for text in texts)
    if not moded and translation.rule.signatures["torch"].api not in MODED:
        return updated
    if rw.side == "keras":
        mode = [cst.Arg(cst.parse_expression(f"self.{NAME}"))]
        return updated.with_changes(func=cst.Call(cst.Attribute(updated.func, TRAIN), mode))
    more = cst.Arg(cst.Name("True"), keyword=cst.Name(NAME), equal=NO_SPACE)
    return updated.with_changes(args=spaced([*updated.args, more]))


def mode_kept(
    made: cst.BaseExpression, callee: cst.BaseExpression, updated: cst.Call
) -> cst.BaseExpression:
    """What a call became, with the mode that it said."""
    said = [a for a in updated.args if a.keyword is not None and a.keyword.value == NAME]
    calls = [n for n in walk(made) if isinstance(n, cst.Call) and n.func is callee]
    if not said or not calls:
        return made
    told = calls[0].with_changes(args=spaced([*calls[0].args, *said]))
    return Origins().replaced(made, {calls[0]: told})


def unmoded(
    rw: Rewriter, original: cst.Call, updated: cst.Call, callees: Sequence[Value]
) -> cst.Call:
    """`self.features(x)` for `self.features(x, training=training)`; raises Unwritable.

    Keras hands the mode to every model and leaves it out where `call` takes none; a `forward`
    without such a parameter would fail.
    """
    if rw.side != "keras" or not callees:
        return updated
    kept = []
    for place, arg in enumerate(updated.args):
        name = _mode_named(arg, place, callees)
        if name is None or not all(_takes_none(rw, callee, name) for callee in callees):
            kept.append(arg)
        elif dotted(arg.value) not in (NAME, f"self.{NAME}", "None"):
            raise Unwritable(FIXED.format(name))
        else:
            rw.findings.once(original, NAME, OWN_MODE)
    return fewer(updated, kept)


def _mode_named(arg: cst.Arg, place: int, callees: Sequence[Value]) -> str | None:
    """Which of what Keras hands to a model by itself an argument is: the mode or a mask."""
    if arg.keyword is not None:
        return arg.keyword.value if arg.keyword.value in HANDED_IN else None
    plain = not arg.star and all(isinstance(callee, Object) for callee in callees)
    return HANDED_IN[place - 1] if plain and 0 < place <= len(HANDED_IN) else None


def _takes_none(rw: Rewriter, callee: Value, name: str) -> bool:
    """Whether what PyTorch makes of a model has no such parameter."""
    if isinstance(callee, Object):
        return callee.api in CONTAINERS
    if not isinstance(callee, Instance) or not is_module(callee.cls, rw.rulebook, rw.side):
        return False
    method = callee.cls.lookup("call")
    if not isinstance(method, Function) or not isinstance(method.node, cst.FunctionDef):
        return False
    params = method.node.params
    return params.star_kwarg is None and all(p.name.value != name for p in named_parameters(params))
