"""One call, matched against one rule: which case holds, and what the other side's call is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from porter.rulebook.choice import Untranslatable, choose, equal
from porter.rulebook.expression import Environment, binary, truth
from porter.rulebook.functions import DTYPES, torch_dtype
from porter.rulebook.rule import Argument, Case, Half, Rule, Side, other
from porter.rulebook.signature import Parameter, Signature
from porter.rulebook.terms import UNKNOWN, Symbol, Term, is_known, known
from porter.rulebook.windows import squeeze

FACETS = frozenset({"initializer", "regularizer", "constraint", "name", "ignored", "activation"})


@dataclass(frozen=True)
class Output:
    """An argument to write. `source` names the argument it came from unchanged, if it did."""

    name: str
    positional: bool
    term: Term
    source: str | None = None
    starred: bool = False


@dataclass(frozen=True)
class Translation:
    """A call of the other framework; `missing` are arguments that only facts could have given.

    `assumed` are conditions that could not be decided: where there are any, it is unsafe.
    """

    rule: Rule
    case: Case
    side: Side
    target: Signature
    outputs: tuple[Output, ...]
    missing: tuple[str, ...]
    env: Environment
    assumed: tuple[str, ...] = ()

    @property
    def half(self) -> Half:
        return self.case.half(other(self.side))

    def given_facets(self) -> Iterator[tuple[Parameter, Term]]:
        """Arguments such as `activation=` or `kernel_initializer=` that are not the default."""
        signature = self.rule.signatures[self.side]
        for parameter in signature.parameters:
            term = self.env.get(parameter.name, UNKNOWN)
            if parameter.type in FACETS and not equal(term, parameter.default):
                yield parameter, term


def translate(
    rule: Rule,
    side: Side,
    given: Mapping[str, Term],
    facts: Mapping[str, Term],
    api: str = "",
    *,
    unsafe: bool = False,
) -> Translation:
    """Translate a call with `given` arguments; raises Untranslatable.

    What rests on an assumption that can't be decided is translated only where `unsafe` is.

    `facts` are what is known around the call: `input` (the tensor a layer is applied to) and
    `used` (which parts of the result are used). `api` is the name that the call used, where it
    is not the rule's first: its defaults may differ.
    """
    if rule.manual:
        raise Untranslatable(rule.manual, "manual")
    signature = rule.signatures[side]
    env: dict[str, Term] = dict(facts)
    for parameter in signature.parameters:
        env[parameter.name] = UNKNOWN if parameter.required else parameter.default
    env.update(rule.spelling(side, api).defaults)
    env.update(given)
    for refusal in rule.refusals:
        if refusal.side == side and truth(refusal.when.evaluate(env)) is True:
            raise Untranslatable(refusal.why, told=True)
    case, assumed = choose(rule, side, env, given)
    _refuse_unhandled(rule, case, side, given)
    _refuse_no_axes(signature, case, side, given)
    if assumed and not unsafe:
        raise Untranslatable(f"whether {assumed[0]} is not known here", "unsafe")
    target = rule.signatures.get(other(side))
    if target is None:
        raise Untranslatable("no counterpart is known")
    target = replace(target, api=rule.spelled.get(target.api, target.api))
    outputs, missing = _outputs(rule, case, side, target, env, given)
    return Translation(rule, case, side, target, outputs, missing, env, assumed)


def _refuse_unhandled(rule: Rule, case: Case, side: Side, given: Mapping[str, Term]) -> None:
    spoken_of = set(handled(rule, case, side))
    signature = rule.signatures[side]
    for name, term in given.items():
        parameter = signature.by_name[name]
        if name in spoken_of or parameter.type in FACETS or equal(term, parameter.default):
            continue
        raise Untranslatable(f"the argument {name} has no counterpart")


FLAG = "it is a flag where this signature has an axis"
NO_AXES = "no axes are none of them in Keras, and all of them in most of PyTorch's functions"


def _refuse_no_axes(
    signature: Signature, case: Case, side: Side, given: Mapping[str, Term]
) -> None:
    """Refuse `axis=()`, unless the case asks for it or works something out for it, and flags."""
    formulas = (case.half(side).when, *case.half(other(side)).set.values())
    asked = [formula.text for formula in formulas if formula is not None]
    for name, term in given.items():
        if signature.by_name[name].type == "axis" and isinstance(known(term), bool):
            raise Untranslatable(FLAG)
        if signature.by_name[name].type != "axis" or not (equal(term, ()) or equal(term, [])):
            continue
        if not any(f"{name} == ()" in text for text in asked):
            raise Untranslatable(NO_AXES)


def handled(rule: Rule, case: Case, side: Side) -> Iterator[str]:
    """The arguments of one side of which a case says something, in any of its fields."""
    if side == "keras":
        yield from rule.args
    else:
        for argument in rule.args.values():
            yield from argument.formula.names
        yield from case.infer
    mine, theirs = case.half(side), case.half(other(side))
    yield from mine.fixed
    yield from case.infer
    read = [
        mine.when,
        mine.assume,
        theirs.write,
        theirs.call,
        *theirs.set.values(),
        *theirs.fixed.values(),
    ]
    for expression in [*read, *theirs.before, *theirs.after, *case.infer.values()]:
        if expression is not None:
            yield from expression.names | expression.called


def _outputs(
    rule: Rule,
    case: Case,
    side: Side,
    target: Signature,
    env: dict[str, Term],
    given: Mapping[str, Term],
) -> tuple[tuple[Output, ...], tuple[str, ...]]:
    half = case.half(other(side))
    inferred = {n: e.evaluate(env) for n, e in case.infer.items() if n in target.by_name}
    env.update(inferred)
    outputs: list[Output] = []
    missing: list[str] = []
    skipped = False
    for parameter in target.parameters:
        term, source = _value(rule, half, side, parameter, env, inferred)
        if parameter.name in inferred and not _can_write(term):
            missing.append(parameter.name)
            skipped = True
            continue
        if term is UNKNOWN:
            if half.write is not None or not half.constructs:
                continue
            formula = half.set.get(parameter.name)
            if formula is not None and formula.reads_shape:
                raise Untranslatable(f"{parameter.name} could not be worked out")
            handed_on = source is not None and source in given
            wanted = parameter.required or _wanted(rule, side, parameter.name, given)
            wanted = wanted or (formula is not None and not formula.names.isdisjoint(given))
            if wanted and not handed_on:
                raise Untranslatable(f"{parameter.name} could not be worked out")
        if not parameter.required and _may_omit(rule, side, parameter, term, source, given):
            skipped = skipped or parameter.kind == "positional"
            continue
        first = parameter is target.parameters[0]
        positional = parameter.kind in ("positional", "variadic") and not skipped
        first = first and target.api.startswith("torch.")
        natural = parameter.required or first or parameter.is_tensor
        positional = positional and (natural or parameter.kind == "variadic")
        positional = positional and parameter.type != "axis"
        starred = parameter.kind == "variadic"
        outputs.append(Output(parameter.name, positional, term, source, starred))
        skipped = skipped or not positional
    return tuple(outputs), tuple(missing)


def _can_write(term: Term) -> bool:
    """Whether an inferred size is a number or an expression of the source."""
    if isinstance(term, Symbol):
        return not any(name.startswith("?") for name in term.names)
    if isinstance(term, tuple | list):
        return all(map(_can_write, term))
    return term is not UNKNOWN and term is not None


def _wanted(rule: Rule, side: Side, name: str, given: Mapping[str, Term]) -> bool:
    """Whether the source gave an argument that this one is made from."""
    if side == "torch":
        argument = rule.args.get(name)
        return argument is not None and not argument.formula.names.isdisjoint(given)
    return any(name in a.formula.names and keras in given for keras, a in rule.args.items())


def _may_omit(
    rule: Rule,
    side: Side,
    parameter: Parameter,
    term: Term,
    source: str | None,
    given: Mapping[str, Term],
) -> bool:
    if term is UNKNOWN:
        return source is None or source not in given
    if not equal(term, parameter.default):
        return False
    wanted = source is not None and source in given
    return not (wanted and rule.signatures[side].by_name[source or ""].required)


def _value(
    rule: Rule,
    half: Half,
    side: Side,
    parameter: Parameter,
    env: Environment,
    inferred: Mapping[str, Term],
) -> tuple[Term, str | None]:
    name = parameter.name
    if name in half.set:
        formula = half.set[name]
        term = formula.evaluate(env)
        if formula.reads_shape and not _can_write(term):
            term = UNKNOWN
        return _spelled(term, parameter, side, _carried(formula.node))
    if name in half.fixed:
        return half.fixed[name].evaluate(env), None
    if name in inferred:
        return inferred[name], None
    term, source = _mapped(rule, side, name, env)
    return _spelled(term, parameter, side, source)


def _spelled(
    term: Term, parameter: Parameter, side: Side, source: str | None
) -> tuple[Term, str | None]:
    """A term as the other side spells it; what the author wrote stands only if that is the same."""
    tidied = _tidy(term, parameter, side)
    respelled = parameter.type == "dtype" and isinstance(known(term), str)
    return tidied, None if respelled or tidied is not term else source


def _carried(formula: ast.expr) -> str | None:
    """The argument that a formula hands on as it is: `shape`, `flat(shape)`."""
    match formula:
        case ast.Name(id=name) | ast.Call(func=ast.Name(id="flat"), args=[ast.Name(id=name)]):
            return name
    return None


def _tidy(term: Term, parameter: Parameter, side: Side) -> Term:
    if parameter.type == "dtype" and isinstance(known(term), str):
        # Each side spells a dtype in a way of its own, so that the author's is never handed on.
        name = str(known(term))
        if side == "torch":
            return name
        return torch_dtype(name) if name in DTYPES else UNKNOWN
    if parameter.type == "window" and isinstance(term, tuple | list):
        return squeeze(term)
    return term


def _mapped(rule: Rule, side: Side, name: str, env: Environment) -> tuple[Term, str | None]:
    if side == "torch":
        argument = rule.args.get(name)
        if argument is None:
            return UNKNOWN, None
        term = _looked_up(argument, argument.formula.evaluate(env), to_keras=True)
        plain = isinstance(argument.formula.node, ast.Name) and not argument.values
        return term, argument.formula.text if plain else None
    parts: dict[int, Term] = {}
    for keras_name, argument in rule.args.items():
        if name not in argument.formula.names:
            continue
        term = _looked_up(argument, env.get(keras_name, UNKNOWN), to_keras=False)
        match argument.formula.node:
            case ast.Name():
                return term, None if argument.values else keras_name
            case ast.Subscript(slice=ast.Constant(value=int(index))):
                parts[index] = term
            case node:
                return invert(node, term), None
    if parts:
        terms = tuple(parts[i] for i in sorted(parts))
        return (UNKNOWN if UNKNOWN in terms else terms), None
    return UNKNOWN, None


def _looked_up(argument: Argument, term: Term, to_keras: bool) -> Term:
    if not argument.values or term is UNKNOWN:
        return term
    for keras, torch in argument.values:
        if equal(term, torch if to_keras else keras):
            return keras if to_keras else torch
    return UNKNOWN


def invert(formula: ast.expr, term: Term) -> Term:
    """Solve `formula(x) == term` for its one name: `1 - x`, `2 * x`, `x + 1`, `-x`, `not x`."""
    if term is UNKNOWN:
        return UNKNOWN
    match formula:
        case ast.Name():
            return term
        case ast.BinOp(left=ast.Constant(value=c), op=ast.Sub(), right=inner):
            return invert(inner, binary(ast.Sub(), c, term))
        case ast.BinOp(left=ast.Constant(value=c), op=ast.Mult(), right=inner):
            return invert(inner, binary(ast.Div(), term, c))
        case ast.BinOp(left=inner, op=ast.Add(), right=ast.Constant(value=c)):
            return invert(inner, binary(ast.Sub(), term, c))
        case ast.BinOp(left=inner, op=ast.Sub(), right=ast.Constant(value=c)):
            return invert(inner, binary(ast.Add(), term, c))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return invert(inner, binary(ast.Sub(), 0, term))
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            if is_known(term):
                return invert(inner, not known(term))
            if isinstance(term, Symbol):
                return invert(inner, Symbol.of(ast.UnaryOp(ast.Not(), term.node)))
    return UNKNOWN
