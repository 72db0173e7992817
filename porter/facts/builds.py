"""What a layer's `build` needs of its input, and whether its constructor can be told instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import libcst as cst

from porter.facts.join import same_term
from porter.facts.layout import between
from porter.facts.modules import is_module
from porter.facts.names import dotted
from porter.facts.places import below, function_around, is_word, named_parameters, walk
from porter.facts.values import Class, Function, Instance, Sequence, Tensor, Value, is_local
from porter.rulebook import Rulebook, Side, Symbol, Term, is_known

if TYPE_CHECKING:
    from porter.facts.store import Facts

Parents = Mapping[cst.CSTNode, cst.CSTNode]
Key = tuple[int, ...]
_STORES = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.CompFor)


@dataclass(frozen=True, eq=False)
class Build:
    """One class's `build`: done by the constructor, at the first call, or left.

    `arguments` are what the constructor takes for the sizes that it reads, in `reads`; `sites` are
    the calls that make its objects, and these sizes there. At the first call, its input may be
    `listed` tensors, or one that has to be permuted to have the sizes in order (`restored`).
    """

    cls: Class
    node: cst.FunctionDef
    way: Literal["folded", "lazy", "left"]
    arguments: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    reads: Mapping[cst.CSTNode, str] = field(default_factory=dict)
    sites: Mapping[cst.CSTNode, tuple[Term, ...]] = field(default_factory=dict)
    listed: bool = False
    restored: tuple[int, ...] | None = None


def find_builds(
    facts: Facts, rulebook: Rulebook, side: Side, parents: Parents, lazy: frozenset[cst.CSTNode]
) -> dict[cst.CSTNode, Build]:
    """How each class that has a `build` is built; those in `lazy` at their first call."""
    if side != "keras":
        return {}
    found: dict[cst.CSTNode, Build] = {}
    for cls in facts.classes:
        build = cls.scope.names.get("build")
        if not isinstance(build, Function) or not isinstance(build.node, cst.FunctionDef):
            continue
        if is_module(cls, rulebook, side):
            found[cls.node] = _build(facts, parents, cls, build.node, cls.node in lazy)
    return found


def _build(facts: Facts, parents: Parents, cls: Class, node: cst.FunctionDef, lazy: bool) -> Build:
    names = [p.name.value for p in node.params.params]
    plain = len(names) == 2 and not node.decorators and not node.params.kwonly_params
    if not plain or node.params.star_kwarg is not None or _inherited(cls, "build"):
        return Build(cls, node, "left")
    reads = _reads(node, names[1], parents)
    if reads is None or lazy or not _can_fold(facts, parents, cls, node):
        return _lazy(facts, cls, node, reads)
    if not reads:
        return Build(cls, node, "folded")
    keys = tuple(dict.fromkeys(_positions(facts, cls, key) for key in reads.values()))
    sites = _sites(facts, parents, cls, [k for k in keys if k is not None])
    if sites is None or None in keys:
        return _lazy(facts, cls, node, reads)
    arguments = _named(cls, node, reads, [k for k in keys if k is not None], facts, parents)
    by_key = dict(zip(keys, arguments, strict=True))
    read = {place: by_key[_positions(facts, cls, key)] for place, key in reads.items()}
    return Build(cls, node, "folded", arguments, tuple(k for k in keys if k), read, sites)


def _lazy(
    facts: Facts, cls: Class, node: cst.FunctionDef, reads: Mapping[cst.CSTNode, Key] | None
) -> Build:
    """A build at the first call, if it is known how that holds its input."""
    given = _inputs(facts, cls)
    listed = any(isinstance(value, Sequence) for value in given)
    listed = listed or any(len(key) > 1 for key in (reads or {}).values())
    held = {v.order for value in given for v in _tensors(value)}
    if len(held) > 1 or (listed and held - {None}):
        return Build(cls, node, "left")
    order = held.pop() if held else None
    back = None if order is None else between(order, None, len(order))
    return Build(cls, node, "lazy", listed=listed, restored=None if back is None else back.order)


def _tensors(value: Value) -> list[Tensor]:
    if isinstance(value, Sequence):
        return [tensor for item in value.items for tensor in _tensors(item)]
    return [value] if isinstance(value, Tensor) else []


def _inherited(cls: Class, name: str) -> bool:
    return any(isinstance(b, Class) and b.lookup(name) is not None for b in cls.bases)


def _reads(node: cst.FunctionDef, name: str, parents: Parents) -> dict[cst.CSTNode, Key] | None:
    """Where the sizes are read one by one, and which; None where they are read in another way."""
    found: dict[cst.CSTNode, Key] = {}
    for each in _names(node.body):
        if each.value != name or is_word(each, parents):
            continue
        place, key = _subscripted(each, parents)
        if key:
            found[place] = key
        elif not _goes_to_build(place, parents):
            return None
    return found


def _names(node: cst.CSTNode) -> Iterator[cst.Name]:
    return (each for each in walk(node) if isinstance(each, cst.Name))


def _subscripted(node: cst.CSTNode, parents: Parents) -> tuple[cst.CSTNode, Key]:
    """`shape[0][-1]` around `shape`."""
    key: list[int] = []
    around = parents[node]
    while isinstance(around, cst.Subscript) and around.value is node and len(around.slice) == 1:
        index = around.slice[0].slice
        number = _number(index.value) if isinstance(index, cst.Index) else None
        if number is None:
            return node, ()
        key.append(number)
        node, around = around, parents[around]
    return node, tuple(key)


def _number(node: cst.BaseExpression) -> int | None:
    sign = 1
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        sign, node = -1, node.expression
    return sign * int(node.value) if isinstance(node, cst.Integer) else None


def _goes_to_build(node: cst.CSTNode, parents: Parents) -> bool:
    """`super().build(shape)`, `self.dense.build(shape)`: what the target needs no call for."""
    call = parents.get(parents[node])
    method = call.func if isinstance(call, cst.Call) else None
    return isinstance(method, cst.Attribute) and method.attr.value == "build"


def _can_fold(facts: Facts, parents: Parents, cls: Class, build: cst.FunctionDef) -> bool:
    """Whether the constructor can end with what `build` does."""
    init = cls.scope.names.get("__init__")
    related = any(cls in c.bases for c in facts.classes) or any(
        isinstance(b, Class) for b in cls.bases
    )
    if not isinstance(init, Function) or not isinstance(init.node, cst.FunctionDef):
        return init is None and not related
    if related or _returns(init.node) or _returns(build):
        return False
    own = stored(build.body) | {p.name.value for p in build.params.params}
    read = {n.value for n in _names(build.body) if not is_word(n, parents)} - own
    return not read & (_bound(cls) - {"self"})


def _bound(cls: Class) -> set[str]:
    """The names of a constructor's arguments and variables."""
    init = cls.scope.names.get("__init__")
    node = init.node if isinstance(init, Function) else None
    if not isinstance(node, cst.FunctionDef):
        return set()
    params = named_parameters(node.params)
    return {p.name.value for p in params} | stored(node.body)


