"""What sets up the source's own machinery and has no meaning in the target: it falls away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from porter.facts import Instance, Method, Object
from porter.rewrite.code import comments_around, comments_lost, handed_on, led

if TYPE_CHECKING:
    from porter.rewrite.rewriter import Rewriter

Defined = TypeVar("Defined", cst.FunctionDef, cst.ClassDef)
MODULES = {"keras": "keras.Model", "torch": "torch.nn.Module"}


def falls_away(rw: Rewriter, original: cst.CSTNode) -> bool:
    """Whether an expression is dropped where nothing uses its value; said if it is."""
    node = original.func if isinstance(original, cst.Call) else original
    api = _api(rw, original, node)
    if api is None:
        return False
    call = rw.facts.module.code_for_node(original) if isinstance(original, cst.Call) else "f()"
    found = rw.rulebook.dropped(api, rw.side, call)
    if found is None:
        return False
    rule, why = found
    rw.findings.add(original, "safe", f"{api} → nothing", rule, api)
    rw.findings.once(original, rule, f"{api} is left out: {why}")
    return True


def _api(rw: Rewriter, original: cst.CSTNode, node: cst.CSTNode) -> str | None:
    fact = rw.facts.calls.get(original)
    if fact is not None:
        return fact.api
    if node in rw.facts.apis:
        return rw.rulebook.canonical(rw.facts.apis[node])
    value = rw.facts.values.get(node) if isinstance(node, cst.BaseExpression) else None
    if isinstance(value, Method) and isinstance(value.receiver, Object | Instance):
        return f"{MODULES[rw.side]}.{value.name}" if rw.is_layer(value.receiver) else None
    return None


def statement(rw: Rewriter, small: cst.BaseSmallStatement) -> bool:
    """`K.clear_session()`, `torch.backends.cudnn.benchmark = True`."""
    if isinstance(small, cst.Assign):
        return all(falls_away(rw, target.target) for target in small.targets)
    return isinstance(small, cst.Expr) and falls_away(rw, small.value)


def undecorated(rw: Rewriter, original: Defined, updated: Defined) -> Defined:
    """A definition without the decorators that fall away."""
    pairs = list(zip(original.decorators, updated.decorators, strict=True))
    kept = [new for old, new in pairs if not falls_away(rw, old.decorator)]
    if len(kept) == len(pairs):
        return updated
    gone: list[cst.Decorator] = [new for new in updated.decorators if new not in kept]
    lines = [*updated.leading_lines, *(line for each in gone for line in comments_around(each))]
    return updated.with_changes(decorators=kept, leading_lines=lines)


def opened(
    rw: Rewriter, original: cst.With, updated: cst.With
) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
    """`with tf.name_scope("a"):` → its body."""
    pairs = list(zip(original.items, updated.items, strict=True))
    kept = [new for old, new in pairs if old.asname or not falls_away(rw, old.item)]
    if len(kept) == len(pairs):
        return updated
    if kept:
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return updated.with_changes(items=kept)
    body = updated.body
    if isinstance(body, cst.SimpleStatementSuite):
        return cst.SimpleStatementLine(body.body, updated.leading_lines)
    assert isinstance(body, cst.IndentedBlock)
    head = [cst.EmptyLine(comment=c) for c in [body.header.comment] if c is not None]
    lines = list(body.body)
    first = lines[0]
    lines[0] = led(first, [*updated.leading_lines, *head, *getattr(first, "leading_lines", ())])
    for line in lines:
        rw.origins.setdefault(line, original)
    return cst.FlattenSentinel([*lines, *carried(rw, body.footer)])


def emptied(
    rw: Rewriter, original: cst.SimpleStatementLine
) -> cst.SimpleStatementLine | cst.RemovalSentinel:
    """A line of which nothing is left; its comments go on to what follows."""
    inside = comments_lost([*original.body, original.trailing_whitespace], [])
    carriers = carried(rw, [*original.leading_lines, *inside])
    return carriers[0] if carriers else cst.RemoveFromParent()


def carried(rw: Rewriter, lines: Sequence[cst.EmptyLine]) -> list[cst.SimpleStatementLine]:
    """A line that only carries comments until its block is swept."""
    if not any(line.comment for line in lines):
        return []
    made = cst.SimpleStatementLine([cst.Pass()], leading_lines=list(lines))
    rw.carriers.add(made)
    return [made]


STARTING = (
    "Keras initialises weights where a layer is made: first values that are given later are left "
    "out, a fresh model starts from Keras's own"
)


def left_out(
    rw: Rewriter, original: cst.BaseStatement
) -> cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
    """Nothing for what only names layers or gives weights their first values; comments stay."""
    if original in rw.starting.dropped:
        rw.findings.once(original, "initializer", STARTING)
    carriers = carried(rw, getattr(original, "leading_lines", ()))
    return cst.FlattenSentinel(carriers) if carriers else cst.RemoveFromParent()


def swept(
    rw: Rewriter, body: Sequence[cst.BaseStatement], footer: Sequence[cst.EmptyLine]
) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
    """A block without the lines that only carry comments, which go before what follows."""
    kept, waiting = handed_on(
        getattr(statement, "leading_lines", ()) if statement in rw.carriers else statement
        for statement in body
    )
    return kept, [*waiting, *footer]
