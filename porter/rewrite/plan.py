"""What becomes of each constructed layer, decided before anything is rewritten.

A layer can need more than one module of the target (padding, convolution, activation). Where it
is applied by name the extra steps can stand at the call (`F.relu(self.conv(x))`, split); in a
container they become elements of their own; else they are wrapped in a Sequential.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import (
    CallFact,
    Facts,
    Function,
    Object,
    Shape,
    Use,
    Value,
    dotted,
    join_shapes,
    same_term,
    tensor_term,
)
from porter.rewrite.varying import Varying
from porter.rulebook import (
    UNKNOWN,
    Rule,
    Rulebook,
    Side,
    Symbol,
    Term,
    Translation,
    Untranslatable,
    known,
    translate,
)
from porter.rulebook import Tensor as TensorTerm
from porter.source import Kind

INITIALIZER = "PyTorch initialises a weight once it is there, with a function of torch.nn.init"


@dataclass(frozen=True)
class Activation:
    """An activation given as an argument: an API of the source, or a function of the program.

    It may also be whatever a caller names: then `term` stands for the name.
    """

    api: str | None
    name: str | None
    node: cst.BaseExpression | None = None
    term: Symbol | None = None


@dataclass(frozen=True)
class Left:
    """Why a layer stays as it was."""

    text: str
    kind: str


@dataclass(eq=False)
class Plan:
    """How one construction site is written in the target."""

    node: cst.Call
    fact: CallFact
    translation: Translation | None
    reason: str
    kind: str
    activation: Activation | None = None
    notes: list[tuple[str, Kind, str]] = field(default_factory=list)
    split: bool = False
    in_container: bool = False
    uses: tuple[Use, ...] = ()


def make_plans(
    facts: Facts,
    rulebook: Rulebook,
    side: Side,
    above: Mapping[cst.CSTNode, cst.CSTNode],
    unsafe: bool = False,
    left: Mapping[cst.CSTNode, Left] | None = None,
) -> dict[cst.CSTNode, Plan]:
    """A plan for every call that constructs a layer that rules know; what is `left` stays."""
    plans: dict[cst.CSTNode, Plan] = {}
    varying = Varying(facts, above)
    for node, fact in facts.calls.items():
        if fact.objects and fact.rules and isinstance(node, cst.Call):
            fixed = varying.fixed(node)
            plan = _plan(node, fact, fact.given, rulebook, side, unsafe, fixed)
            plans[node] = _for_all(plan, varying, rulebook, side, unsafe)
    for node, why in (left or {}).items():
        if node in plans:
            plans[node].translation, plans[node].reason, plans[node].kind = None, why.text, why.kind
    for plan in plans.values():
        plan.split = _can_split(plan, plans, facts)
    return plans


def moved_in_vain(facts: Facts, plans: Mapping[cst.CSTNode, Plan]) -> dict[cst.CSTNode, Left]:
    """Layers that stay as they are, though a layout of the target was asked for them."""
    moved = any(facts.permutes.values())
    return {
        node: Left(plan.reason, plan.kind)
        for node, plan in plans.items()
        if moved and plan.uses and plan.translation is None and is_moved(plan)
    }


def is_moved(plan: Plan) -> bool:
    """Whether a layer's rules ask for a layout of the target."""
    return any(case.layout != "source" for rule in plan.fact.rules for case in rule.cases)


def _for_all(plan: Plan, varying: Varying, rulebook: Rulebook, side: Side, unsafe: bool) -> Plan:
    """A plan that holds whatever a parameter is given; else this one, which says for what."""
    loose = varying.loosened(plan.fact)
    if plan.translation is None or loose == plan.fact.given:
        return plan
    fixed = varying.fixed(plan.node)

    def planned(given: Mapping[str, Term]) -> Plan:
        return _plan(plan.node, plan.fact, given, rulebook, side, unsafe, fixed)

    general = planned(loose)
    if general.translation is None:
        changed = [n for n, term in loose.items() if term is not plan.fact.given.get(n)]
        alone = {n: planned({**plan.fact.given, n: loose[n]}) for n in changed}
        bound = [n for n in changed if alone[n].translation is None]
        plan.notes.append(("argument", "note", varying.note(plan.fact, bound or changed)))
        return plan
    return general


