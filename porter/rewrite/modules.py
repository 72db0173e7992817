"""Classes of the program that are layers or models, and what happens to single statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from porter.facts import (
    Const,
    Instance,
    Method,
    Object,
    Sequence,
    Tensor,
    Value,
    below,
    class_around,
    computes,
    dotted,
    is_module,
    named_parameters,
)
from porter.rewrite import asked, builds, members, parameters, weights
from porter.rewrite.classes import OnSelf, names_read
from porter.rewrite.code import closed, comments_lost, parenthesised
from porter.rewrite.dropped import emptied
from porter.rewrite.dropped import statement as dropped
from porter.rewrite.imports import unbound
from porter.rewrite.marks import ALIASED, OWN_MODE, by_hand, kind_of, reason_for
from porter.rewrite.promoted import called, promoted
from porter.rewrite.spelling import bound_names
from porter.rewrite.trainable import frozen
from porter.rulebook import is_known

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


Result = cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[Any]


def class_def(rw: Rewriter, original: cst.ClassDef, updated: cst.ClassDef) -> cst.ClassDef:
    """A module's base class, and the name of the method that computes."""
    cls = next((c for c in rw.facts.classes if c.node is original), None)
    if cls is None or not is_module(cls, rw.rulebook, rw.side):
        return updated
    bases: list[cst.Arg] = []
    for before, after in zip(original.bases, updated.bases, strict=True):
        if before.value in rw.facts.apis:
            if any(b.value in rw.facts.apis for b in original.bases[: len(bases)]):
                continue
            bases.append(after.with_changes(value=_base(rw, original)))
        else:
            bases.append(after)
    bases = closed(bases)
    old, new = computes(cls, rw.rulebook, rw.side), "forward" if rw.side == "keras" else "call"
    body = [_renamed(s, old, new) for s in updated.body.body]
    if rw.side == "keras":
        body = members.without_saving(rw, original, body)
        body, bases = builds.done(rw, original, body, bases)
        body = [_with_own_mode(rw, original, s) for s in body]
    return updated.with_changes(bases=bases, body=updated.body.with_changes(body=body))


def _base(rw: Rewriter, cls: cst.ClassDef) -> cst.BaseExpression:
    if rw.side == "keras":
        return rw.spelling.name("torch.nn.Module")
    inner = cls in rw.facts.inner_classes and cls not in rw.facts.root_classes
    return rw.spelling.name("keras.layers.Layer" if inner else "keras.Model")


def _renamed(statement: cst.CSTNode, old: str, new: str) -> cst.CSTNode:
    if isinstance(statement, cst.FunctionDef) and statement.name.value == old:
        return statement.with_changes(name=cst.Name(new))
    return statement


def _with_own_mode(rw: Rewriter, cls: cst.ClassDef, method: cst.CSTNode) -> cst.CSTNode:
    """A forward that asks for the module's mode, where Keras hands `training` in."""
    if not isinstance(method, cst.FunctionDef) or method.name.value != "forward":
        return method
    params = [p.name.value for p in named_parameters(method.params)]
    reads = "training" in names_read([method.body])
    if "training" not in params or params[0] != "self" or not reads:
        return method
    if "training" in bound_names(method.body):
        return method
    rw.findings.once(cls, "training", OWN_MODE)
    body = method.body.visit(OnSelf({"training"}))
    assert isinstance(body, cst.BaseSuite)
    return method.with_changes(body=body)


