"""What the interpretation found, keyed by the nodes of the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from porter.facts.builds import Build
from porter.facts.general import SizeOf, Turns
from porter.facts.layout import Permutation
from porter.facts.values import Class, Function, Instance, Object, Order, Scope, Tensor, Value
from porter.rulebook import UNKNOWN, Rule, Symbol, Term


@dataclass(eq=False)
class CallFact:
    """A call of something of a framework, joined over all the ways that lead to it.

    `given` are the arguments by parameter name, `nodes` the expressions that gave them;
    `used` are the parts of its result that the program reads; `order` is how the target holds it.
    """

    api: str
    rules: tuple[Rule, ...]
    given: dict[str, Term]
    nodes: Mapping[str, cst.BaseExpression]
    objects: list[Object] = field(default_factory=list)
    problem: str | None = None
    used: object = "all"
    order: tuple[int, ...] | None = None


@dataclass(eq=False)
class Application:
    """A call of objects: `self.conv(x)`, `layers.Dense(3)(x)`."""

    callees: list[Value] = field(default_factory=list)
    inputs: list[tuple[Tensor, ...]] = field(default_factory=list)


@dataclass(eq=False)
class Facts:
    """The facts of one module."""

    module: cst.Module
    scope: Scope
    calls: dict[cst.CSTNode, CallFact] = field(default_factory=dict)
    applications: dict[cst.CSTNode, Application] = field(default_factory=dict)
    values: dict[cst.CSTNode, Value] = field(default_factory=dict)
    permutes: dict[cst.CSTNode, Permutation | None] = field(default_factory=dict)
    results: dict[cst.CSTNode, Value] = field(default_factory=dict)
    entering: dict[cst.CSTNode, Permutation | None] = field(default_factory=dict)
    closing: dict[cst.CSTNode, Permutation | None] = field(default_factory=dict)
    conflicts: dict[cst.CSTNode, str] = field(default_factory=dict)
    axes: dict[cst.CSTNode, int] = field(default_factory=dict)
    dropped: set[cst.CSTNode] = field(default_factory=set)
    kept: set[cst.CSTNode] = field(default_factory=set)
    apis: dict[cst.CSTNode, str] = field(default_factory=dict)
    classes: list[Class] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    keyed: set[cst.CSTNode] = field(default_factory=set)
    parts: dict[cst.CSTNode, int] = field(default_factory=dict)
    aliased: set[cst.CSTNode] = field(default_factory=set)
    changing: dict[cst.CSTNode, cst.BaseExpression] = field(default_factory=dict)
    listed: set[cst.CSTNode] = field(default_factory=set)
    seen: set[cst.CSTNode] = field(default_factory=set)
    passing: set[cst.CSTNode] = field(default_factory=set)
    unreached: set[cst.CSTNode] = field(default_factory=set)
    root_classes: set[cst.CSTNode] = field(default_factory=set)
    inner_classes: set[cst.CSTNode] = field(default_factory=set)
    models: list[Object] = field(default_factory=list)
    met: dict[cst.CSTNode, list[list[Order]]] = field(default_factory=dict)
    builds: dict[cst.CSTNode, Build] = field(default_factory=dict)
    additions: dict[cst.CSTNode, list[cst.Call]] = field(default_factory=dict)
    turns: dict[tuple[cst.CSTNode, str, int], Turns] = field(default_factory=dict)
    sizes: dict[str, SizeOf] = field(default_factory=dict)
    last: Mapping[cst.CSTNode, Symbol] = field(default_factory=dict)
    optimised: Mapping[cst.Call, Symbol] = field(default_factory=dict)

    def parameters_for(self, node: cst.CSTNode) -> Term:
        """The parameters that an optimiser changes, where the program says whose."""
        return self.optimised.get(node, UNKNOWN) if isinstance(node, cst.Call) else UNKNOWN