def _plan(
    node: cst.Call,
    fact: CallFact,
    given: Mapping[str, Term],
    rulebook: Rulebook,
    side: Side,
    unsafe: bool,
    fixed: frozenset[str],
) -> Plan:
    uses = tuple(use for obj in fact.objects for use in obj.uses)
    environment = _environment(uses, fixed)
    if fact.rules[0].kind == "initializer":
        return Plan(node, fact, None, INITIALIZER, "manual")
    reason, kind = fact.problem or "", "todo"
    translation: Translation | None = None
    one_rank = len({rule.rank for rule in fact.rules}) == 1
    if not fact.problem:
        for rule in fact.rules:
            if not set(given) <= set(rule.signatures[side].by_name):
                continue
            lost = _lost(rule, side, uses)
            if lost is not None:
                reason = reason or lost
                continue
            try:
                around = _around(rule, environment, uses, one_rank, fixed)
                translation = translate(rule, side, given, around, fact.api, unsafe=unsafe)
                break
            except Untranslatable as error:
                reason, kind = error.before(reason), error.kind
    plan = Plan(node, fact, translation, reason, kind, uses=uses)
    plan.in_container = any(use.node is None for use in uses)
    if translation is not None:
        _read_facets(plan, translation, rulebook)
    return plan


def _lost(rule: Rule, side: Side, uses: tuple[Use, ...]) -> str | None:
    """What an application gives that a rule says nothing about, as a reason to leave it."""
    called = rule.called.get(side)
    names = set(() if called is None else called.by_name)
    known_names = names | ({"input", "inputs"} if side == "torch" else {"inputs"})
    for use in uses:
        for arg in () if use.node is None else use.node.args:
            name = "" if arg.keyword is None else arg.keyword.value
            if is_mode(arg, side, names):
                if dotted(arg.value) not in ("training", "self.training", "None"):
                    how = "fixed" if name == "training" else "given"
                    return f"{name} is {how} where the layer is applied"
            elif name and name not in known_names:
                return f"{name} is given where the layer is applied"
    return None


def is_mode(arg: cst.Arg, side: Side, names: Collection[str]) -> bool:
    """Whether an argument of a layer's call says what PyTorch keeps as the module's mode."""
    name = "" if arg.keyword is None else arg.keyword.value
    return side == "keras" and (name == "training" or (name == "mask" and name not in names))


def _environment(uses: tuple[Use, ...], fixed: frozenset[str]) -> dict[str, Term]:
    """What is known of a layer's input, over all its uses, where some names are `fixed`."""
    if not uses:
        return {"input": TensorTerm(), "inputs": [], "used": "all"}
    # Where one way to it is not understood, the others say what it takes.
    shapes = [use.inputs[0].shape for use in uses if use.inputs]
    known_shapes = [shape for shape in shapes if shape is not None]
    shape: Shape = known_shapes[0] if known_shapes else None
    for each in known_shapes[1:]:
        shape = join_shapes(shape, each, fixed)
    used = uses[0].used if all(use.used == uses[0].used for use in uses) else "all"
    inputs = [tensor_term(t) for t in uses[0].inputs]
    tails = [use.inputs[0].tail if use.inputs else () for use in uses]
    tail = tails[0] if shape is None and tails.count(tails[0]) == len(tails) else ()
    return {"input": TensorTerm(shape, tail=tail), "inputs": inputs, "used": used}


