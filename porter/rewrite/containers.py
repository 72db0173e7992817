"""Sequential containers: spliced elements, `.add` calls collected, or a class where need be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import Dict, Facts, Object
from porter.rewrite.classes import ClassPlan
from porter.rewrite.code import assign, class_name, comments_above, snake_case, unique
from porter.rewrite.elements import Given, Item, Lines, called, given, listed
from porter.rewrite.emit import permuted
from porter.rewrite.graph import STEMS
from porter.rewrite.layers import applied_nodes, permute_module, stateless
from porter.rewrite.marks import hint, untranslated
from porter.rewrite.modules import todo_lines
from porter.rewrite.places import assigned_name, enclosing
from porter.rewrite.starting import terms_of
from porter.rewrite.states import unpacked
from porter.rewrite.template import Unwritable
from porter.rulebook import Side

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter


def _container(
    rw: Rewriter, items: Sequence[Item], last: Lines = (), short: bool = False
) -> cst.Call:
    if rw.side == "keras":
        return called(rw.spelling.name("torch.nn.Sequential"), items, last, short)
    callee = rw.spelling.name("keras.Sequential")
    if len(items) == 1 and isinstance(items[0].value, cst.StarredElement):
        return cst.Call(callee, [cst.Arg(items[0].value.value)])
    return cst.Call(callee, [cst.Arg(listed(items, last, short))])


def sequential(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`Sequential([a, b])` ↔ `nn.Sequential(a, b)`."""
    obj = rw.facts.calls[original].objects[0]
    said = {a.keyword.value for a in original.args if a.keyword is not None} - {"layers", "name"}
    if said:
        raise Unwritable(f"a container has no {', '.join(sorted(said))} there")
    if needs_class(rw, obj):
        return _as_class(rw, original)
    if rw.side == "torch" and obj.open and not obj.children and original.args:
        raise Unwritable("which layers it holds is not known here, nor their layout")
    if _is_dict(rw, original) and len(given(original, as_list=False).items) != len(obj.children):
        values = cst.Attribute(updated.args[0].value, cst.Name("values"))
        listing = cst.Call(cst.Name("list"), [cst.Arg(cst.Call(values))])
        return _container(rw, [Item(cst.StarredElement(listing))])
    before, after = (given(call, rw.side == "keras") for call in (original, updated))
    items, last = _items(rw, before, after)
    permutation = rw.facts.closing.get(original)
    if permutation is not None and original not in rw.facts.additions:
        items.append(Item(permute_module(rw, permutation)))
    if rw.side == "torch" and not items and original not in rw.facts.additions:
        # Keras cannot call a container of nothing; PyTorch's gives back what it is given.
        return cst.Call(rw.spelling.name("keras.layers.Identity"), [])
    if original in rw.facts.additions and not items:
        return cst.Call(_container(rw, [], short=True).func, [])
    short = not _spans_lines(original) and len(items) <= 2
    return _container(rw, items, last, short)


def _is_dict(rw: Rewriter, original: cst.Call) -> bool:
    """`nn.Sequential(layers)` of a dict, which Keras does not take."""
    plain = rw.side == "torch" and len(original.args) == 1 and not original.args[0].star
    return plain and isinstance(rw.facts.values.get(original.args[0].value), Dict)


def _items(rw: Rewriter, before: Given, after: Given) -> tuple[list[Item], Lines]:
    """The target's elements; comments of what falls away go to what follows."""
    found: list[Item] = []
    waiting: Lines = ()
    for old, new in zip(before.items, after.items, strict=True):
        fact = rw.facts.calls.get(old.value)
        lead = (*waiting, *new.lead)
        if fact is not None and fact.api == "keras.Input":
            behind = () if new.trail is None else (cst.EmptyLine(comment=new.trail),)
            waiting = (*lead, *behind)
            continue
        pieces = rw.pieces.get(old.value, [new.value])
        entering = rw.facts.entering.get(old.value)
        if entering is not None:
            pieces = [permute_module(rw, entering), *pieces]
        waiting = ()
        moved = entering is not None or old.value in rw.permuted_first
        begin = 1 if len(pieces) > 1 and moved else 0
        for i, piece in enumerate(pieces):
            first, final = i == begin, i + 1 == len(pieces)
            found.append(Item(piece, lead if first else (), new.trail if final else None))
    return found, (*waiting, *after.last)


PLAIN: Mapping[str, type[cst.List | cst.Dict]] = {
    "torch.nn.ModuleList": cst.List, "torch.nn.ParameterList": cst.List,
    "torch.nn.ModuleDict": cst.Dict,
}  # fmt: skip


