"""From a parsed module to its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from porter.facts.aside import run_aside
from porter.facts.builds import Build, find_builds, named_sizes
from porter.facts.constructed import names_of_sizes
from porter.facts.declared import SEQUENTIALS
from porter.facts.functions import call_function, instantiate, unknown_arguments
from porter.facts.general import origins_of_sizes
from porter.facts.interpreter import Interpreter
from porter.facts.modules import computes, is_module
from porter.facts.objects import flat, forward
from porter.facts.optimised import optimised
from porter.facts.places import below, class_around, walk
from porter.facts.propagate import SEVERAL
from porter.facts.seen import Seen, as_seen
from porter.facts.store import CallFact, Facts
from porter.facts.structures import run_as_root
from porter.facts.unreached import note_unreached
from porter.facts.values import Class, Function, Instance, Object, Order, Scope, Tensor
from porter.rulebook import Rulebook, Side, Symbol, is_known, is_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


MAX_ROUNDS = 8


def analyse(
    module: cst.Module,
    rulebook: Rulebook,
    side: Side,
    native: bool = False,
    entries: Mapping[cst.ClassDef, tuple[Tensor, ...]] | None = None,
    general: Mapping[cst.CSTNode, frozenset[str]] | None = None,
    loose: frozenset[cst.Call] = frozenset(),
    absent: frozenset[cst.Param] = frozenset(),
    named: Mapping[object, Mapping[int, str]] | None = None,
    last: Mapping[cst.CSTNode, Symbol] | None = None,
    left: frozenset[cst.CSTNode] = frozenset(),
    optimisers: Mapping[cst.Call, Symbol] | None = None,
    seen: Seen | None = None,
) -> Facts:
    """Interpret a module, then whatever of it nothing in it calls.

    Under `native`, what comes from outside and goes out is in the target's own layout.
    `entries` are the tensors that some classes are known to be called with, `named` the sizes of
    parameters that have names, `last` the last size of what some layers are applied to, where
    nothing else says it. `general` are functions to interpret for every value of some of
    their parameters, with their loops for any number of turns; `loose` are calls of functions that
    may be others in another run, `absent` parameters that are None in every run. `left` are layers
    that stay as they are: they take and give tensors in the source's order. `optimisers` are known
    to be for some parameters. `seen` are shapes that a run saw, for what the code does not say.
    A class that gets tensors in different layouts is interpreted again with one, and so is a
    name that would carry its tensor in different layouts along different ways. So is a class
    whose constructor takes the sizes that its `build` reads, with names for them.
    """
    above = parents(module)
    models = {**optimised(module, above), **(optimisers or {})} if side == "keras" else {}
    strict: dict[cst.CSTNode, tuple[Order, ...]] = {}
    wishes: dict[cst.CSTNode, Order] = {}
    firm: frozenset[cst.CSTNode] = frozenset()
    doubted: frozenset[cst.If] = frozenset()
    sizes: Mapping[object, Mapping[int, str]] = {}
    before: Mapping[cst.CSTNode, Build] = {}
    unsettled: frozenset[cst.CSTNode] = frozenset()
    whole: frozenset[cst.Param] = frozenset()
    closed: frozenset[cst.CSTNode] = frozenset()
    ranks: dict[cst.CSTNode, int] = {}
    for _ in range(MAX_ROUNDS):
        it = Interpreter(
            rulebook, side, Facts(module, Scope("module")), above,
            strict=strict, wishes=wishes, firm=firm, doubted=doubted, native=native,
            entries=entries or {}, sizes={**(named or {}), **sizes}, whole=whole,
            general=general or {}, loose=loose, absent=absent, closed=closed,
            last=last or {}, left=left, seen=seen or {}, ranks=ranks,
        )  # fmt: skip
        it.facts.optimised = models
        it.execute(module, it.facts.scope)
        _run_roots(it)
        while run_aside(it) or _run_inner(it):
            pass
        uneven = _uneven(it)
        around = (class_around(node, above) for node in it.facts.conflicts if node not in uneven)
        torn = {cls for cls in around if cls is not None and strict.get(cls) != ()}
        it.facts.builds = find_builds(it.facts, rulebook, side, above, unsettled)
        found = {**names_of_sizes(it.aliases), **named_sizes(it.facts.builds)}
        told = it.found_ranks.keys() - ranks.keys()
        again = torn or uneven or told or it.wished or it.doubts or _asked(it)
        if not again and found == sizes:
            break
        unsettled |= _unsettled(before, it.facts.builds)
        before, sizes = it.facts.builds, found
        strict = strict | {cls: _agreed(it, cls) for cls in torn}
        firm |= wishes.keys() & it.wished.keys()
        wishes = wishes | it.wished
        doubted |= it.doubts
        whole = whole | it.seen_whole
        closed = closed.union(*uneven.values())
        ranks = it.found_ranks | ranks
    else:
        it.facts.conflicts |= dict.fromkeys(it.wished, SEVERAL)
    it.facts.last = last or {}
    it.facts.sizes = origins_of_sizes(it.dims)
    note_unreached(it.facts, above)
    return it.facts


def _uneven(it: Interpreter) -> dict[cst.CSTNode, set[cst.CSTNode]]:
    """Where one of several Sequentials is applied, which do not begin with the same layout.

    They are to take the source's, each by itself.
    """
    found: dict[cst.CSTNode, set[cst.CSTNode]] = {}
    for node in it.facts.conflicts:
        call = it.parents.get(it.parents.get(node, node))
        use = it.facts.applications.get(call) if isinstance(call, cst.Call) else None
        callees = [] if use is None else use.callees
        several = [c for c in callees if isinstance(c, Object) and c.api in SEQUENTIALS]
        nodes: set[cst.CSTNode] = {c.node for c in several if c.node not in it.closed}
        # A layer that is one of a list may be another each time.
        listed = isinstance(call, cst.Call) and isinstance(call.func, cst.Subscript)
        chosen = len(callees) > 1 or listed
        if len(several) == len(callees) and chosen and nodes:
            found[node] = nodes
    return found


def _asked(it: Interpreter) -> bool:
    """Whether something else is made of parameters that are seen to be whole numbers now."""
    names = {parameter.name.value for parameter in it.seen_whole - it.whole}
    facts = it.facts.calls.values() if names else ()
    terms = [term for f in facts for name, term in f.given.items() if not _is_size(it, f, name)]
    plain = [t for t in terms if isinstance(t, Symbol) and not is_known(t) and not is_size(t)]
    return any(t.names & names for t in plain)


def _is_size(it: Interpreter, fact: CallFact, name: str) -> bool:
    """Whether an argument can only be a whole number."""
    signatures = [rule.signatures[it.side].by_name for rule in fact.rules]
    return any(name in names and names[name].type == "size" for names in signatures)


def _agreed(it: Interpreter, cls: cst.CSTNode) -> tuple[Order, ...]:
    """The orders in which a class is to get its tensors; () where that is the source's.

    First the target's own, where some caller holds them so; what other code calls keeps its
    contract.
    """
    met = it.facts.met.get(cls, [])
    if cls in it.strict or cls in it.facts.root_classes or it.native:
        return ()
    orders = tuple(next((o for o in seen if o is not None), None) for seen in met)
    return orders if any(orders) else ()


def _unsettled(
    before: Mapping[cst.CSTNode, Build], now: Mapping[cst.CSTNode, Build]
) -> frozenset[cst.CSTNode]:
    """Classes whose constructors would take other sizes now that they take some."""
    return frozenset(
        cls for cls, build in before.items()
        if build.arguments and now[cls].arguments != build.arguments
    )  # fmt: skip


def parents(module: cst.Module) -> dict[cst.CSTNode, cst.CSTNode]:
    """Each node's parent."""
    found: dict[cst.CSTNode, cst.CSTNode] = {}
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        for child in below(node):
            found[child] = node
            stack.append(child)
    return found