def _around(
    rule: Rule,
    environment: dict[str, Term],
    uses: tuple[Use, ...],
    one_rank: bool,
    fixed: frozenset[str],
) -> dict[str, Term]:
    """What is known around a layer, and the arguments of its calls where they agree."""
    found = _ranked(rule, environment) if one_rank else environment
    signature = next(iter(rule.called.values()), None)
    if not uses and signature is not None:
        return {**found, **{p.name: p.default for p in signature.parameters}}
    for i, use in enumerate(uses):
        for name, term in use.terms.get(rule.id, {}).items():
            before = term if i == 0 else found.get(name, UNKNOWN)
            found = {**found, name: _agreed(before, term, fixed)}
    # What a call gives in a way that is not understood must not be written by its name.
    taken = () if signature is None else signature.parameters
    return {**{p.name: UNKNOWN for p in taken}, **found}


def _agreed(before: Term, term: Term, fixed: frozenset[str]) -> Term:
    """What two calls of a layer give for one argument."""
    if not isinstance(before, TensorTerm) or not isinstance(term, TensorTerm):
        return term if same_term(before, term) else UNKNOWN
    dtype = term.dtype if term.dtype == before.dtype else None
    if before.shape is None or term.shape is None:
        one = before if term.shape is None else term
        return TensorTerm(one.shape, dtype, one.tail)
    return TensorTerm(join_shapes(before.shape, term.shape, fixed), dtype)


def _ranked(rule: Rule, environment: dict[str, Term]) -> dict[str, Term]:
    tensor = environment["input"]
    if rule.rank is not None and isinstance(tensor, TensorTerm) and tensor.shape is None:
        leading = (None,) * (rule.rank - len(tensor.tail))
        return {**environment, "input": TensorTerm((*leading, *tensor.tail))}
    return environment


def _read_facets(plan: Plan, translation: Translation, rulebook: Rulebook) -> None:
    for parameter, term in translation.given_facets():
        if parameter.type == "activation":
            plan.activation = activation_of(plan.fact, parameter.name, term, rulebook)
            if plan.activation is None:
                plan.translation, plan.reason = None, "this activation is not known"
        elif parameter.type in rulebook.facets:
            facet = rulebook.facets[parameter.type]
            plan.notes.append((parameter.type, facet["kind"], facet["message"]))


def activation_of(fact: CallFact, name: str, term: Term, rulebook: Rulebook) -> Activation | None:
    """The activation that an argument stands for; None where that is not known."""
    value = known(term)
    names = rulebook.names.get("activation", {})
    if isinstance(value, str):
        if value == "linear":
            return Activation(None, "linear")
        api = names.get(value.lower())
        return None if api is None else Activation(api, value.lower())
    given: Value | None = None
    for obj in fact.objects:
        if name in obj.given:
            given = obj.given[name][1]
    node = fact.nodes.get(name)
    if isinstance(given, Function):
        return Activation(None, None, node)
    if isinstance(term, Symbol) and node is not None:
        return Activation(None, None, node, term)
    return None


def _can_split(plan: Plan, plans: dict[cst.CSTNode, Plan], facts: Facts) -> bool:
    """Whether every use is a call that only reaches layers written in this same way."""
    if plan.in_container or plan.translation is None or _is_named(plan.activation):
        return False
    for use in plan.uses:
        application = facts.applications.get(use.node) if use.node is not None else None
        if application is None:
            return False
        for callee in application.callees:
            if not isinstance(callee, Object) or not _alike(plans.get(callee.node), plan):
                return False
    return bool(plan.uses)


def _is_named(activation: Activation | None) -> bool:
    """Whether an activation is a module, which is made by the name that a caller gives."""
    return activation is not None and activation.term is not None


def _alike(other: Plan | None, plan: Plan) -> bool:
    if other is plan:
        return True
    if other is None or other.translation is None or plan.translation is None:
        return False
    a, b = other.translation, plan.translation
    return (
        a.rule.id == b.rule.id
        and a.case is b.case
        and other.activation == plan.activation
        and not a.half.before
        and not a.half.after
    )