def _returns(node: cst.FunctionDef) -> bool:
    stack: list[cst.CSTNode] = [node.body]
    while stack:
        each = stack.pop()
        if isinstance(each, cst.Return):
            return True
        if not isinstance(each, cst.FunctionDef | cst.ClassDef | cst.Lambda):
            stack.extend(below(each))
    return False


@lru_cache(maxsize=4096)
def stored(node: cst.CSTNode) -> frozenset[str]:
    """The names that a piece of code assigns to, attributes aside.

    Asked anew each time that the code runs.
    """
    targets = [each.target for each in walk(node) if isinstance(each, _STORES)]
    plain = [target for target in targets if not isinstance(target, cst.Attribute)]
    return frozenset(n.value for target in plain for n in _names(target))


def _inputs(facts: Facts, cls: Class) -> list[Value]:
    """What objects of a class are applied to, first arguments only."""
    return [given[0] for i in facts.instances if i.cls is cls for given in i.inputs if given]


def _positions(facts: Facts, cls: Class, key: Key) -> Key | None:
    """A size counted from the front, and before it which of several inputs; None if not known."""
    ranks = {_rank(value, key[:-1]) for value in _inputs(facts, cls)}
    if len(ranks) != 1:
        return None
    rank = ranks.pop()
    if rank is None or not -rank <= key[-1] < rank:
        return None
    return (*key[:-1], key[-1] % rank)


def _rank(value: Value, path: Key) -> int | None:
    tensor = _at(value, path)
    return None if tensor is None or tensor.shape is None else len(tensor.shape)


def _at(value: Value, path: Key) -> Tensor | None:
    for position in path:
        if not isinstance(value, Sequence) or not -len(value.items) <= position < len(value.items):
            return None
        value = value.items[position]
    return value if isinstance(value, Tensor) else None


