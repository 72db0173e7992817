"""Which names of a body carry tensors, which statements compute with them, which make layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import libcst as cst

from porter.facts import (
    Facts,
    Function,
    Instance,
    Object,
    Sequence,
    Tensor,
    function_around,
    target_names,
    walk,
)
from porter.rewrite.cut.handed import Handed
from porter.rewrite.cut.sizes import Sizes
from porter.rewrite.cut.syntax import (
    Node,
    Origins,
    block,
    parameters,
    read_nodes,
    reads,
)
from porter.rewrite.plan import Plan
from porter.rulebook import Rulebook

SIZES = frozenset({"keras.backend.int_shape", "keras.backend.ndim"})
Part = TypeVar("Part")
GROWING = frozenset({"append", "extend", "insert", "update", "add"})


class Uncut(Exception):
    """A body that cannot be cut into what constructs and what applies, and why."""

    def __init__(self, reason: str, node: cst.CSTNode) -> None:
        super().__init__(reason)
        self.reason, self.node = reason, node


@dataclass(eq=False)
class Helper:
    """A function that takes tensors and makes layers: a module of its own.

    It may be what another function gives back, a `factory` that is told what it is made with:
    `unit(filters)(x)`.
    """

    node: cst.FunctionDef
    name: str
    tensors: tuple[str, ...]
    free: tuple[str, ...] = ()
    factory: cst.FunctionDef | None = None

    @property
    def place(self) -> cst.FunctionDef:
        """The function whose place the module takes."""
        return self.factory or self.node


@dataclass(eq=False)
class Context:
    """What is known of the module that is cut.

    `kin` are the functions that are handed to the same places, by each of them: if one becomes a
    module all do, made with the same arguments.
    """

    facts: Facts
    rulebook: Rulebook
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    plans: Mapping[cst.CSTNode, Plan]
    taken: set[str]
    base: cst.BaseExpression
    handed: Handed
    partial: str
    origins: Origins = field(default_factory=Origins)
    helpers: dict[cst.CSTNode, Helper] = field(default_factory=dict)
    kin: dict[cst.CSTNode, tuple[cst.FunctionDef, ...]] = field(default_factory=dict)
    refused: set[cst.CSTNode] = field(default_factory=set)
    sizes: Sizes = field(default_factory=Sizes)
    last: dict[cst.CSTNode, cst.BaseExpression] = field(default_factory=dict)

    def value(self, node: cst.CSTNode) -> object:
        """What the facts say of a node, or of the one that it stands for."""
        return self.facts.values.get(self.origins.first(node))

    def api(self, node: cst.CSTNode) -> str:
        name = self.facts.apis.get(self.origins.first(node))
        return "" if name is None else self.rulebook.canonical(name)

    def helper(self, call: cst.Call) -> Helper | None:
        """The helper that a call calls by its name, or the first of those that it may call."""
        given = self.given(call)
        if given is not None:
            return given
        value = self.value(call.func)
        found = self.helpers.get(value.node) if isinstance(value, Function) else None
        if found is not None and found.factory is not None:
            return found if isinstance(call.func, cst.Call) else None
        return None if found is None or self._is_given(call) else found

    def given(self, call: cst.Call) -> Helper | None:
        """The first of the helpers that are handed to where a call calls them."""
        named = self.origins.first(call.func)
        functions = self.handed.called(named) if isinstance(named, cst.Name) else ()
        if not functions or not all(f in self.kin and f in self.helpers for f in functions):
            return None
        return self.helpers[functions[0]]

    def kin_of(self, helper: Helper) -> list[Helper]:
        """A helper, and those that are handed to the same places."""
        others = [self.helpers[f] for f in self.kin.get(helper.node, ()) if f in self.helpers]
        return others or [helper]

    def ordered(self, helper: Helper, sizes: Iterable[Part], free: Iterable[Part]) -> list[Part]:
        """What a module is told besides the function's own arguments, in order.

        One that is handed on has been told of what is around it before it knows any size.
        """
        return [*free, *sizes] if helper.node in self.kin else [*sizes, *free]

    def _is_given(self, call: cst.Call) -> bool:
        """Whether what is called is a parameter of a function around."""
        above = function_around(self.origins.first(call), self.parents)
        while above is not None:
            names = {p.name.value for p in parameters(above.params)}
            if isinstance(call.func, cst.Name) and call.func.value in names:
                return True
            above = function_around(above, self.parents)
        return False

    def with_sizes(self, statements: Iterable[Node]) -> list[Node]:
        """Statements that read constructor's arguments in place of tensors' sizes.

        What is handed on in them are modules, no functions.
        """
        by = {**self.sizes.reads, **self.modules_handed()}
        return [self.origins.replaced(s, by) for s in statements]

    def modules_handed(self) -> dict[cst.CSTNode, cst.BaseExpression]:
        """What takes the place of each function that is handed on."""
        found: dict[cst.CSTNode, cst.BaseExpression] = {}
        for helper in self.helpers.values():
            if helper.node in self.kin:
                for place in self.handed.places(helper.node):
                    found[place] = self._module_of(helper)
        return found

    def _module_of(self, helper: Helper) -> cst.BaseExpression:
        if not helper.free:
            return cst.Name(helper.name)
        free = ", ".join((helper.name, *helper.free))
        return cst.parse_expression(f"{self.partial}({free})")

    def calls_refused(self, node: cst.CSTNode) -> bool:
        """Whether a function is called that makes layers, and could not become a module."""
        calls = [n for n in walk(node) if isinstance(n, cst.Call) and self.helper(n) is None]
        makers = self.refused | set(self.helpers)
        called = [self.value(n.func) for n in calls]
        named = [self.handed.meaning(self.origins.first(n.func)) for n in calls]
        return any(isinstance(v, Function) and v.node in makers for v in called) or any(
            makers.intersection(meaning.functions) for meaning in named
        )

    def stays(self, call: cst.Call, tensors: set[str]) -> bool:
        """Whether a layer without weights is made with what is only known where it is applied."""
        if not isinstance(call.func, cst.Call) or not reads([call.func]) & tensors:
            return False
        fact = self.facts.calls.get(self.origins.first(call.func))
        rules = () if fact is None else fact.rules
        return bool(rules) and not any(c.weights for rule in rules for c in rule.cases)

    def is_weightless(self, call: cst.Call) -> bool:
        """Whether a call applies a layer that has nothing to be constructed for."""
        plan = self.plans.get(self.origins.first(call.func))
        translation = None if plan is None else plan.translation
        return translation is not None and not translation.case.weights

    def is_input(self, node: cst.CSTNode) -> bool:
        return isinstance(node, cst.Call) and self.api(node.func) == "keras.Input"

    def makes_layer(self, node: cst.CSTNode) -> bool:
        """Whether a call constructs a layer, the framework's or the program's."""
        if not isinstance(node, cst.Call):
            return False
        fact = self.facts.calls.get(self.origins.first(node))
        if fact is not None and fact.objects:
            return fact.api != "keras.Input"
        return isinstance(self.value(node), Instance | Object)

    def is_layer(self, node: cst.CSTNode) -> bool:
        """Whether an expression is a layer or model."""
        return isinstance(self.value(node), Instance | Object)

    def applied_by_name(self, nodes: Iterable[cst.CSTNode]) -> set[str]:
        """The names of layers and models that are called here."""
        calls = [n.func for node in nodes for n in walk(node) if isinstance(n, cst.Call)]
        return {f.value for f in calls if isinstance(f, cst.Name) and self.is_layer(f)}

    def is_inline(self, node: cst.Call, tensors: set[str]) -> bool:
        """Whether a call applies a layer that is made in the same expression."""
        if not isinstance(node.func, cst.Call):
            return False
        given = [a.value for a in node.args]
        return bool(reads(given) & tensors) or any(
            isinstance(n, cst.Call) and self.applies(n, tensors) for g in given for n in walk(g)
        )

    def applies(self, node: cst.Call, tensors: set[str]) -> bool:
        """Whether a call gives a tensor to a layer made there, or to a helper."""
        return self.is_inline(node, tensors) or self.helper(node) is not None


def given_to(call: cst.Call, function: cst.FunctionDef) -> list[tuple[cst.Arg, str]]:
    """A call's arguments with the parameters that they are given to, or "**"; raises Uncut."""
    names = [p.name.value for p in function.params.params]
    found = []
    for i, arg in enumerate(call.args):
        if arg.star == "*" or (arg.keyword is None and not arg.star and i >= len(names)):
            raise Uncut("a function that makes layers is called with *", call)
        found.append((arg, arg.keyword.value if arg.keyword is not None else arg.star or names[i]))
    return found