def _run_roots(it: Interpreter) -> None:
    """Functions that nothing calls, modules that nothing applies, in the order of the file.

    Functions come first: they may make and apply the modules. Those that do not, and that
    methods call, wait for what the methods give them.
    """
    waiting = _called_by_methods(it)
    for function in _outermost_first(it):
        if function.node in waiting:
            continue
        if function.node not in it.called and function.owner is None:
            args = unknown_arguments(function, None, tensors=False)
            call_function(it, function, args, root=True)
    contained = _contained(it)
    _run_modules(it, apart=contained)
    for cls in list(it.facts.classes):
        computing = computes(cls, it.rulebook, it.side)
        for name, value in list(cls.scope.names.items()):
            if name == computing and cls.node in contained:
                continue
            if not isinstance(value, Function) or value.node in it.called:
                continue
            receiver = next(iter(_instances(it, cls)))
            if value.node not in it.called:
                args = unknown_arguments(value, receiver, tensors=False)
                call_function(it, value, args, root=True)
    for obj in list(it.facts.objects):
        if obj.api in SEQUENTIALS and not obj.uses and not _is_child(it, obj):
            run_as_root(it, obj)
    _run_modules(it, apart=set())


def _run_inner(it: Interpreter) -> bool:
    """Functions that were defined in others, or as lambdas, and never called there."""
    waiting = [f for f in it.facts.functions if f.node not in it.called and f.owner is None]
    for function in waiting:
        if function.node not in it.called:
            it.called.add(function.node)
            args = unknown_arguments(function, None, tensors=False)
            call_function(it, function, args, root=True)
    return bool(waiting)


