"""Which sizes layers are made with, where those come from, and how they are handed on."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import libcst as cst

from porter.facts import Const, Facts, Function, Tensor, analyse, function_around, walk
from porter.rewrite.code import unique
from porter.rewrite.cut.entries import symbolic_parameters
from porter.rewrite.cut.flow import Context, Helper, Uncut, given_to, is_size, measured
from porter.rewrite.cut.sizes import Key, Sizes, Turn
from porter.rewrite.cut.syntax import block, bound, parameters
from porter.rewrite.meaning import Meanings
from porter.rulebook import Case, Symbol, Term, is_known, known, to_ast

Home = cst.FunctionDef | cst.Module
UNKNOWN_SIZE = "a size is only known where the layer is applied"


class Planner:
    """Works out which sizes have to be handed on, and how they are written."""

    def __init__(self, context: Context, facts: Facts, homes: set[Home]) -> None:
        self.context, self.facts, self.homes = context, facts, homes
        self.sizes = Sizes()
        self._meanings: dict[cst.CSTNode, Meanings] = {}

    def read(self, node: cst.CSTNode, term: Term) -> None:
        """Write what stands for a size that is read at `node`, if that can be done."""
        with self._tried():
            self.sizes.reads[node] = self._written(term, node)

    def say(self, layer: cst.CSTNode, term: Term) -> None:
        """Write the last size of what a layer is applied to, if it is not plain to see."""
        with self._tried():
            self.sizes.layers[layer] = self._written(term, layer)

    def ask(self, function: cst.FunctionDef, symbol: str) -> None:
        """Have a helper told a size of what it is given, if all its calls can say it."""
        with self._tried():
            self._named(symbol, function.body)

    @contextmanager
    def _tried(self) -> Iterator[None]:
        """All that has to be written for one size, or nothing of it."""
        before = self.sizes.copy()
        try:
            yield
        except Uncut:
            self.sizes = before

    def _home(self, node: cst.CSTNode) -> Home:
        return function_around(node, self.context.parents) or self.facts.module

    def _written(self, term: Term, place: cst.CSTNode) -> cst.BaseExpression:
        """The expression for a size where layers are made; raises Uncut."""
        if is_known(term) and not isinstance(term, Symbol) and isinstance(known(term), int):
            return cst.parse_expression(repr(known(term)))
        if not isinstance(term, Symbol):
            raise Uncut(UNKNOWN_SIZE, place)
        names = {}
        for name in sorted(term.names):
            if name.startswith("?"):
                names[name] = self._named(name, place)
            else:
                self._must_be_settled(name, place)
        tree = _Renamed(names).visit(copy.deepcopy(to_ast(term)))
        return cst.parse_expression(ast.unparse(tree))

    def _named(self, symbol: str, place: cst.CSTNode) -> str:
        """The name that a size of nobody's has in the function around `place`."""
        origin = self.facts.sizes.get(symbol)
        home = self._home(place)
        if origin is None or self._home(origin.node) is not home or home not in self.homes:
            raise Uncut(UNKNOWN_SIZE, place)
        names = self.sizes.names.setdefault(home, {})
        if symbol in names:
            return names[symbol]
        match origin.node:
            case cst.Param():
                assert isinstance(home, cst.FunctionDef)
                self._ask(symbol, home, (origin.node.name.value, origin.axis))
            case cst.Call():
                self._keep(symbol, origin.node, origin.axis, place)
            case cst.For():
                self._turn(symbol, origin.node, (origin.name, origin.axis))
            case _:
                raise Uncut(UNKNOWN_SIZE, place)
        return self.sizes.names[home][symbol]

    def _ask(self, symbol: str, function: cst.FunctionDef, key: Key) -> None:
        helper = self.context.helpers.get(function)
        if helper is None or key[0] not in helper.tensors:
            raise Uncut(UNKNOWN_SIZE, function)
        place, axis = helper.tensors.index(key[0]), key[1]
        kin = self.context.kin_of(helper)
        for each in kin:
            own = each.tensors[place]
            self.sizes.asked.setdefault(each.node, {})[own, axis] = self._new(
                each.node,
                symbol if each is helper else self._size_of(each, own, axis),
                own if place else "in",
            )
        for call, called in self._calls(kin):
            own = called.tensors[place]
            tensor = self.facts.values.get(self._argument(call, called.node, own))
            if not isinstance(tensor, Tensor) or tensor.shape is None:
                raise Uncut(UNKNOWN_SIZE, call)
            size = self._written(tensor.shape[axis], call)
            self.sizes.given.setdefault(call, {})[own, axis] = size

    def _size_of(self, helper: Helper, tensor: str, axis: int) -> str:
        """The symbol of a size of what a helper is given."""
        (parameter,) = [p for p in helper.node.params.params if p.name.value == tensor]
        for symbol, origin in self.facts.sizes.items():
            if origin.node is parameter and origin.axis == axis:
                return symbol
        raise Uncut(UNKNOWN_SIZE, helper.node)

    def _calls(self, kin: Sequence[Helper]) -> Iterator[tuple[cst.Call, Helper]]:
        for node in walk(self.facts.module):
            called = self.context.helper(node) if isinstance(node, cst.Call) else None
            if called in kin and self._home(node) in self.homes:
                yield node, called  # type: ignore[misc]

    def _argument(self, call: cst.Call, function: cst.FunctionDef, name: str) -> cst.CSTNode:
        for arg, parameter in given_to(call, function):
            if parameter == name:
                return arg.value
        raise Uncut(UNKNOWN_SIZE, call)

    def _keep(self, symbol: str, call: cst.Call, axis: int, place: cst.CSTNode) -> None:
        helper = self.context.helper(call)
        if helper is None or not self._same_turns(call, place):
            raise Uncut(UNKNOWN_SIZE, call)
        name = self._new(self._home(call), symbol, "out")
        self.sizes.kept.setdefault(call, {})[axis] = name
        attribute = self._usual(symbol, "out")
        for each in self.context.kin_of(helper):
            if axis in self.sizes.told.get(each.node, {}):
                continue
            # Said before it is worked out: a helper may call itself.
            self.sizes.told.setdefault(each.node, {})[axis] = (attribute, cst.Name(attribute))
            size = self._result(each.node, axis)
            self.sizes.told[each.node][axis] = (attribute, size)

    def _result(self, function: cst.FunctionDef, axis: int) -> cst.BaseExpression:
        """The size of what a helper returns, at the end of its body; raises Uncut.

        Where it returns in several places, the last that can be written says it for all.
        """
        last = block(function.body)[-1]
        returns = [n for n in walk(function.body) if isinstance(n, cst.Return)]
        if not isinstance(last, cst.SimpleStatementLine) or last.body[-1] not in returns:
            raise Uncut(UNKNOWN_SIZE, function)
        for each in reversed(returns):
            tensor = None if each.value is None else self.facts.values.get(each.value)
            if isinstance(tensor, Tensor) and tensor.shape is not None:
                with self._tried():
                    return self._written(tensor.shape[axis], each)
        raise Uncut(UNKNOWN_SIZE, function)

    def _turn(self, symbol: str, loop: cst.For, key: Key) -> None:
        turns = self.facts.turns.get((loop, *key))
        if turns is None:
            raise Uncut(UNKNOWN_SIZE, loop)
        name = self._new(self._home(loop), symbol, "")
        start = self._written(turns.start, loop)
        end = self._written(turns.end, block(loop.body)[-1])
        others = self.sizes.turns.setdefault(loop, {})
        twins = (turn.variable for turn in others.values() if _is_twin(turn, name, start, end))
        variable = next(twins, name)
        self.sizes.names[self._home(loop)][symbol] = variable
        others[key] = Turn(variable, *key, start, end)

    def _same_turns(self, node: cst.CSTNode, place: cst.CSTNode) -> bool:
        """Whether a loop around a node is around a place too."""
        return self._loops(node) == self._loops(place)

    def _loops(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        meanings = self._meanings_of(self._home(node))
        return [loop for loop in meanings.loops(node) if loop is not node]

    def _meanings_of(self, home: Home) -> Meanings:
        if home not in self._meanings:
            self._meanings[home] = Meanings(home, self.context.parents)
        return self._meanings[home]

    def _must_be_settled(self, name: str, place: cst.CSTNode) -> None:
        """A name of the source means the same where layers are made; raises Uncut."""
        home = self._home(place)
        meanings = self._meanings_of(home)
        given = self._is_given(name, home)
        around = name in self.facts.scope.names or hasattr(builtins, name)
        if meanings.binds(name):
            if not meanings.is_one(name, place) or self._is_asked_for(meanings.binding(name)):
                raise Uncut(UNKNOWN_SIZE, place)
        elif not (given or around) or name in ("self", "cls"):
            raise Uncut(UNKNOWN_SIZE, place)

    def _is_asked_for(self, binding: cst.CSTNode) -> bool:
        """Whether a name gets what the framework gives, which no other has."""
        around = self.context.parents[binding]
        assigned = isinstance(binding, cst.AssignTarget)
        return assigned and any(node in self.facts.apis for node in walk(around))

    def _is_given(self, name: str, home: Home) -> bool:
        """Whether a name is an argument of a function, or known where its module is made."""
        if not isinstance(home, cst.FunctionDef):
            return False
        if any(p.name.value == name for p in parameters(home.params)):
            return True
        helper = self.context.helpers.get(home)
        if helper is not None and name in helper.free:
            return True
        factory = None if helper is None else helper.factory
        if factory is None or self._meanings_of(factory).binds(name):
            return False
        return any(p.name.value == name for p in parameters(factory.params))

    def _new(self, home: Home, symbol: str, prefix: str) -> str:
        taken = bound([home.body] if isinstance(home, cst.FunctionDef) else home.body)
        if isinstance(home, cst.FunctionDef):
            taken |= {p.name.value for p in parameters(home.params)}
        taken |= self.sizes.variables(home) | set(self.facts.scope.names)
        name = unique(self._usual(symbol, prefix), taken)
        self.sizes.names.setdefault(home, {})[symbol] = name
        return name

    def _usual(self, symbol: str, prefix: str) -> str:
        """What PyTorch's layers call such a size."""
        origin = self.facts.sizes[symbol]
        rank = 1 + max(
            o.axis for o in self.facts.sizes.values()
            if o.node is origin.node and o.name == origin.name
        )  # fmt: skip
        what = f"size_{origin.axis}"
        if origin.axis == rank - 1:
            what = "channels" if rank > 2 else "features"
        return f"{prefix}_{what}" if prefix else what


def plan_sizes(context: Context, homes: set[Home]) -> Sizes:
    """Which sizes the classes of these builders and of the helpers hand on to one another."""
    functions: set[Home] = {*homes, *context.helpers}  # type: ignore[arg-type]
    reads = [n for n in walk(context.facts.module) if _is_read(context, n)]
    loops = [n for home in homes for n in walk(home) if isinstance(n, cst.For)]
    if not reads and not loops and not context.helpers:
        return Sizes()
    factories = {h.factory for h in context.helpers.values() if h.factory is not None}
    general: dict[cst.CSTNode, frozenset[str]] = {
        f: _varying(context, f) for f in functions | factories
    }
    builders = [home for home in homes if isinstance(home, cst.FunctionDef)]
    facts = analyse(
        context.facts.module, context.rulebook, "keras",
        general=general,
        loose=frozenset(context.handed.calls()),
        absent=frozenset(p for home in builders for p in symbolic_parameters(context, home)),
    )  # fmt: skip
    planner = Planner(context, facts, functions)
    for node in reads:
        value = facts.values.get(node)
        if isinstance(value, Const) and _is_made_with(context, facts, node):
            planner.read(node, value.term)
    for obj, size in _needed(facts):
        home = function_around(obj, context.parents)
        if not any(name.startswith("?") for name in size.names):
            planner.say(obj, size)
        for symbol in sorted(size.names):
            origin = facts.sizes.get(symbol)
            if origin is None:
                continue
            if not isinstance(origin.node, cst.Param):
                planner.say(obj, size)
            elif home in context.helpers:
                assert isinstance(home, cst.FunctionDef)
                planner.ask(home, symbol)
    return planner.sizes


def _needed(facts: Facts) -> Iterator[tuple[cst.CSTNode, Symbol]]:
    """The layers that PyTorch makes with a size of what they are applied to, and that."""
    for obj in facts.objects:
        if any(_asks(case) for rule in obj.rules for case in rule.cases):
            shapes = [use.inputs[0].shape for use in obj.uses if use.inputs]
            sizes = {s[-1].text: s[-1] for s in shapes if s and isinstance(s[-1], Symbol)}
            for text in sorted(sizes):
                yield obj.node, sizes[text]


def _is_twin(turn: Turn, name: str, start: cst.BaseExpression, end: cst.BaseExpression) -> bool:
    """Whether another size of a loop is this one, before it and after each turn."""
    after = _Renamed({name: turn.variable}).visit(ast.parse(cst.Module([]).code_for_node(end)))
    ends = cst.Module([]).code_for_node(turn.end), ast.unparse(after)
    return turn.start.deep_equals(start) and ends[0] == ends[1]


def _asks(case: Case) -> bool:
    """Whether what PyTorch is given depends on the input."""
    write = case.torch.write
    return bool(case.infer) or (write is not None and "input" in write.names)


def _varying(context: Context, function: cst.CSTNode) -> frozenset[str]:
    """The parameters that not all calls in the file give the same number, text or flag."""
    if not isinstance(function, cst.FunctionDef):
        return frozenset()
    if function in context.kin:
        return frozenset(p.name.value for p in function.params.params)
    calls = [
        node for node, value in context.facts.values.items()
        if isinstance(value, Function) and value.node is function
    ]  # fmt: skip
    given: dict[str, list[object]] = {p.name.value: [] for p in function.params.params}
    for func in calls:
        call = context.parents.get(func)
        if not isinstance(call, cst.Call) or call.func is not func:
            continue
        try:
            args = {name: arg.value for arg, name in given_to(call, function)}
        except Uncut:
            return frozenset(given)
        if "**" in args:
            return frozenset(given)
        for parameter in function.params.params:
            value = args.get(parameter.name.value, parameter.default)
            if value is not None:
                given[parameter.name.value].append(context.facts.values.get(value))
    return frozenset(name for name, values in given.items() if not _is_one(values))


def _is_one(values: list[object]) -> bool:
    """Whether these are one and the same known value."""
    terms = [v.term for v in values if isinstance(v, Const) and is_known(v.term)]
    return len(terms) == len(values) and all(known(t) == known(terms[0]) for t in terms)


def _is_read(context: Context, node: cst.CSTNode) -> bool:
    """`x.shape[-1]`, `K.int_shape(x)[3]`."""
    return isinstance(node, cst.Subscript) and bool(measured(context, node.value))


def _is_made_with(context: Context, facts: Facts, node: cst.CSTNode) -> bool:
    """Whether layers are made with what an expression gives, or depend on it."""
    child, above = node, context.parents.get(node)
    while above is not None and not isinstance(above, cst.BaseStatement):
        if isinstance(child, cst.Arg) and isinstance(above, cst.Call):
            helper = context.helper(above)
            if context.makes_layer(above) or helper is not None:
                return True
        child, above = above, context.parents.get(above)
    if isinstance(above, cst.If):
        return True
    names = {
        n.value for n in walk(child)
        if isinstance(n, cst.Name) and isinstance(facts.values.get(n), Tensor)
    }  # fmt: skip
    return is_size(context, child, names)


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), ast.Load())