def plain(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`nn.ModuleList([…])` as the list, `nn.ModuleDict({…})` as the dict; Keras tracks both."""
    made = PLAIN[rw.facts.calls[original].api]
    if not updated.args:
        return made([])
    if made is cst.Dict and not isinstance(rw.facts.values.get(original.args[0].value), Dict):
        untranslated(rw, original, updated, "which layers it holds is not known here")
        return updated
    return updated.args[0].value


def _spans_lines(node: cst.Call) -> bool:
    return "\n" in cst.Module([]).code_for_node(node)


def needs_class(rw: Rewriter, obj: Object) -> bool:
    """Whether a layer's result has to be read in a way that a container cannot."""
    if rw.side != "keras" or obj.uses or obj.open:
        return False
    layers = [c for c in obj.children if not (isinstance(c, Object) and c.api == "keras.Input")]
    plans = [rw.plans.get(c.node) if isinstance(c, Object) else None for c in layers]
    translations = [p.translation for p in plans if p is not None and p.translation is not None]
    if len(translations) != len(layers):
        return False
    return any(t.half.call is not None for t in translations)


def _as_class(rw: Rewriter, original: cst.Call) -> cst.BaseExpression:
    _, block = enclosing(original, rw.parents)
    home = rw.parents.get(block)
    name = home.name.value if isinstance(home, cst.FunctionDef) else None
    name = name or assigned_name(original, rw.parents) or "model"
    rw.sequential_classes[original] = unique(class_name(name), rw.spelling.taken)
    return cst.Call(cst.Name(rw.sequential_classes[original]), [])


def _class_of(rw: Rewriter, node: cst.Call, obj: Object) -> ClassPlan:
    """A Sequential as a class: one attribute a layer, one line of forward each."""
    layers: list[cst.BaseStatement] = []
    forward: list[cst.BaseStatement] = []
    x: cst.BaseExpression = cst.Name("x")
    names = _attribute_names(rw, obj)
    for child in obj.children:
        if not isinstance(child, Object) or child.node not in rw.plans:
            continue
        plan = rw.plans[child.node]
        attribute = names[child.node]
        statement, _ = enclosing(child.node, rw.parents)
        permutation = rw.facts.permutes.get(child.node)
        given = x
        if permutation is not None:
            given = permuted(x, permutation.order, "torch", rw.spelling)
        core = rw.hoisted[child.node][0]
        callee = cst.parse_expression(f"self.{attribute}")
        nodes = {} if plan.translation is None else applied_nodes(rw, plan, None)
        order = getattr(rw.facts.results.get(child.node), "order", None)
        emitter = rw.emitter(child.node, everywhere=True)
        if plan.translation is None:
            lead = todo_lines(rw, core)
            layers.append(assign(f"self.{attribute}", core, lead))
            forward.append(assign("x", cst.Call(callee, [cst.Arg(given)])))
            continue
        applied = emitter.applied(plan, callee, [given], nodes, order)
        if stateless(plan):
            hint(rw, child.node, applied, plan.fact.api, plan.translation.rule.id)
        else:
            lead = (
                comments_above(statement) if statement is not enclosing(node, rw.parents)[0] else []
            )
            lead = [*lead, *todo_lines(rw, core)]
            layers.append(assign(f"self.{attribute}", core, lead))
            rw.note_parameter(child.node, rw.sequential_classes[node], attribute, core)
        rw.spans.append((child.node, applied, plan.translation.rule.id, order))
        forward += unpacked(assign("x", applied))
    closing = rw.facts.closing.get(node)
    result = x if closing is None else permuted(x, closing.order, "torch", rw.spelling)
    base = rw.spelling.name("torch.nn.Module")
    return ClassPlan(rw.sequential_classes[node], base, ["x"], layers, forward, result)


def _attribute_names(rw: Rewriter, obj: Object) -> dict[cst.CSTNode, str]:
    stems: dict[cst.CSTNode, str] = {}
    for child in obj.children:
        plan = rw.plans.get(child.node) if isinstance(child, Object) else None
        if plan is None:
            continue
        name = "layer" if plan.translation is None else plan.translation.target.name
        stems[plan.node] = STEMS.get(name, snake_case(name))
    counts: dict[str, int] = {}
    found: dict[cst.CSTNode, str] = {}
    everything = list(stems.values())
    for node, stem in stems.items():
        counts[stem] = counts.get(stem, 0) + 1
        found[node] = stem if everything.count(stem) == 1 else f"{stem}{counts[stem]}"
    return found


def scattered(
    facts: Facts, parents: Mapping[cst.CSTNode, cst.CSTNode], side: Side
) -> dict[cst.Call, Object]:
    """The `.add` calls that no one construction can collect: some stand in a loop or branch.

    Keras adds one by one as PyTorch does: there all stay calls.
    """
    found: dict[cst.Call, Object] = {}
    for obj in facts.objects:
        additions = facts.additions.get(obj.node, [])
        block = enclosing(obj.node, parents)[1] if additions else None
        apart = any(enclosing(a, parents)[1] is not block for a in additions)
        if side == "torch" or obj.open or apart:
            found |= dict.fromkeys(additions, obj)
    return found


def appended(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    """`model.add(layer)` ↔ `model.append(layer)`, `model.add_module("name", layer)`."""
    if rw.side == "torch":
        return _added(rw, original, updated)
    argument = rw.facts.calls.get(original.args[0].value)
    if argument is not None and argument.api == "keras.Input":
        rw.void.add(original)
        return updated
    if rw.scattered[original].node in rw.facts.closing:
        untranslated(rw, original, updated, "layers are added in a loop or branch")
        return updated
    assert isinstance(updated.func, cst.Attribute)
    return updated.with_changes(func=updated.func.with_changes(attr=cst.Name("append")))


def _added(rw: Rewriter, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
    alone = isinstance(rw.parents[original], cst.Expr)
    if not alone or rw.scattered[original].node in rw.facts.closing:
        reason = "layers are added to a container that other code calls"
        untranslated(rw, original, updated, reason if alone else "it is read what this returns")
        return updated
    assert isinstance(updated.func, cst.Attribute)
    plain = cst.Arg(updated.args[-1].value)
    if len(updated.args) > 1 and updated.args[0].keyword is not None:
        plain = cst.Arg(terms_of(updated, ("name", "module"))["module"])
    return updated.with_changes(
        func=updated.func.with_changes(attr=cst.Name("add")),
        args=[plain],
        whitespace_before_args=cst.SimpleWhitespace(""),
    )


def collect_additions(
    rw: Rewriter, block: cst.CSTNode, body: list[cst.BaseStatement]
) -> list[cst.BaseStatement]:
    """`model = Sequential()` and the `model.add(…)` lines after it, as one construction."""
    for node in [n for n in rw.facts.calls if rw.facts.calls[n].objects]:
        fact = rw.facts.calls[node]
        if fact.api not in ("keras.Sequential",) or rw.side != "keras":
            continue
        assert isinstance(node, cst.Call)
        obj = fact.objects[0]
        statement, around = enclosing(node, rw.parents)
        if around is not block or node in rw.finished:
            continue
        rw.finished.add(node)
        additions = rw.facts.additions.get(node, [])
        places = [enclosing(a, rw.parents) for a in additions]
        if node not in rw.sequential_classes and not additions:
            continue
        if obj.open or any(where is not block for _, where in places):
            continue
        body = _collected(rw, node, obj, statement, [p for p, _ in places], body)
    return body


def _collected(
    rw: Rewriter,
    node: cst.Call,
    obj: Object,
    statement: cst.CSTNode,
    places: list[cst.CSTNode],
    body: list[cst.BaseStatement],
) -> list[cst.BaseStatement]:
    made = rw.statements.get(statement)
    lines = [rw.statements[p] for p in places if p in rw.statements]
    added = [line for line in lines if isinstance(line, cst.SimpleStatementLine)]
    if made is None or len(added) != len(places):
        return body
    last = added[-1] if added else made
    result: list[cst.BaseStatement] = []
    for each in body:
        if each is last:
            result += _construction(rw, node, obj, made, added)
        elif each is not made and each not in added:
            result.append(each)
    return result


def _construction(
    rw: Rewriter,
    node: cst.Call,
    obj: Object,
    made: cst.BaseStatement,
    added: list[cst.SimpleStatementLine],
) -> list[cst.BaseStatement]:
    assert isinstance(made, cst.SimpleStatementLine)
    if node in rw.sequential_classes:
        return [rw.made(_class_of(rw, node, obj)), made]
    small = made.body[0]
    assert isinstance(small, cst.Assign)
    assert isinstance(small.value, cst.Call)
    begun = given(small.value, as_list=False)
    items: list[Item] = list(begun.items)
    waiting: Lines = begun.last
    for child, line in zip(obj.children[len(obj.children) - len(added) :], added, strict=True):
        pieces = rw.pieces.get(child.node) if isinstance(child, Object) else None
        lead = (*waiting, *(line for line in line.leading_lines if line.comment is not None))
        trail = line.trailing_whitespace.comment
        if isinstance(child, Object) and child.api == "keras.Input":
            waiting = lead if trail is None else (*lead, cst.EmptyLine(comment=trail))
            continue
        waiting = ()
        made_of = pieces or [_argument(line)]
        last = len(made_of) - 1
        items += [
            Item(p, lead if i == 0 else (), trail if i == last else None)
            for i, p in enumerate(made_of)
        ]
    closing = rw.facts.closing.get(node)
    if closing is not None:
        items.append(Item(permute_module(rw, closing)))
    call = _container(rw, items)
    lines = [small.with_changes(value=call)]
    return [made.with_changes(body=lines)]


def _argument(line: cst.BaseStatement) -> cst.BaseExpression:
    assert isinstance(line, cst.SimpleStatementLine)
    small = line.body[0]
    assert isinstance(small, cst.Expr)
    assert isinstance(small.value, cst.Call)
    return small.value.args[0].value


def is_taken_up(rw: Rewriter, node: cst.Call) -> bool:
    """Whether an Input becomes a parameter of forward, or falls away in a Sequential."""
    if any(node in graph.nodes for graph in rw.graphs):
        return True
    around: cst.CSTNode = rw.parents[node]
    while isinstance(around, cst.Element | cst.List | cst.Tuple | cst.Arg):
        around = rw.parents[around]
    fact = rw.facts.calls.get(around)
    return around in rw.additions or (fact is not None and fact.api == "keras.Sequential")
