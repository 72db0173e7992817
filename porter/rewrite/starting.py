"""Code that gives weights their first values, which Keras does where a layer is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import Facts, class_around, dotted
from porter.rulebook import Rulebook, Side

Parents = Mapping[cst.CSTNode, cst.CSTNode]
INIT = "torch.nn.init."
# Methods that only give a weight other first values; `copy_` may load what was trained.
IN_PLACE = frozenset(
    {"normal_", "uniform_", "zero_", "fill_", "mul_", "div_", "clamp_", "trunc_normal_"}
)
_WEIGHTS = frozenset({"weight", "bias"})
_RUNS = frozenset({"__init__", "forward", "__call__"})


@dataclass(eq=False)
class Starting:
    """What falls away: whole statements and functions; and what starts a class's own weights."""

    dropped: set[cst.CSTNode] = field(default_factory=set)
    own: dict[tuple[cst.CSTNode, str], cst.Call] = field(default_factory=dict)


def starting(facts: Facts, rulebook: Rulebook, parents: Parents, side: Side) -> Starting:
    """Find the code of a module that initialises weights and does nothing else."""
    if side != "torch":
        return Starting()
    finder = _Finder(facts, rulebook, parents)
    finder.find_functions()
    finder.find_statements(facts.module)
    return finder.found


class _Finder:
    def __init__(self, facts: Facts, rulebook: Rulebook, parents: Parents) -> None:
        self.facts, self.rulebook, self.parents = facts, rulebook, parents
        self.found = Starting()
        self.functions: set[cst.FunctionDef] = set()
        self.weights = _weights_of(facts, rulebook, parents)
        self.definitions: dict[str, list[cst.FunctionDef]] = {}
        for node in _walk(facts.module):
            if isinstance(node, cst.FunctionDef):
                self.definitions.setdefault(node.name.value, []).append(node)

    def find_functions(self) -> None:
        """Functions that do nothing else, though they may call each other and themselves."""
        every = [f for same in self.definitions.values() for f in same]
        candidates = [f for f in every if f.name.value not in _RUNS]
        while True:
            more = {f for f in candidates if f not in self.functions and self._only_starts(f)}
            if not more:
                return
            self.functions |= more

    def _only_starts(self, function: cst.FunctionDef) -> bool:
        self.functions.add(function)
        try:
            body = function.body.body
            free = all(self._free(s) for s in body)
            return free and any(self._starts(s, function.name.value) for s in body)
        finally:
            self.functions.discard(function)

    def find_statements(self, node: cst.CSTNode) -> None:
        """Drop what starts weights, as a whole where nothing else is in it."""
        for child in node.children:
            if isinstance(child, cst.FunctionDef) and child in self.functions:
                self._drop_function(child)
            elif isinstance(child, cst.BaseStatement) and self._falls_away(child):
                self._drop(child)
            else:
                self.find_statements(child)

    def _falls_away(self, node: cst.BaseStatement) -> bool:
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            return False
        if not self._free(node) or not self._starts(node):
            return False
        home: cst.CSTNode = node
        while home in self.parents and not isinstance(home, cst.FunctionDef):
            home = self.parents[home]
        inside = {n.value for n in _stored(node)}
        outside = [n for n in _names(home) if n.value in inside and not self._within(n, node)]
        return not outside

    def _within(self, node: cst.CSTNode, around: cst.CSTNode) -> bool:
        while node in self.parents and node is not around:
            node = self.parents[node]
        return node is around

    def _drop(self, node: cst.BaseStatement) -> None:
        self.found.dropped.add(node)
        self._note_own(node)

    def _drop_function(self, function: cst.FunctionDef) -> None:
        """The whole of it, where only what falls away too calls it; else what it does."""
        for statement in function.body.body:
            self._note_own(statement)
        name = function.name.value
        reads = [n for n in _names(self.facts.module) if n.value == name and n is not function.name]
        private = name.startswith("_") or class_around(function, self.parents) is not None
        if (reads or private) and all(self._is_started(n) for n in reads):
            self.found.dropped.add(function)
        else:
            self.found.dropped |= set(function.body.body)

    def _is_started(self, name: cst.Name) -> bool:
        """Whether a function's name stands in what falls away."""
        node: cst.CSTNode = name
        while node in self.parents:
            if isinstance(node, cst.BaseStatement) and not isinstance(node, cst.ClassDef):
                return node in self.functions or self._falls_away(node)
            node = self.parents[node]
        return False

    def _note_own(self, node: cst.CSTNode) -> None:
        """What starts a weight of the class's own, where it does so in any case."""
        for each in _unconditional(node):
            target = self._target(each)
            cls = class_around(node, self.parents)
            name = "" if target is None else (dotted(target) or "").removesuffix(".data")
            if cls is not None and name.startswith("self.") and name.count(".") == 1:
                self.found.own[cls, name.removeprefix("self.")] = each

    def _free(self, node: cst.CSTNode) -> bool:
        """Whether a statement does nothing but start weights, and reckon for that."""
        match node:
            case cst.SimpleStatementLine(body=body):
                return all(self._free_small(small) for small in body)
            case cst.If(body=body, orelse=orelse):
                rest = [] if orelse is None else [orelse]
                return all(self._free(s) for s in (*body.body, *rest))
            case cst.Else(body=body) | cst.For(body=body, orelse=None) | cst.With(body=body):
                return all(self._free(s) for s in body.body)
        return self._free_small(node)

    def _free_small(self, node: cst.CSTNode) -> bool:
        match node:
            case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString()) | cst.Pass():
                return True
            case cst.Return(value=None) | cst.Continue():
                return True
            case cst.Expr(value=cst.Call() as call):
                return self._is_start(call)
            case cst.Assign(targets=targets):
                return all(_is_local(t.target) for t in targets)
            case cst.AugAssign(target=target) | cst.AnnAssign(target=target):
                return _is_local(target)
        return False

    def _starts(self, node: cst.CSTNode, own: str = "") -> bool:
        """Whether a weight is given its first value in there, not by calling `own` again."""
        calls = [n.value for n in _walk(node) if isinstance(n, cst.Expr)]
        again = [c for c in calls if isinstance(c, cst.Call) and own and _last(c.func) == own]
        return any(isinstance(c, cst.Call) and c not in again and self._is_start(c) for c in calls)

    def _is_start(self, call: cst.Call) -> bool:
        if self._target(call) is not None:
            return True
        function = call.func
        if isinstance(function, cst.Attribute) and function.attr.value == "apply" and call.args:
            given = call.args[0].value
            if isinstance(given, cst.Lambda):
                return isinstance(given.body, cst.Call) and self._is_start(given.body)
            return self._names_start(given)
        if isinstance(function, cst.Attribute) and function.attr.value == "reset_parameters":
            return self._names_start(function) or "reset_parameters" not in self.definitions
        return self._names_start(function)

    def _names_start(self, node: cst.BaseExpression) -> bool:
        same = self.definitions.get(_last(node), [])
        return bool(same) and all(f in self.functions for f in same)

    def _target(self, call: cst.Call) -> cst.BaseExpression | None:
        """The weight that a call fills: `nn.init.zeros_(m.bias)`, `m.weight.data.normal_()`."""
        api = self.rulebook.canonical(self.facts.apis.get(call.func, ""))
        if api.startswith(INIT) and call.args:
            target = call.args[0].value
            return target if self._is_weight(target) else None
        function = call.func
        if not isinstance(function, cst.Attribute) or function.attr.value not in IN_PLACE:
            return None
        target = function.value
        last = target.attr.value if isinstance(target, cst.Attribute) else ""
        plain = last in _WEIGHTS or self._is_own(target)
        if last == "data" and isinstance(target, cst.Attribute):
            return target if self._is_weight(target.value) else None
        return target if plain and self._is_weight(target) else None

    def _is_own(self, node: cst.BaseExpression) -> bool:
        owner, _, name = (dotted(node) or "").partition(".")
        return owner == "self" and (class_around(node, self.parents), name) in self.weights

    def _is_weight(self, node: cst.BaseExpression) -> bool:
        """Whether this is a weight of a layer, not a tensor that is being made."""
        if isinstance(node, cst.Name):
            return self._is_given(node)
        if isinstance(node, cst.Call):
            return dotted(node.func) == "getattr"
        if not isinstance(node, cst.Attribute):
            return isinstance(node, cst.Subscript)
        owner, _, name = (dotted(node) or "").partition(".")
        if owner != "self" or "." in name:
            return True
        own = self.weights.get((class_around(node, self.parents), name))
        return own is not False

    def _is_given(self, node: cst.Name) -> bool:
        """Whether a name is a function's argument or a loop's, as in `for p in parameters()`."""
        around: cst.CSTNode = node
        while around in self.parents:
            around = self.parents[around]
            if isinstance(around, cst.For) and node.value in {
                n.value for n in _names(around.target)
            }:
                return any(n.value.endswith("parameters") for n in _names(around.iter))
            if isinstance(around, cst.FunctionDef):
                return around.name.value not in _RUNS and node.value in {
                    p.name.value for p in around.params.params
                }
        return False


