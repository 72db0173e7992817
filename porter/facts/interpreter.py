"""The abstract interpreter: its state, and the door to evaluation and execution.

It runs a module the way Python would, on values that may be unknown: straight-line code, loops
over what is known, both branches of a condition that is not, and calls into the program's own
functions and classes. Nothing of the program is executed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from porter.facts import expressions, indexing, statements
from porter.facts.bounds import bounded
from porter.facts.join import join, noted, same_term
from porter.facts.layout import Permutation, between, native
from porter.facts.modules import is_module
from porter.facts.places import is_word, walk
from porter.facts.propagate import MIXED, SEVERAL, Input
from porter.facts.seen import Seen
from porter.facts.store import Application, CallFact, Facts
from porter.facts.values import (
    UNKNOWN_VALUE,
    Function,
    Instance,
    Object,
    Order,
    Producer,
    Scope,
    Sequence,
    Tensor,
    Value,
)
from porter.rulebook import Rule, Rulebook, Side, Size, Symbol, Term, is_size
from porter.rulebook import Tensor as TensorTerm

if TYPE_CHECKING:
    from porter.facts.aside import Aside
    from porter.facts.constructed import Aliases

MAX_DEPTH = 40
MAX_STEPS = 200_000
MAX_REPEATS = 512


@dataclass(eq=False)
class Frame:
    """One call of a function of the program; `result` is what it gave back, once it has."""

    function: Function
    returns: list[tuple[cst.BaseExpression, Value]] = field(default_factory=list)
    result: Value | None = None


@dataclass(eq=False)
class Interpreter:
    """State of one interpretation of one module, translating from `side`."""

    rulebook: Rulebook
    side: Side
    facts: Facts
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    stack: list[Frame] = field(default_factory=list)
    called: set[cst.CSTNode] = field(default_factory=set)
    applied: set[cst.CSTNode] = field(default_factory=set)
    steps: int = 0
    fresh: int = 0
    repeats: int = 1
    containers: int = 0
    native: bool = False
    strict: Mapping[cst.CSTNode, tuple[Order, ...]] = field(default_factory=dict)
    wishes: Mapping[cst.CSTNode, Order] = field(default_factory=dict)
    wished: dict[cst.CSTNode, Order] = field(default_factory=dict)
    firm: frozenset[cst.CSTNode] = frozenset()
    doubted: frozenset[cst.If] = frozenset()
    doubts: set[cst.If] = field(default_factory=set)
    pulled: dict[cst.CSTNode, Order] = field(default_factory=dict)
    patient: dict[cst.CSTNode, Order] = field(default_factory=dict)
    entries: Mapping[cst.ClassDef, tuple[Tensor, ...]] = field(default_factory=dict)
    sizes: Mapping[object, Mapping[int, str]] = field(default_factory=dict)
    aliases: Aliases = field(default_factory=dict)
    last: Mapping[cst.CSTNode, Symbol] = field(default_factory=dict)
    left: frozenset[cst.CSTNode] = frozenset()
    general: Mapping[cst.CSTNode, frozenset[str]] = field(default_factory=dict)
    loose: frozenset[cst.Call] = frozenset()
    absent: frozenset[cst.Param] = frozenset()
    closed: frozenset[cst.CSTNode] = frozenset()
    seen: Seen = field(default_factory=dict)
    ranks: Mapping[cst.CSTNode, int] = field(default_factory=dict)
    found_ranks: dict[cst.CSTNode, int] = field(default_factory=dict)
    dims: dict[object, list[Symbol]] = field(default_factory=dict)
    symbols: dict[cst.CSTNode, Term] = field(default_factory=dict)
    whole: frozenset[cst.Param] = frozenset()
    seen_whole: set[cst.Param] = field(default_factory=set)
    aside: dict[cst.If | cst.Else, Aside] = field(default_factory=dict)
    _reads: dict[cst.CSTNode, set[str]] = field(default_factory=dict)

    @property
    def target(self) -> Side:
        return "torch" if self.side == "keras" else "keras"

    def evaluate(self, node: cst.BaseExpression, scope: Scope) -> Value:
        """The value of an expression, recorded with all the others this node has had."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            return UNKNOWN_VALUE
        handler = expressions.HANDLERS.get(type(node), expressions.unknown)
        value = bounded(handler(self, node, scope))
        seen = self.facts.values.get(node)
        self.facts.values[node] = value if seen is None else noted(seen, value)
        return value

    def augmented(self, node: cst.AugAssign, scope: Scope) -> Value:
        return expressions.augmented(self, node, scope)

    def tensor_item(self, tensor: Tensor, node: cst.Subscript) -> Value:
        return indexing.tensor_item(self, tensor, node)

    def execute(self, body: cst.BaseSuite | cst.Module, scope: Scope) -> bool:
        """Run a suite; False where control cannot fall off its end."""
        return statements.execute_suite(self, body, scope)

    def new_dim(self) -> Symbol:
        """A size that nobody wrote down; equal only to itself."""
        self.fresh += 1
        return Size.of(ast.Name(f"?{self.fresh}"))

    @contextmanager
    def inside(self, function: Function) -> Iterator[Frame | None]:
        """Enter a function; yields None where that would go too deep."""
        running = sum(frame.function is function for frame in self.stack)
        allowed = len(self.stack) < MAX_DEPTH and running < 3 and self.steps <= MAX_STEPS
        frame = Frame(function)
        self.stack.append(frame)
        try:
            yield frame if allowed else None
        finally:
            self.stack.pop()

    def dims_at(self, node: object, rank: int) -> tuple[Symbol, ...]:
        """Sizes for a tensor of unknown shape: the same each time this place is reached."""
        if node not in self.dims:
            self.dims[node] = []
        dims = self.dims[node]
        names = self.sizes.get(node, {})
        while len(dims) < rank:
            name = names.get(len(dims))
            dims.append(self.new_dim() if name is None else Size.parse(name))
        return tuple(dims[:rank])

    def input_tensor(self, obj: Object, tensor: Tensor) -> Tensor:
        """The tensor of an Input object, which produced it."""
        made = replace(tensor, producer=Producer(obj.node, obj, ()))
        obj.outputs = (made,)
        return made

    def is_read(self, name: cst.Name, node: cst.CSTNode) -> bool:
        """Whether the function around `node` reads a name anywhere."""
        home: cst.CSTNode = node
        while home in self.parents and not isinstance(home, cst.FunctionDef):
            home = self.parents[home]
        if home not in self._reads:
            self._reads[home] = _names_read(home, self.parents)
        return name.value in self._reads[home]

    @contextmanager
    def unrolling(self, times: int) -> Iterator[bool]:
        """Run a loop's body once an item; yields False where nesting makes that too often."""
        self.repeats *= max(times, 1)
        try:
            yield self.repeats <= MAX_REPEATS
        finally:
            self.repeats //= max(times, 1)

    def note_call(
        self,
        node: cst.CSTNode,
        api: str,
        rules: tuple[Rule, ...],
        given: Mapping[str, Term],
        nodes: Mapping[str, cst.BaseExpression],
    ) -> CallFact:
        """Record a framework call; what differs between visits becomes its text."""
        fact = self.facts.calls.get(node)
        if fact is None:
            fact = CallFact(api, rules, dict(given), nodes)
            self.facts.calls[node] = fact
            return fact
        if set(fact.given) != set(given):
            fact.problem = "called with different arguments at different times"
        for name, term in given.items():
            fact.given[name] = self._joined_term(fact.given.get(name), term, nodes.get(name))
        return fact

    def _joined_term(self, a: Term, b: Term, node: cst.BaseExpression | None) -> Term:
        if isinstance(a, TensorTerm) and isinstance(b, TensorTerm):
            joined = join(Tensor(a.shape, None, a.dtype), Tensor(b.shape, None, b.dtype))
            assert isinstance(joined, Tensor)
            return TensorTerm(joined.shape, joined.dtype)
        if same_term(a, b) or node is None:
            return a
        kind = Size if is_size(a) and is_size(b) else Symbol
        try:
            return kind.parse(self.facts.module.code_for_node(node))
        except SyntaxError:
            return a

    def note_application(self, node: cst.Call, callee: Value, tensors: tuple[Tensor, ...]) -> None:
        application = self.facts.applications.setdefault(node, Application())
        if callee not in application.callees:
            application.callees.append(callee)
        application.inputs.append(tensors)

    def in_module(self) -> bool:
        """Whether a method of a layer or model is running."""
        if self.containers:
            return True
        owners = (frame.function.owner for frame in self.stack)
        return any(o is not None and is_module(o, self.rulebook, self.side) for o in owners)

    def note_result(self, obj: Object, value: Value) -> None:
        seen = self.facts.results.get(obj.node)
        self.facts.results[obj.node] = value if seen is None else join(seen, value)

    def note_axis(self, node: cst.CSTNode, axis: int) -> None:
        """Record where the target finds a size; two answers for one place are a conflict."""
        if self.facts.axes.setdefault(node, axis) != axis:
            self.facts.conflicts[node] = "the same size stands in different places"

    def give(self, given: Input, wanted: Order) -> None:
        """Record that what flows in here must be held in `wanted` order."""
        if not isinstance(given.value, Tensor) or (given.node is None and given.within is None):
            return
        held, rank = given.value.order, len(wanted or given.value.order or ())
        permutation = between(held, wanted, rank)
        if self.note_torn(given):
            return
        if given.node is not None:
            self._demand(self.facts.permutes, given.node, permutation)
        elif given.within is not None and permutation is not None:
            self.facts.conflicts[given.within] = MIXED

    def note_torn(self, given: Input) -> bool:
        """Record that what flows in here is held in one order or another; whether it is."""
        place = given.node if given.node is not None else given.within
        if not isinstance(given.value, Tensor) or not given.value.torn or place is None:
            return False
        self.facts.conflicts[place] = SEVERAL
        return True

    def drop(self, node: cst.CSTNode) -> None:
        """Record that a permutation falls away: the tensor is held in that order already."""
        self.facts.dropped.add(node)
        self._undecided(node)

    def keep(self, node: cst.CSTNode) -> None:
        """Record that a permutation is written."""
        self.facts.kept.add(node)
        self._undecided(node)

    def _undecided(self, node: cst.CSTNode) -> None:
        if node in self.facts.dropped & self.facts.kept:
            self.facts.conflicts[node] = SEVERAL

    def wish(self, node: cst.CSTNode, order: Order, again: bool = False) -> bool:
        """Ask for what is assigned here to be held in an order, the next time around.

        False where another order was asked for before; `again` asks all the same, once.
        """
        if node in self.wishes and not (again and node not in self.firm):
            return False
        self.wished.setdefault(node, order)
        return True

    def note_place(self, layout: str, inputs: list[Input]) -> None:
        """Ask for one order where one layer needs the target's own, and another takes any."""
        for node, value in ((given.node, given.value) for given in inputs):
            if node is None or not isinstance(value, Tensor) or value.shape is None:
                continue
            order = native(len(value.shape), self.target)
            if layout == "channels":
                self.pulled[node] = order
            elif layout == "follow" and value.order is None:
                self.patient[node] = order
            if order is not None and self.pulled.get(node) == self.patient.get(node) == order:
                self.wish(node, order)

    def enter(self, instance: Instance, value: Value, wanted: Order) -> None:
        """Record that what a container hands to one of its modules comes in some order."""
        if instance.node is None or not isinstance(value, Tensor):
            return
        permutation = between(value.order, wanted, len(wanted or value.order or ()))
        self._demand(self.facts.entering, instance.node, permutation)

    def _demand(
        self,
        table: dict[cst.CSTNode, Permutation | None],
        node: cst.CSTNode,
        permutation: Permutation | None,
    ) -> None:
        if table.setdefault(node, permutation) != permutation:
            self.facts.conflicts[node] = SEVERAL

    def to_source(self, node: cst.BaseExpression, value: Value) -> None:
        """Record that a value leaves in the source's order, element by element."""
        if isinstance(value, Tensor):
            self.give(Input(node, value), None)
        elif isinstance(value, Sequence) and isinstance(node, cst.Tuple | cst.List):
            for element, item in zip(node.elements, value.items, strict=False):
                self.to_source(element.value, item)
        else:
            self._structured(node, value)

    def as_held(self, node: cst.BaseExpression, value: Value) -> None:
        """Record that a value leaves in the order that it is held in, element by element."""
        if isinstance(value, Tensor):
            self.give(Input(node, value), value.order)
        elif isinstance(value, Sequence) and isinstance(node, cst.Tuple | cst.List):
            for element, item in zip(node.elements, value.items, strict=False):
                self.as_held(element.value, item)

    def close(self, node: cst.CSTNode, value: Value) -> None:
        """Record that a container's result leaves in the source's order."""
        if self.native:
            return
        if isinstance(value, Tensor) and value.order is not None:
            permutation = between(value.order, None, len(value.order))
            self._demand(self.facts.closing, node, permutation)
        else:
            self._structured(node, value)

    def _structured(self, node: cst.CSTNode, value: Value) -> None:
        """Record that tensors leave inside of something that nothing here opens."""
        if isinstance(value, Sequence) and any(
            isinstance(i, Tensor) and i.order is not None for i in value.items
        ):
            self.facts.conflicts[node] = "the layout of a structure's tensors cannot be restored"


def _names_read(home: cst.CSTNode, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> set[str]:
    names = [n for n in walk(home) if isinstance(n, cst.Name) and n is not home]
    return {n.value for n in names if not _is_stored(n, parents)}


def _is_stored(node: cst.Name, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> bool:
    parent = parents.get(node)
    if isinstance(parent, cst.AssignTarget | cst.Param) or is_word(node, parents):
        return True
    if isinstance(parent, cst.Element):
        around = parents.get(parents[parent])
        return isinstance(around, cst.AssignTarget)
    return False
