"""What is said of what was translated, and of what was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Const, Foreign, Object, Unknown, Value
from porter.rewrite.frozen import FROZEN
from porter.rewrite.plan import Left
from porter.rulebook import is_known
from porter.source import Kind

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

OWN_MODE = "training is the module's mode in PyTorch: model.train() and model.eval() set it"
ALIASED = "PyTorch changes this tensor under all its names, Keras only gives this name another"
READ = "what is read here means something else in the other framework"
MODULES = {"keras": "keras.Model", "torch": "torch.nn.Module"}
ARRAY_ATTRIBUTES = ("T", "mT")


def hint(rw: Rewriter, original: cst.CSTNode, result: cst.CSTNode, api: str, rule: str) -> None:
    """What was translated, as `check` shows it."""
    made = rw.pieces.get(original, [result])
    code = ", ".join(rw.facts.module.code_for_node(m) for m in made)
    code = " ".join(code.split()) if "#" not in code else rule
    plan = rw.plans.get(original)
    assumed = plan is not None and plan.translation is not None and plan.translation.assumed
    kind: Kind = "unsafe" if assumed or original in rw.assumed else "safe"
    rw.findings.add(original, kind, f"{api} → {code}", rule, api, code)


def unknown_receiver(rw: Rewriter, original: cst.Call) -> None:
    """A method that tensors have, on something of which nothing is known."""
    if not isinstance(original.func, cst.Attribute):
        return
    owner = rw.facts.values.get(original.func.value)
    name = original.func.attr.value
    if hasattr(list, name) and isinstance(rw.parents[original], cst.Expr):
        # Alone on a line only a list's method does something.
        return
    if is_open(owner) and _has_tensor(rw, name):
        message = f"what .{name}() is called on is not known: it may be a tensor"
        rw.findings.add(original, "receiver-unknown", message, api=f".{name}()")


def _has_tensor(rw: Rewriter, method: str) -> bool:
    """Whether the framework's tensors have a method of this name, and hardly anything else."""
    if rw.side == "keras":
        return rw.rulebook.knows(f"tensorflow.Tensor.{method}")
    in_place = method.endswith("_") and not method.endswith("__")
    listed = method in rw.rulebook.names.get("method", {})
    return in_place or listed or rw.rulebook.knows(f"torch.Tensor.{method}")


def unknown_owner(rw: Rewriter, original: cst.Attribute) -> None:
    """`x.T`, where nothing is known of x: what else has such an attribute is an array."""
    around = rw.parents[original]
    if isinstance(around, cst.Call) and around.func is original:
        return
    name = original.attr.value
    owner = rw.facts.values.get(original.value)
    if rw.side == "torch" and name in ARRAY_ATTRIBUTES and is_open(owner):
        message = f"what .{name} is read of is not known: it may be a tensor"
        rw.findings.add(original, "receiver-unknown", message, api=f".{name}")


def unknown_item(rw: Rewriter, original: cst.Subscript) -> None:
    """`x[[0, 2]]`, where nothing is known of x: only arrays and tensors are read so."""
    index = original.slice[0].slice if len(original.slice) == 1 else None
    listed = isinstance(index, cst.Index) and isinstance(index.value, cst.List)
    if rw.side == "torch" and listed and is_open(rw.facts.values.get(original.value)):
        message = "what is read by a list of places is not known: it may be a tensor"
        rw.findings.add(original, "receiver-unknown", message, api="[…]")


def is_open(value: Value | None) -> bool:
    """Whether nothing is known of a value but, at most, its name."""
    named = isinstance(value, Const) and not is_known(value.term)
    return named or (isinstance(value, Unknown) and not isinstance(value, Foreign))


def untranslated(rw: Rewriter, original: cst.CSTNode, updated: cst.CSTNode, reason: str) -> None:
    """Note that a node stays as it was; its statement will say so."""
    fact = rw.facts.calls.get(original)
    if fact is None and isinstance(original, cst.Call):
        fact = rw.facts.calls.get(original.func)
    api = fact.api if fact is not None else _callee(rw, original)
    rw.left[updated] = (original, api, reason)


def note_torn(rw: Rewriter, node: cst.Call, why: str) -> None:
    """A layer that cannot be written here, or not where it is applied, stays everywhere."""
    if node in rw.plans:
        rw.torn[node] = Left(why, rw.plans[node].kind)
    elif node in rw.facts.applications:
        for callee in rw.facts.applications[node].callees:
            if isinstance(callee, Object) and callee.node in rw.plans:
                rw.torn[callee.node] = Left(f"where it is applied: {why}", "todo")


def why_frozen(rw: Rewriter, node: cst.Call) -> str:
    """Why a call among layers that stay is left: its layer's own reason, where it has one."""
    plan = rw.plans.get(node) or rw.plans.get(node.func)
    return plan.reason if plan is not None and plan.translation is None else FROZEN


def _callee(rw: Rewriter, node: cst.CSTNode) -> str:
    """What is called, in one line."""
    named = node.func if isinstance(node, cst.Call) else node
    return " ".join(rw.facts.module.code_for_node(named).split())


def reason_for(rw: Rewriter, api: str) -> str:
    """Why an API stays as it was, where nothing more is known."""
    rules = rw.rulebook.find(api, rw.side)
    manual = next((rule.manual for rule in rules if rule.manual), None)
    owners = rw.rulebook.find(api.rpartition(".")[0], rw.side)
    if any(rule.kind == "text" for rule in (*rules, *owners)):
        return READ
    return manual or ("not translated yet" if api.startswith(".") else "no rule for this API")


def by_hand(rw: Rewriter, original: cst.CSTNode, api: str) -> str | None:
    """What people do instead of a method or an attribute of an object of the framework."""
    node = original.func if isinstance(original, cst.Call) else original
    if not api.startswith(".") or not isinstance(node, cst.Attribute):
        return None
    owner = rw.facts.values.get(node.value)
    made = owner.api if isinstance(owner, Object) else MODULES[rw.side]
    return rw.rulebook.left(made, node.attr.value, rw.side)


def kind_of(rw: Rewriter, api: str, reason: str) -> Kind:
    """The kind of finding for something left as it was."""
    if any(rule.manual for rule in rw.rulebook.find(api, rw.side)):
        return "manual"
    return "unknown" if reason == "no rule for this API" else "todo"