def super_init(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`super().__init__(**kwargs)`: PyTorch's takes nothing."""
    func = original.func
    if (
        rw.side == "keras"
        and isinstance(func, cst.Attribute)
        and func.attr.value == "__init__"
        and isinstance(func.value, cst.Call)
        and dotted(func.value.func) == "super"
        and original.args
        and _in_module(rw, original)
    ):
        return updated.with_changes(args=[])
    answer = asked.method(rw, original, updated) or members.added(rw, original, updated)
    if answer is not None:
        return answer
    method(rw, original, updated)
    return updated


def _in_module(rw: Rewriter, node: cst.CSTNode) -> bool:
    above = class_around(node, rw.parents)
    return any(c.node is above and is_module(c, rw.rulebook, rw.side) for c in rw.facts.classes)


def method(rw: Rewriter, original: cst.Call, updated: cst.Call) -> None:
    """A method of a framework object that nothing translates yet stays, and is said."""
    if isinstance(original.func, cst.Attribute):
        owner = rw.facts.values.get(original.func.value)
        if not isinstance(rw.facts.values.get(original.func), Method):
            return
        if rw.is_framework_object(owner) and original not in rw.additions:
            rw.left[updated] = (original, f".{original.func.attr.value}()", "")


def statement(
    rw: Rewriter, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> cst.SimpleStatementLine | cst.RemovalSentinel:
    """One line: idioms tidied, nothing that computes nothing, what is left marked."""
    body = [_small(rw, o, u) for o, u in zip(original.body, updated.body, strict=True)]
    kept = [small for small in body if small is not None]
    if not kept:
        return emptied(rw, original)
    lines = [*updated.leading_lines, *comments_lost(original.body, kept)]
    return marked(rw, original, updated.with_changes(body=kept, leading_lines=lines))


def smalls(
    rw: Rewriter, original: cst.SimpleStatementSuite, updated: cst.SimpleStatementSuite
) -> list[cst.BaseSmallStatement]:
    """The statements of a suite on one line."""
    body = [_small(rw, o, u) for o, u in zip(original.body, updated.body, strict=True)]
    return [small for small in body if small is not None] or [cst.Pass()]


def _small(
    rw: Rewriter, original: cst.BaseSmallStatement, updated: cst.BaseSmallStatement
) -> cst.BaseSmallStatement | None:
    void = isinstance(original, cst.Expr | cst.Assign) and original.value in rw.void
    if void or dropped(rw, original) or original in rw.spent:
        return None
    if builds.is_needless(rw, original):
        return None
    if isinstance(original, cst.Expr) and original.value in rw.registered:
        name, value = rw.registered[original.value]
        target = cst.Attribute(cst.Name("self"), cst.Name(name))
        return cst.Assign([cst.AssignTarget(target)], value)
    return parameters.assigned(rw, original, _changed(rw, original, updated))


def _changed(
    rw: Rewriter, original: cst.BaseSmallStatement, updated: cst.BaseSmallStatement
) -> cst.BaseSmallStatement | None:
    if isinstance(original, cst.Assign) and isinstance(updated, cst.Assign):
        return _assign(rw, original, updated)
    if isinstance(original, cst.Expr) and isinstance(updated, cst.Expr):
        return _in_place(rw, original, updated)
    if isinstance(original, cst.AugAssign) and isinstance(updated, cst.AugAssign):
        return _augmented(rw, original, updated)
    return updated


def _assign(
    rw: Rewriter, original: cst.Assign, updated: cst.Assign
) -> cst.BaseSmallStatement | None:
    kept = rw.taps.kept.get(original)
    if kept is not None and not rw.is_frozen(original):
        updated = updated.with_changes(targets=[*updated.targets, cst.AssignTarget(cst.Name(kept))])
    still = frozen(rw, original, updated)
    if still is not None:
        return still
    target = updated.targets[0].target
    _note_set(rw, original.targets[0].target, target)
    if original.value in rw.buffers:
        return weights.registered(rw, original)
    if original.value in rw.projected and isinstance(target, cst.Tuple):
        element = target.elements[rw.projected[original.value]].value
        assert isinstance(element, cst.BaseAssignTargetExpression)
        updated = updated.with_changes(targets=[cst.AssignTarget(element)])
        target = element
    if _holds_layers(rw, original):
        updated = updated.with_changes(value=_module_list(rw, updated.value))
    if len(updated.targets) == 1 and isinstance(target, cst.Name):
        if isinstance(updated.value, cst.Name) and updated.value.value == target.value:
            return None
        first = _first_part(rw, original.value, updated.value)
        if first is not None:
            pair = cst.Tuple([cst.Element(target), cst.Element(cst.Name("_"))], lpar=[], rpar=[])
            return updated.with_changes(targets=[cst.AssignTarget(pair)], value=first)
    return updated


ITEM = "Keras's tensors cannot be changed: build the result from parts"


def _is_item(rw: Rewriter, target: cst.BaseExpression) -> bool:
    """`x[i] = …` where x is a tensor of PyTorch."""
    if rw.side != "torch" or not isinstance(target, cst.Subscript):
        return False
    return isinstance(rw.facts.values.get(target.value), Tensor)


def _note_set(rw: Rewriter, original: cst.CSTNode, updated: cst.CSTNode) -> None:
    """`model.trainable = False`: an attribute that means nothing to the target's object."""
    if isinstance(original, cst.BaseExpression) and _is_item(rw, original):
        rw.left[updated] = (original, "in-place", ITEM)
    if isinstance(original, cst.Attribute):
        owner = rw.facts.values.get(original.value)
        if isinstance(owner, Tensor) and rw.side == "torch":
            rw.left[updated] = (original, "in-place", ITEM)
        if isinstance(owner, Object) or (
            isinstance(owner, Instance)
            and dotted(original.value) != "self"
            and rw.is_framework_object(owner)
        ):
            rw.left[updated] = (original, f".{original.attr.value}", "")


def _holds_layers(rw: Rewriter, node: cst.Assign) -> bool:
    """Whether `self.name = [layer, …]`: Keras sees through lists, PyTorch does not."""
    name = dotted(node.targets[0].target) or ""
    value = rw.facts.values.get(node.value)
    if rw.side != "keras" or not name.startswith("self.") or not isinstance(value, Sequence):
        return False
    held = [*value.items, *_held(rw, node, name.removeprefix("self."))]
    layers = value.kind == "list" and all(map(rw.is_layer, held))
    return layers and bool(held) and _in_module(rw, node)


def _held(rw: Rewriter, node: cst.CSTNode, name: str) -> list[Value]:
    """What the objects of the class around have in a list: one may have nothing in it."""
    cls = class_around(node, rw.parents)
    lists = [i.attributes.get(name) for i in rw.facts.instances if i.cls.node is cls]
    return [item for each in lists if isinstance(each, Sequence) for item in each.items]


def _module_list(rw: Rewriter, value: cst.BaseExpression) -> cst.BaseExpression:
    empty = isinstance(value, cst.List) and not value.elements
    callee = rw.spelling.name("torch.nn.ModuleList")
    return cst.Call(callee, [] if empty else [cst.Arg(value)])


def _first_part(
    rw: Rewriter, original: cst.BaseExpression, updated: cst.BaseExpression
) -> cst.BaseExpression | None:
    """The call of `call(…)[0]` that a rule's template wrote, to be unpacked instead."""
    if original not in rw.facts.applications or not isinstance(updated, cst.Subscript):
        return None
    element = updated.slice[0].slice
    index = element.value if isinstance(element, cst.Index) else None
    first = isinstance(index, cst.Integer) and index.value == "0"
    return updated.value if first and isinstance(updated.value, cst.Call) else None


def _in_place(rw: Rewriter, original: cst.Expr, updated: cst.Expr) -> cst.BaseSmallStatement:
    """`x.relu_()` alone on a line: the target has no such method, so the name is bound anew."""
    call = original.value
    fact = rw.facts.calls.get(call)
    method = fact is not None and ".Tensor." in fact.api and fact.api.endswith("_")
    told = call in rw.facts.changing
    if not (method or told) or updated.value in rw.left or not isinstance(call, cst.Call):
        return updated
    receiver = call.func.value if isinstance(call.func, cst.Attribute) else None
    receiver = rw.facts.changing.get(call, receiver)
    if isinstance(receiver, cst.Name | cst.Attribute):
        return cst.Assign([cst.AssignTarget(receiver)], updated.value)
    return updated


OPERATORS: dict[type[cst.BaseAugOp], type[cst.BaseBinaryOp]] = {
    cst.AddAssign: cst.Add,
    cst.SubtractAssign: cst.Subtract,
    cst.MultiplyAssign: cst.Multiply,
    cst.DivideAssign: cst.Divide,
}


def _augmented(
    rw: Rewriter, original: cst.AugAssign, updated: cst.AugAssign
) -> cst.BaseSmallStatement:
    """`x += y` rebinds in TensorFlow and mutates in PyTorch: `x = x + y` does neither harm."""
    sides = [rw.facts.values.get(part) for part in (original.target, original.value)]
    numbers = isinstance(sides[0], Const) and is_known(sides[0].term)
    tensor = any(isinstance(side, Tensor) for side in sides) and not numbers
    changed = ALIASED if original in rw.facts.aliased else ITEM
    if original in rw.facts.aliased or _is_item(rw, original.target):
        rw.left[updated.target] = (original.target, "in-place", changed)
        return updated
    api = promoted(rw, original, original.operator, (original.target, original.value))
    if api is not None:
        operands = (updated.target, updated.value)
        call = called(rw, api, original.value, updated.operator, operands)
        return cst.Assign([cst.AssignTarget(original.target)], call)
    operator = OPERATORS.get(type(updated.operator))
    moved = not isinstance(updated.target, type(original.target))
    if operator is None or not (moved or (tensor and rw.side == "keras")):
        return updated
    value = cst.BinaryOperation(updated.target, operator(), parenthesised(updated.value))
    return cst.Assign([cst.AssignTarget(original.target)], value)


def marked(
    rw: Rewriter, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine
) -> cst.SimpleStatementLine:
    """A line with what is left in it said above it."""
    small = original.body[0]
    if isinstance(small, cst.Import | cst.ImportFrom):
        lines = _star_lines(rw, original, small)
    else:
        lines = todo_lines(rw, updated)
    if not lines:
        return updated
    return updated.with_changes(leading_lines=[*updated.leading_lines, *lines])


COMPOUND = (
    cst.If | cst.For | cst.While | cst.With | cst.FunctionDef | cst.ClassDef | cst.ExceptHandler
    | cst.Else | cst.Try | cst.Finally
)  # fmt: skip
SUITES = ("body", "orelse", "leading_lines", "lines_after_decorators")


def headed(rw: Rewriter, original: cst.CSTNode, result: Result) -> Result:
    """A compound statement with what is left in its header said above it."""
    if isinstance(result, cst.FlattenSentinel):
        *before, last = result
        return cst.FlattenSentinel([*before, headed(rw, original, last)])
    if not isinstance(result, COMPOUND):
        return result
    header = [child for child in result.children if _in_header(result, child)]
    lines = [line for child in header for line in todo_lines(rw, child)]
    if not lines:
        return result
    return result.with_changes(leading_lines=[*result.leading_lines, *lines])


def _in_header(result: cst.CSTNode, child: cst.CSTNode) -> bool:
    """Whether a child of a compound statement has no line of its own to be marked."""
    if isinstance(child, cst.EmptyLine | COMPOUND):
        return False
    in_line = isinstance(child, cst.SimpleStatementSuite)
    return in_line or not any(child is getattr(result, suite, None) for suite in SUITES)


def _star_lines(
    rw: Rewriter, original: cst.SimpleStatementLine, small: cst.Import | cst.ImportFrom
) -> list[cst.EmptyLine]:
    """A star import of the framework, where names are read that it alone could bind."""
    module = dotted(small.module) if isinstance(small, cst.ImportFrom) else None
    if module not in rw.facts.scope.stars or not isinstance(small.names, cst.ImportStar):
        return []
    resolved = {n.value for n in rw.facts.apis if isinstance(n, cst.Name)}
    names = sorted(unbound(rw.facts.module) - resolved)
    if not names:
        return []
    reason = f"{', '.join(names)} may come from here"
    rw.findings.add(original, "todo", reason, api=f"{module}.*")
    return [cst.EmptyLine(comment=cst.Comment(f"# porter: todo[{module}.*] {reason}"))]


def todo_lines(rw: Rewriter, updated: cst.CSTNode) -> list[cst.EmptyLine]:
    """One comment for each thing in a statement that was left as it was."""
    said: dict[str, None] = {}
    stack = [updated]
    while stack:
        node = stack.pop()
        if node in rw.taken_up:
            continue
        if node in rw.left:
            original, api, reason = rw.left[node]
            reason = reason or by_hand(rw, original, api) or reason_for(rw, api)
            said.setdefault(f"# porter: todo[{api}] {reason}")
            kind = "unsafe" if original in rw.assumed else kind_of(rw, api, reason)
            rw.findings.add(original, kind, reason, api=api)
            if isinstance(node, cst.Call | cst.Attribute):
                stack += getattr(node, "args", ())
                continue
        stack.extend(reversed(below(node)))
    return [cst.EmptyLine(comment=cst.Comment(text)) for text in said]