def is_size(context: Context, node: cst.CSTNode, tensors: set[str]) -> bool:
    """Whether an expression reads tensors only for their sizes."""
    found = [n for n in read_nodes(node) if n.value in tensors]
    sizes = {name for part in walk(node) for name in measured(context, part)}
    return bool(found) and all(name in sizes for name in found)


def measured(context: Context, node: cst.CSTNode) -> list[cst.CSTNode]:
    """The tensors whose sizes an expression is."""
    if isinstance(node, cst.Attribute) and node.attr.value in ("shape", "_keras_shape"):
        return [node.value]
    if not isinstance(node, cst.Call):
        return []
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "get_shape":
        return [node.func.value]
    return [a.value for a in node.args] if context.api(node.func) in SIZES else []


def computes(context: Context, node: cst.CSTNode, tensors: set[str]) -> bool:
    """Whether an expression gives a tensor, or something that holds some."""
    if is_size(context, node, tensors):
        return False
    return bool(reads([node]) & tensors) or any(
        context.is_input(n) or (isinstance(n, cst.Call) and context.applies(n, tensors))
        for n in walk(node)
    )


def carried(context: Context, statements: Iterable[cst.CSTNode], tensors: set[str]) -> set[str]:
    """The names that carry tensors anywhere in a body, given those that do at its start."""
    body = list(statements)
    known = set(tensors)
    while True:
        before = len(known)
        for statement in body:
            for node in _within(statement):
                known |= _given(context, node, known)
        if len(known) == before:
            return known