def _weights_of(
    facts: Facts, rulebook: Rulebook, parents: Parents
) -> dict[tuple[cst.CSTNode | None, str], bool]:
    """The attributes that classes set to a call's result, and whether that is a weight."""
    found: dict[tuple[cst.CSTNode | None, str], bool] = {}
    for node in _walk(facts.module):
        if not isinstance(node, cst.Assign) or not isinstance(node.value, cst.Call):
            continue
        owner, _, name = (dotted(node.targets[0].target) or "").partition(".")
        api = rulebook.canonical(facts.apis.get(node.value.func, ""))
        if owner == "self" and name:
            made = not api.startswith("torch.") or api.startswith("torch.nn.")
            found[class_around(node, parents), name] = made
    return found


def _unconditional(node: cst.CSTNode) -> Iterator[cst.Call]:
    match node:
        case cst.SimpleStatementLine(body=body):
            for small in body:
                if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
                    yield small.value
        case cst.With(body=body):
            for statement in body.body:
                yield from _unconditional(statement)


def _last(node: cst.BaseExpression) -> str:
    return (dotted(node) or "").rpartition(".")[2]


def _is_local(target: cst.BaseExpression) -> bool:
    if isinstance(target, cst.Tuple | cst.List):
        return all(_is_local(element.value) for element in target.elements)
    return isinstance(target, cst.Name)


def _stored(node: cst.CSTNode) -> Iterator[cst.Name]:
    for each in _walk(node):
        if isinstance(each, cst.AssignTarget | cst.For | cst.AugAssign | cst.AnnAssign):
            yield from _names(each.target)


def _names(node: cst.CSTNode) -> Iterator[cst.Name]:
    return (n for n in _walk(node) if isinstance(n, cst.Name))


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    stack: list[cst.CSTNode] = [node]
    while stack:
        each = stack.pop()
        yield each
        stack.extend(reversed(each.children))


def terms_of(call: cst.Call, parameters: Sequence[str]) -> dict[str, cst.BaseExpression]:
    """A call's arguments by the names of parameters."""
    plain = [a.value for a in call.args if a.keyword is None and not a.star]
    named = {a.keyword.value: a.value for a in call.args if a.keyword is not None}
    return dict(zip(parameters, plain, strict=False)) | named
