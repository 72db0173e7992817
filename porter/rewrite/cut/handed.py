"""Functions of the file as values: which of them a name may stand for, and where they go.

A function that makes layers may be handed to another that calls it. Its module is handed on in
its place, if all that is done with it on the way is known: it is given to functions of the file,
or a name, and called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from porter.facts import Facts, Function, function_around, target_names, walk
from porter.rewrite.cut.syntax import bound, parameters

Home = cst.FunctionDef | cst.Module
Key = tuple[Home, str]


@dataclass(frozen=True)
class Meaning:
    """The functions that a name may stand for; not `whole` where it may be something else.

    `own` is the one that the name was defined for.
    """

    functions: tuple[cst.FunctionDef, ...] = ()
    whole: bool = True
    own: cst.FunctionDef | None = None


UNKNOWN = Meaning(whole=False)


class Handed:
    """What the names of a module mean, as far as that is functions of the module."""

    def __init__(
        self,
        facts: Facts,
        parents: Mapping[cst.CSTNode, cst.CSTNode],
        plain: frozenset[cst.FunctionDef],
    ) -> None:
        self.facts, self.parents = facts, parents
        self._own: dict[Home, set[str]] = {}
        self._reads: dict[Key, list[cst.Name]] = {}
        self._calls: list[cst.Call] = []
        self._known: dict[Key, Meaning] = {}
        for node in walk(facts.module):
            if isinstance(node, cst.Call):
                self._calls.append(node)
            key = self._key(node) if isinstance(node, cst.Name) and self._is_read(node) else None
            if key is not None:
                self._reads.setdefault(key, []).append(node)  # type: ignore[arg-type]
        self._follow()
        self._settle()
        self.lost = self._find_lost() | plain

    def meaning(self, node: cst.CSTNode) -> Meaning:
        """What an expression may stand for."""
        match node:
            case cst.Name():
                key = self._key(node)
                return UNKNOWN if key is None else self._known.get(key, UNKNOWN)
            case cst.IfExp():
                return _either([self.meaning(node.body), self.meaning(node.orelse)])
        return UNKNOWN

    def called(self, func: cst.CSTNode) -> tuple[cst.FunctionDef, ...]:
        """The functions that are called by a name that is not their own, if all are known."""
        found = self.meaning(func)
        if found.own is not None or not found.whole or self.lost & set(found.functions):
            return ()
        return found.functions

    def calls(self) -> list[cst.Call]:
        """The calls of functions by names that are not their own."""
        return [call for call in self._calls if self.called(call.func)]

    def places(self, function: cst.FunctionDef) -> list[cst.Name]:
        """Where a function stands by its own name, to be handed on."""
        key = self._key(function.name)
        names = self._reads.get(key, []) if key is not None else []
        return [n for n in names if self._is_value(n)]

    def _follow(self) -> None:
        """Follow each function to all names that it is given."""
        for node in walk(self.facts.module):
            if isinstance(node, cst.FunctionDef) and not node.decorators:
                key = self._key(node.name)
                if key is not None and [*_binders(*key)] == [node]:
                    self._known[key] = Meaning((node,), own=node)
        while True:
            before = dict(self._known)
            for key in before:
                for name in self._reads.get(key, []):
                    for goal in self._goals(name) if self._is_value(name) else []:
                        own = self._known.get(goal, Meaning())
                        functions = dict.fromkeys((*own.functions, *before[key].functions))
                        self._known[goal] = Meaning(tuple(functions), own=own.own)
            if self._known == before:
                return

    def _goals(self, name: cst.CSTNode) -> Iterator[Key]:
        """The names that a value is given to."""
        match self.parents.get(name):
            case cst.Param() as around:
                home = function_around(around, self.parents)
                if home is not None:
                    yield home, around.name.value
            case cst.IfExp() as around:
                yield from self._goals(around)
            case cst.Assign() as around:
                for target in around.targets:
                    key = self._key(target.target) if isinstance(target.target, cst.Name) else None
                    if key is not None:
                        yield key
            case cst.Arg() as around:
                call = self.parents[around]
                for function in self._callees(call) if isinstance(call, cst.Call) else ():
                    for parameter in parameters(function.params):
                        if _argument(call, function, parameter) is name:  # type: ignore[arg-type]
                            yield function, parameter.name.value

    def _callees(self, call: cst.Call) -> tuple[cst.FunctionDef, ...]:
        value = self.facts.values.get(call.func)
        if isinstance(value, Function) and isinstance(value.node, cst.FunctionDef):
            return (value.node,)
        return self.meaning(call.func).functions

    def _settle(self) -> None:
        """Which names are nothing but functions that are known."""
        while True:
            before = dict(self._known)
            for key, meaning in before.items():
                if meaning.whole and meaning.own is None and not self._is_whole(*key):
                    self._known[key] = Meaning(meaning.functions, whole=False)
            if self._known == before:
                return

    def _is_whole(self, home: Home, name: str) -> bool:
        for node in _binders(home, name):
            plain = isinstance(node, cst.Assign) and all(
                isinstance(t.target, cst.Name) for t in node.targets
            )
            if not plain or not self.meaning(node.value).whole:  # type: ignore[attr-defined]
                return False
        if not isinstance(home, cst.FunctionDef):
            return True
        given = [p for p in parameters(home.params) if p.name.value == name]
        return all(self._is_given_whole(home, p) for p in given)

    def _is_given_whole(self, home: cst.FunctionDef, parameter: cst.Param) -> bool:
        for call in self._calls:
            if home not in self._callees(call):
                continue
            given = _argument(call, home, parameter) or parameter.default
            if given is None or not self.meaning(given).whole:
                return False
        return True

    def _find_lost(self) -> set[cst.FunctionDef]:
        """The functions that go where nothing is known of what is done with them."""
        lost: set[cst.FunctionDef] = set()
        for key, meaning in self._known.items():
            for name in self._reads.get(key, []):
                if self._is_value(name) and not self._is_followed(name):
                    lost |= set(meaning.functions)
        return lost

    def _is_read(self, node: cst.Name) -> bool:
        match self.parents.get(node):
            case cst.Attribute(value=inner) | cst.Arg(value=inner):
                return inner is node
            case cst.Param() as param:
                return param.default is node
            case cst.AssignTarget() | cst.FunctionDef() | cst.ClassDef() | cst.ImportAlias():
                return False
        return True

    def _is_value(self, node: cst.Name) -> bool:
        around = self.parents.get(node)
        return not (isinstance(around, cst.Call) and around.func is node)

    def _is_followed(self, name: cst.Name) -> bool:
        """Whether what a value is given to is known: a parameter, or a plain name."""
        return any(True for _ in self._goals(name))

    def _key(self, name: cst.CSTNode) -> Key | None:
        """The function (or module) whose name this is; None for one of neither."""
        assert isinstance(name, cst.Name)
        around = self.parents.get(name)
        above = function_around(name, self.parents)
        outside = isinstance(around, cst.FunctionDef) or (
            isinstance(around, cst.Param) and around.default is name
        )
        if outside and above is not None:
            above = function_around(above, self.parents)
        while above is not None:
            if name.value in self._names_of(above):
                return above, name.value
            above = function_around(above, self.parents)
        module = self.facts.module
        return (module, name.value) if name.value in self._names_of(module) else None

    def _names_of(self, home: Home) -> set[str]:
        if home not in self._own:
            inside = home.body if isinstance(home, cst.Module) else [home.body]
            found = bound(inside)
            if isinstance(home, cst.FunctionDef):
                found |= {p.name.value for p in parameters(home.params)}
            self._own[home] = found
        return self._own[home]


def _either(found: list[Meaning]) -> Meaning:
    functions = dict.fromkeys(f for each in found for f in each.functions)
    return Meaning(tuple(functions), bool(found) and all(each.whole for each in found))


def _binders(home: Home, name: str) -> Iterator[cst.CSTNode]:
    """What binds a name in a function or module, but its parameters."""
    stack: list[cst.CSTNode] = [home.body] if isinstance(home, cst.FunctionDef) else [*home.body]
    while stack:
        node = stack.pop()
        match node:
            case cst.FunctionDef() | cst.ClassDef():
                if node.name.value == name:
                    yield node
                continue
            case cst.Lambda():
                continue
            case cst.Assign():
                if name in {n for t in node.targets for n in target_names(t.target)}:
                    yield node
            case cst.SimpleStatementLine() | cst.IndentedBlock():
                pass
            case cst.AugAssign() | cst.AnnAssign() | cst.For():
                if name in target_names(node.target):
                    yield node
            case cst.AsName() | cst.ImportAlias():
                if name in bound([node]):
                    yield node
        stack += reversed(node.children)


def _argument(
    call: cst.Call, function: cst.FunctionDef, parameter: cst.Param
) -> cst.BaseExpression | None:
    """What a call gives for a parameter, as far as it is written out."""
    names = [p.name.value for p in function.params.params]
    for i, arg in enumerate(call.args):
        if arg.star:
            return None
        name = arg.keyword.value if arg.keyword is not None else None
        if name == parameter.name.value or (
            name is None and names[i : i + 1] == [parameter.name.value]
        ):
            return arg.value
    return None