def _within(statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What a statement holds, without the functions defined in it."""
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.FunctionDef | cst.Lambda | cst.ClassDef):
            continue
        yield node
        stack += reversed(node.children)


def _given(context: Context, node: cst.CSTNode, tensors: set[str]) -> set[str]:
    match node:
        case cst.Assign() if computes(context, node.value, tensors):
            found = {n for t in node.targets for n in target_names(t.target)}
            items = [t.target.value for t in node.targets if isinstance(t.target, cst.Subscript)]
            return found | {n.value for n in items if isinstance(n, cst.Name)}
        case cst.AugAssign() | cst.AnnAssign() if node.value is not None:
            return (
                set(target_names(node.target)) if computes(context, node.value, tensors) else set()
            )
        case cst.For():
            return {
                name
                for target, part in iterated(node.target, node.iter)
                if part is not None and computes(context, part, tensors)
                for name in target_names(target)
            }
        case cst.Call(func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=how))):
            grows = (
                how in GROWING
                and not context.api(node.func)
                and any(computes(context, a.value, tensors) for a in node.args)
            )
            return {name} if grows else set()
    return set()


Iterated = tuple[cst.BaseExpression, cst.BaseExpression | None]


def iterated(target: cst.BaseExpression, source: cst.BaseExpression) -> list[Iterated]:
    """What a loop's targets go through, each for itself; None for one that only counts."""
    match target, source:
        case (
            cst.Tuple(elements=[count, each]),
            cst.Call(func=cst.Name("enumerate"), args=[cst.Arg(value=only, keyword=None, star="")]),
        ):
            return [(count.value, None), *iterated(each.value, only)]
        case cst.Tuple(elements=names), cst.Call(func=cst.Name("zip"), args=args):
            parts = [arg.value for arg in args if arg.keyword is None]
            if len(names) == len(parts) and not any(arg.star for arg in args):
                pairs = zip(names, parts, strict=True)
                return [found for name, part in pairs for found in iterated(name.value, part)]
    return [(target, source)]


def tensor_parameters(context: Context, node: cst.FunctionDef) -> tuple[str, ...]:
    """The parameters of a function that are tensors: given as such, or handed to layers."""
    found = []
    for parameter in node.params.params:
        names = _aliases(node, parameter.name.value)
        places = [n for n in read_nodes(node.body) if n.value in names]
        if any(_holds_tensors(context.value(n)) for n in places) or any(
            _is_applied_to(context, n) for n in places
        ):
            found.append(parameter.name.value)
    return tuple(found)


def _aliases(node: cst.FunctionDef, name: str) -> set[str]:
    """A parameter's name, and those that a function starts out with for it: `x = inputs`."""
    found = {name}
    for statement in block(node.body):
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if not isinstance(small, cst.Assign) or not isinstance(small.value, cst.Name):
            break
        if small.value.value in found:
            found |= {t for target in small.targets for t in target_names(target.target)}
    return found


def _holds_tensors(value: object) -> bool:
    if isinstance(value, Sequence):
        return any(_holds_tensors(item) for item in value.items)
    return isinstance(value, Tensor)


def _is_applied_to(context: Context, name: cst.Name) -> bool:
    """Whether a name stands as the argument of a layer that is made there: `Dense(3)(name)`."""
    around = context.parents.get(context.origins.first(name))
    while isinstance(around, cst.Arg | cst.Element | cst.List | cst.Tuple):
        around = context.parents.get(around)
    return (
        isinstance(around, cst.Call)
        and isinstance(around.func, cst.Call)
        and context.makes_layer(around.func)
    )


def layers_in(context: Context, nodes: Iterable[cst.CSTNode], tensors: set[str]) -> list[cst.Call]:
    """The calls that apply what they make, innermost first."""
    found: list[cst.Call] = []

    def visit(node: cst.CSTNode) -> None:
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            return
        for child in node.children:
            visit(child)
        if isinstance(node, cst.Call) and context.applies(node, tensors):
            found.append(node)

    for node in nodes:
        visit(node)
    return found
