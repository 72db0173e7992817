"""Members that classes inherit from the framework: called by other names, or not there at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import (
    ADDING,
    Bound,
    Class,
    Instance,
    Method,
    Object,
    Super,
    below,
    dotted,
    is_module,
    is_read,
    named_parameters,
)
from porter.rewrite import asked, builds, mode
from porter.rewrite.code import closed, fewer, spaced
from porter.rewrite.marks import untranslated
from porter.rewrite.reserved import RESERVED
from porter.rewrite.starting import terms_of

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

COMPUTES = {"keras": ("call", "forward"), "torch": ("forward", "call")}
# How Keras saves a layer and asks for its shape; PyTorch does neither that way.
SAVING = frozenset({"get_config", "from_config", "compute_output_shape", "get_build_config"})
NAMED = frozenset({"name"})


def member(
    rw: Rewriter, original: cst.Attribute, updated: cst.Attribute
) -> cst.BaseExpression | None:
    """`self.call` → `self.forward`; what only the source's framework has is left and said."""
    if original in rw.mode.reads and not rw.is_frozen(original):
        return cst.Name(mode.NAME)
    if original in rw.facts.keyed:
        key = cst.Index(cst.SimpleString(f'"{original.attr.value}"'))
        return cst.Subscript(updated.value, [cst.SubscriptElement(key)])
    value = rw.facts.values.get(original)
    old, new = COMPUTES[rw.side]
    if isinstance(value, Bound) and original.attr.value == old:
        owner = value.function.owner
        if owner is not None and is_module(owner, rw.rulebook, rw.side):
            return updated.with_changes(attr=cst.Name(new))
    if isinstance(value, Method) and is_read(original, rw.parents) and _inherited(rw, value):
        found = asked.parameters(rw, original, updated, value)
        if found is not None:
            return found
        rw.left[updated] = (original, f".{value.name}", "")
    return None


def part(rw: Rewriter, original: cst.Attribute, updated: cst.Attribute) -> cst.BaseExpression:
    """`x.max(1).indices`: one of several results, which have no names in Keras."""
    if original.value in rw.projected:
        return updated.value
    index = cst.Index(cst.Integer(str(rw.facts.parts[original])))
    return cst.Subscript(updated.value, [cst.SubscriptElement(index)])


def _inherited(rw: Rewriter, value: Method) -> bool:
    """Whether a member is the framework's: nothing in the file sets one of that name."""
    if isinstance(value.receiver, Object):
        return True
    if not isinstance(value.receiver, Instance | Super) or value.name.startswith("__"):
        return False
    cls = value.receiver.cls
    return is_module(cls, rw.rulebook, rw.side) and value.name not in rw.attributes_set


def attributes_set(module: cst.Module) -> frozenset[str]:
    """The names of all attributes that a module assigns to anything."""
    found: set[str] = set()
    stack: list[tuple[cst.CSTNode, bool]] = [(module, False)]
    while stack:
        node, is_target = stack.pop()
        if is_target and isinstance(node, cst.Attribute):
            found.add(node.attr.value)
            continue
        within = is_target or isinstance(node, cst.AssignTarget | cst.AugAssign | cst.AnnAssign)
        stack += [(child, within) for child in below(node)]
    return frozenset(found)


def asked_for(cls: Class) -> set[str]:
    """The names of what a class's own constructor takes."""
    node = getattr(cls.lookup("__init__"), "node", None)
    return {p.name.value for p in named_parameters(node.params)} if node is not None else set()


def constructed(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.Call:
    """`Block(3, name="a")`: PyTorch's modules have no name, and nothing else that goes to Keras."""
    updated = mode.told(rw, original, updated)
    value = rw.facts.values.get(original)
    if rw.side != "keras" or not isinstance(value, Instance) or value.node is not original:
        return updated
    if not is_module(value.cls, rw.rulebook, rw.side):
        return updated
    own = asked_for(value.cls)
    kept = builds.leading(rw, original, value)
    more = bool(kept)
    for arg in updated.args:
        name = arg.keyword.value if arg.keyword is not None else None
        if name is None or name in own:
            kept.append(arg)
        elif name not in NAMED:
            untranslated(rw, original, updated, f"{name} is for Keras's own constructor")
            return updated
    return updated.with_changes(args=closed(kept)) if more else fewer(updated, kept)


def added(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression | None:
    """`self.add_module("conv", layer)` as `self.conv = layer`; None for any other call."""
    called = rw.facts.values.get(original.func)
    if rw.side != "torch" or not isinstance(called, Method) or called.name not in ADDING:
        return None
    given = terms_of(updated, ("name", "module"))
    alone = isinstance(rw.parents[original], cst.Expr) and len(given) == len(updated.args) == 2
    if not isinstance(called.receiver, Instance) or not alone or not rw.is_layer(called.receiver):
        return None
    assert isinstance(updated.func, cst.Attribute)
    owner, name = updated.func.value, given["name"]
    rw.findings.add(original, "safe", f".{called.name}() → an attribute", "add-module")
    text = name.evaluated_value if isinstance(name, cst.SimpleString) else None
    if isinstance(text, str) and text.isidentifier() and dotted(owner) == "self":
        rw.registered[original] = (f"{text}_" if text in RESERVED else text, given["module"])
        return given["module"]
    args = spaced([cst.Arg(owner), cst.Arg(name), cst.Arg(given["module"])])
    return cst.Call(cst.Name("setattr"), args)


def is_left_out(rw: Rewriter, node: cst.FunctionDef) -> bool:
    """Whether a method is one by which Keras saves a layer of the program."""
    cls = rw.parents.get(rw.parents[node])
    if rw.side != "keras" or node.name.value not in SAVING or not isinstance(cls, cst.ClassDef):
        return False
    module = any(c.node is cls and is_module(c, rw.rulebook, rw.side) for c in rw.facts.classes)
    return module and not all(
        isinstance(s, cst.FunctionDef) and s.name.value in SAVING for s in cls.body.body
    )


def without_saving(rw: Rewriter, cls: cst.ClassDef, body: list[cst.CSTNode]) -> list[cst.CSTNode]:
    """A class without the methods by which Keras saves a layer; said where they were."""
    kept: list[cst.CSTNode] = []
    for statement in body:
        if isinstance(statement, cst.FunctionDef) and statement.name.value in SAVING:
            message = f"{statement.name.value} is Keras's; PyTorch saves a state_dict"
            rw.findings.add(rw.origins.get(statement, cls), "note", message, rule="saving")
        else:
            kept.append(statement)
    return kept or list(body)
