"""What a name can stand for, as far as it is known without running.

Values are immutable but for lists, dicts and instances, which are shared by reference as in
the program. A tensor's shape is in the order that the *source* uses; `order` says how the
*target* will hold it: target dimension i is source dimension order[i] (None: the same order).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from porter.rulebook import Rule, Symbol, Term

Order = tuple[int, ...] | None
Shape = tuple[Term, ...] | None


class Value:
    """Something a name can stand for."""

    __slots__ = ()


@dataclass(frozen=True)
class Unknown(Value):
    """Nothing is known."""


UNKNOWN_VALUE = Unknown()


@dataclass(frozen=True)
class Foreign(Unknown):
    """A module of neither framework: nothing is known of what it holds, but it is no tensor."""

    name: str


@dataclass(frozen=True)
class Kept(Unknown):
    """An object of a class that is left to people: nothing is known of what it does."""

    api: str


@dataclass(frozen=True)
class Loader(Value):
    """A DataLoader of PyTorch that collates as it does by itself."""


@dataclass(eq=False)
class Collated(Value):
    """What a loader makes of a batch: tensors, or lists and dicts of them."""


@dataclass(frozen=True)
class Const(Value):
    """A number, string, bool or None; or a symbol, where only the text is known."""

    term: Term


@dataclass(eq=False)
class Sequence(Value):
    """A list or tuple whose items are known; `open` where more may follow.

    Of one that a loop or branch adds to, the items at `sure` places are there in any case.
    """

    kind: str
    items: list[Value]
    open: bool = False
    sure: frozenset[int] = frozenset()


@dataclass(eq=False)
class Dict(Value):
    """A dict with constant keys."""

    items: dict[object, Value]


@dataclass(frozen=True)
class Api(Value):
    """Something of a framework, by the dotted name the source imports it under."""

    name: str


@dataclass(frozen=True)
class Tensor(Value):
    """A tensor. `producer` links the tensors of a functional graph.

    `tail` are its last sizes, where its rank is not known and so `shape` is None. `held` is the
    dtype that the target gives it by itself, where that is not `dtype`. One that is `torn` comes
    along several ways, which hold it in different orders.
    """

    shape: Shape = None
    order: Order = None
    dtype: str | None = None
    producer: Producer | None = field(default=None, compare=False, repr=False)
    tail: tuple[Term, ...] = ()
    held: str | None = None
    torn: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class Producer:
    """The call that made a tensor, the object it called, and what went in."""

    node: cst.CSTNode
    callee: Value
    inputs: tuple[Tensor, ...]


@dataclass(frozen=True)
class TensorShape(Value):
    """`x.shape`, `tf.shape(x)`, `x.size()`: a tuple of dimensions that remembers its tensor."""

    tensor: Tensor


@dataclass(frozen=True)
class Method(Value):
    """A method of a framework object (`x.view`, `model.fit`), not called yet."""

    receiver: Value
    name: str


@dataclass(eq=False)
class Function(Value):
    """A function or lambda of the program; `owner` is the class whose body defines it."""

    node: cst.FunctionDef | cst.Lambda
    scope: Scope
    owner: Class | None = None

    @property
    def name(self) -> str:
        return self.node.name.value if isinstance(self.node, cst.FunctionDef) else "<lambda>"


@dataclass(eq=False)
class Class(Value):
    """A class of the program."""

    node: cst.ClassDef
    bases: tuple[Value, ...]
    scope: Scope
    outer: Scope

    @property
    def name(self) -> str:
        return self.node.name.value

    def lookup(self, name: str) -> Value | None:
        """An attribute of the class or its bases in the program, in definition order."""
        if name in self.scope.names:
            return self.scope.names[name]
        for base in self.bases:
            if isinstance(base, Class):
                found = base.lookup(name)
                if found is not None:
                    return found
        return None

    def ancestors(self) -> list[Value]:
        """The bases that are not classes of the program, through those that are."""
        found: list[Value] = []
        for base in self.bases:
            found += base.ancestors() if isinstance(base, Class) else [base]
        return found


@dataclass(frozen=True, eq=False)
class Partial(Value):
    """`functools.partial` of a class of the program."""

    cls: Class
    positional: tuple[tuple[cst.BaseExpression, Value], ...]
    keywords: Mapping[str, tuple[cst.BaseExpression, Value]]


@dataclass(eq=False)
class Instance(Value):
    """An object of a class of the program; `inputs` are what it was applied to.

    `made_with` are its constructor's arguments, in the words of where it was made; `unsettled`
    are attributes that may be None, `choices` those that may be one layer or another.
    """

    cls: Class
    attributes: dict[str, Value] = field(default_factory=dict)
    node: cst.Call | None = None
    built: bool = False
    inputs: list[tuple[Value, ...]] = field(default_factory=list)
    made_with: dict[str, Term] = field(default_factory=dict)
    unsettled: set[str] = field(default_factory=set)
    choices: dict[str, Either] = field(default_factory=dict)
    words: tuple[Mapping[str, Term], ...] = ()


@dataclass(frozen=True)
class Passing(Value):
    """A layer that gives what it is given."""


@dataclass(frozen=True, eq=False)
class Either(Value):
    """One layer or another, or none: which of them is not known."""

    options: tuple[Value, ...]


@dataclass(frozen=True)
class Bound(Value):
    """A function of the program bound to an instance."""

    function: Function
    instance: Value


@dataclass(frozen=True)
class Super(Value):
    """`super()` inside a method."""

    cls: Class
    instance: Value


@dataclass(eq=False)
class Object(Value):
    """What calling a framework's class gave: a layer, container, model, optimiser …

    `uses` are its applications to tensors, `results` what came of each; `children` a container's
    elements, `uncertain` where a branch or loop may add some of them, but not those at `sure`
    places. `inner` is what a module makes for itself: nobody else sees what it gives. `words`
    are what the names of the functions that made and returned it stand for, from the innermost
    on.
    """

    api: str
    node: cst.Call
    given: Mapping[str, tuple[cst.BaseExpression, Value]]
    rules: tuple[Rule, ...] = ()
    children: list[Value] = field(default_factory=list)
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Value, ...] = ()
    uses: list[Use] = field(default_factory=list)
    results: dict[cst.CSTNode, Value] = field(default_factory=dict)
    open: bool = False
    uncertain: bool = False
    inner: bool = False
    sure: frozenset[int] = frozenset()
    words: tuple[Mapping[str, Term], ...] = ()


@dataclass(frozen=True, eq=False)
class Use:
    """One application of an object: where, to which tensors; None where a container did it.

    `terms` and `nodes` are the call's arguments by rule, then by parameter.
    """

    node: cst.Call | None
    inputs: tuple[Tensor, ...]
    used: object = "all"
    terms: Mapping[str, Mapping[str, Term]] = field(default_factory=dict)
    nodes: Mapping[str, Mapping[str, cst.BaseExpression]] = field(default_factory=dict)


LAYERS = (Object, Instance, Passing, Either)


@dataclass(eq=False)
class Scope:
    """Names of a module, function or class body."""

    kind: str
    parent: Scope | None = None
    names: dict[str, Value] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    declared_global: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    places: dict[str, cst.BaseExpression] = field(default_factory=dict)

    def find(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or scope.kind != "class"):
                return scope.names[name]
            scope = scope.parent
        return None

    def imports(self, name: str) -> bool:
        """Whether a name is what an import bound, and nothing else since."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or scope.kind != "class"):
                return name in scope.imported
            scope = scope.parent
        return False

    @property
    def module(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


def is_local(symbol: Symbol, module: Scope) -> bool:
    """Whether a symbol's text only means something inside one function."""
    return not all(name in module.names for name in symbol.names)