def _sites(
    facts: Facts, parents: Parents, cls: Class, keys: list[Key]
) -> dict[cst.CSTNode, tuple[Term, ...]] | None:
    """The sizes at every call that makes an object; None where one of them cannot be written."""
    found: dict[cst.CSTNode, tuple[Term, ...]] = {}
    for instance in facts.instances:
        if instance.cls is not cls:
            continue
        terms = _sizes(instance, keys)
        node = instance.node
        if node is None or terms is None or facts.values.get(node.func) is not cls:
            return None
        if not all(_writable(term, node, facts, parents) for term in terms):
            return None
        others = found.setdefault(node, terms)
        if not all(same_term(a, b) for a, b in zip(others, terms, strict=True)):
            return None
    made = {node.func for node in found if isinstance(node, cst.Call)}
    return found if found and _only_made(facts, parents, cls, made) else None


def _sizes(instance: Instance, keys: list[Key]) -> tuple[Term, ...] | None:
    found: list[Term] = []
    for given in instance.inputs:
        for i, key in enumerate(keys):
            tensor = _at(given[0], key[:-1]) if given else None
            if tensor is None or tensor.shape is None:
                return None
            term = tensor.shape[key[-1]]
            if len(found) == i:
                found.append(term)
            elif not same_term(found[i], term):
                return None
    return tuple(found) if len(found) == len(keys) else None


def _writable(term: Term, node: cst.CSTNode, facts: Facts, parents: Parents) -> bool:
    """Whether a size can be written where an object is made."""
    if is_known(term):
        return term is not None
    if not isinstance(term, Symbol) or any(name.startswith("?") for name in term.names):
        return False
    home = function_around(node, parents)
    if home is None:
        return not is_local(term, facts.scope)
    params = {p.name.value for p in named_parameters(home.params)}
    return all(name in params or name in facts.scope.names for name in term.names)


def _only_made(facts: Facts, parents: Parents, cls: Class, made: set[cst.BaseExpression]) -> bool:
    """Whether nothing but these calls reads the class's name, so that nobody else makes one."""
    for node in _names(facts.module):
        if node.value != cls.name or node in made or node is cls.node.name:
            continue
        around = parents[node]
        call = parents.get(around)
        if isinstance(around, cst.Attribute) and around.attr is node:
            continue
        if not isinstance(call, cst.Call) or dotted(call.func) not in ("super", "isinstance"):
            return False
    return True


def _named(
    cls: Class,
    node: cst.FunctionDef,
    reads: Mapping[cst.CSTNode, Key],
    keys: list[Key],
    facts: Facts,
    parents: Parents,
) -> tuple[str, ...]:
    """Names for sizes: what `build` calls them, else what PyTorch's layers call theirs."""
    bound = _bound(cls) | set(facts.scope.names)
    taken = {n.value for n in _names(cls.node)} | bound
    found: list[str] = []
    for key in keys:
        places = [p for p, k in reads.items() if _positions(facts, cls, k) == key]
        own = next((n for p in places if (n := _target(p, parents)) not in (None, *bound)), None)
        name = own or _usual(facts, cls, key)
        number = 2
        while name in found or (name in taken and name != own):
            name = f"{name.rstrip('0123456789_')}_{number}"
            number += 1
        found.append(name)
    return tuple(found)


def _target(place: cst.CSTNode, parents: Parents) -> str | None:
    """`self.width = shape[-1]` names it."""
    around = parents[place]
    if not isinstance(around, cst.Assign) or len(around.targets) != 1:
        return None
    name = dotted(around.targets[0].target)
    return None if name is None else name.rpartition(".")[2].lstrip("_") or None


def _usual(facts: Facts, cls: Class, key: Key) -> str:
    rank = _rank(_inputs(facts, cls)[0], key[:-1]) or 0
    if key[-1] == rank - 1:
        return "in_channels" if rank > 3 else "in_features"
    return f"in_size_{key[-1]}"


def named_sizes(builds: Mapping[cst.CSTNode, Build]) -> dict[object, dict[int, str]]:
    """The names of sizes, by the parameter of `call` whose they are."""
    found: dict[object, dict[int, str]] = {}
    for build in builds.values():
        call = build.cls.lookup("call")
        if not isinstance(call, Function):
            continue
        parameters = [*call.node.params.posonly_params, *call.node.params.params][1:]
        for key, name in zip(build.keys, build.arguments, strict=True):
            slot = 100 + key[0] if len(key) > 1 else 0
            found.setdefault((parameters[0], slot), {})[key[-1]] = name
    return found