def _outermost_first(it: Interpreter) -> list[Function]:
    """Functions of the file, those before others that the others call."""
    functions = list(it.facts.functions)
    used = {f.node: names_in(f.node.body) for f in functions}
    return sorted(
        functions,
        key=lambda f: any(f.name in names for node, names in used.items() if node is not f.node),
    )


def _called_by_methods(it: Interpreter) -> set[cst.CSTNode]:
    """Functions that methods of the file name, and that reach none of its classes."""
    classes = {cls.name for cls in it.facts.classes}
    methods = {name for cls in it.facts.classes for name in names_in(cls.node.body)}
    reached = {f.name: names_in(f.node.body) for f in it.facts.functions if f.owner is None}
    makers = {name for name, names in reached.items() if names & classes}
    while more := {n for n, names in reached.items() if names & makers} - makers:
        makers |= more
    return {f.node for f in it.facts.functions if f.name in methods - makers and f.owner is None}


def _run_modules(it: Interpreter, apart: set[cst.CSTNode]) -> None:
    depths = _depths(it)
    for cls in sorted(it.facts.classes, key=lambda c: depths[c.node]):
        if not is_module(cls, it.rulebook, it.side) or cls.node in it.applied | apart:
            continue
        for instance in list(_instances(it, cls)):
            _run_module(it, instance)


def _contained(it: Interpreter) -> set[cst.CSTNode]:
    """Classes whose objects stand in a container, which will apply them."""
    children = [child for obj in it.facts.objects for child in obj.children]
    return {child.cls.node for child in children if isinstance(child, Instance)}


def _depths(it: Interpreter) -> dict[cst.CSTNode, int]:
    """How deep in other modules each class stands: those that hold it come first."""
    modules = [c for c in it.facts.classes if is_module(c, it.rulebook, it.side)]
    holders: dict[cst.CSTNode, list[cst.CSTNode]] = {
        c.node: _held_by(it, c, modules) for c in it.facts.classes
    }

    def depth(node: cst.CSTNode, seen: frozenset[cst.CSTNode]) -> int:
        if node in seen:
            return 0
        return max((1 + depth(h, seen | {node}) for h in holders.get(node, ())), default=0)

    return {node: depth(node, frozenset()) for node in holders}


def _held_by(it: Interpreter, cls: Class, modules: list[Class]) -> list[cst.CSTNode]:
    """The modules whose objects hold one of a class, or that name it."""
    found = [c.node for c in modules if c is not cls and cls.name in names_in(c.node.body)]
    for instance in it.facts.instances:
        held = flat(list(instance.attributes.values()))
        if any(isinstance(v, Instance) and v.cls is cls for v in held):
            found.append(instance.cls.node)
    return [node for node in dict.fromkeys(found) if node is not cls.node]


def names_in(node: cst.CSTNode) -> set[str]:
    """Every name that stands in a piece of code."""
    return {each.value for each in walk(node) if isinstance(each, cst.Name)}


def _is_child(it: Interpreter, obj: object) -> bool:
    return any(obj in other.children for other in it.facts.objects)


def _instances(it: Interpreter, cls: Class) -> Iterator[Instance]:
    made = [i for i in it.facts.instances if i.cls is cls]
    if made:
        yield from made
        return
    init = cls.lookup("__init__")
    if isinstance(init, Function):
        placeholder = Instance(cls)
        args = unknown_arguments(init, placeholder, tensors=False)
        yield instantiate(it, cls, type(args)(args.positional[1:]))
    else:
        yield Instance(cls)


def _run_module(it: Interpreter, instance: Instance) -> None:
    method = instance.cls.lookup(computes(instance.cls, it.rulebook, it.side))
    if isinstance(method, Function):
        args = unknown_arguments(method, instance, tensors=True)
        forward(it, instance, as_seen(it, instance, type(args)(args.positional[1:])))
