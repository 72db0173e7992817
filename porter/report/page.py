"""What there is to know about one rule: signatures, what differs, what was proven, an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from porter.report.example import Example, example
from porter.rewrite import Options
from porter.rulebook import (
    NOT_PROVEN,
    SIDES,
    Case,
    Expression,
    Half,
    Parameter,
    Proofs,
    Rule,
    Rulebook,
    Side,
    Signature,
    equal,
    other,
    standing,
    write,
)  # fmt: skip

_NAMES: Mapping[Side, str] = {"keras": "Keras", "torch": "PyTorch"}
_HOSTS: Mapping[Side, tuple[str, ...]] = {
    "keras": ("keras.io", "tensorflow.org"), "torch": ("pytorch.org",),
}  # fmt: skip
_DOCUMENTED: Mapping[Side, str] = {
    "keras": "https://www.tensorflow.org/api_docs/python/tf/{place}",
    "torch": "https://docs.pytorch.org/docs/stable/generated/{api}.html",
}
_FACETS = ("initializer", "regularizer", "constraint", "name", "ignored", "activation")
_LAYOUTS = {
    "channels": "images and sequences stand channels last in Keras, channels first in PyTorch",
    "follow": "axes are moved along where the tensor's layout is another",
    "permute": "what it does to the order of axes may be left to the tensor's layout",
}


@dataclass(frozen=True)
class Direction:
    """What a rule is worth from one side: the verdict, its calls by outcome, what was compared."""

    side: Side
    worth: str
    counts: Mapping[str, int]
    phases: tuple[str, ...] = ()


@dataclass(frozen=True)
class RulePage:
    """One rule as people read it; every text is plain."""

    id: str
    kind: str
    file: str
    line: int
    signatures: Mapping[Side, str]
    names: Mapping[Side, tuple[str, ...]]
    differences: tuple[str, ...]
    conditions: tuple[str, ...]
    weights: Mapping[str, str]
    manual: str | None
    refusals: tuple[str, ...]
    notes: tuple[str, ...]
    traps: tuple[str, ...]
    pages: tuple[str, ...]
    directions: tuple[Direction, ...]
    examples: tuple[Example, ...] = ()


def rule_page(
    book: Rulebook, proofs: Proofs, rule: Rule, rule_dirs: tuple[Path, ...] = ()
) -> RulePage:
    """All that is known about a rule; the examples are worked out here."""
    options = {side: Options(to=other(side), rule_dirs=rule_dirs) for side in SIDES}
    shown = [example(rule, side, options[side]) for side in SIDES]
    notes = [*rule.notes, *(note for case in rule.cases for note in case.notes)]
    return RulePage(
        rule.id,
        rule.kind,
        Path(rule.path).name,
        rule.line,
        {side: written(rule.signatures[side]) for side in SIDES if side in rule.signatures},
        {side: rule.apis(side)[1:] for side in SIDES},
        tuple(_differences(rule)),
        tuple(dict.fromkeys(text for case in rule.cases for text in _conditions(case))),
        {k: v for case in rule.cases for k, v in (case.weights or {}).items()},
        rule.manual,
        tuple(f"{r.when.text}: {r.why}" for r in rule.refusals),
        tuple(dict.fromkeys(notes)),
        rule.traps,
        tuple(_links(rule)),
        tuple(_directions(book, proofs, rule)),
        tuple(one for one in shown if one is not None),
    )


def as_text(page: RulePage) -> str:
    """The page for a terminal."""
    lines = [f"{page.id} ({page.file}:{page.line})"]
    for side, signature in page.signatures.items():
        lines.append(f"  {side}: {signature}")
        lines += [f"    also {name}" for name in page.names[side]]
    lines += [f"  differs: {text}" for text in page.differences]
    lines += [f"  where: {text}" for text in page.conditions]
    lines += [f"  weight {keras} = {torch}" for keras, torch in page.weights.items()]
    lines += [f"  from {each.side}: {worth_of(each)}" for each in page.directions]
    if page.manual:
        lines.append(f"  by hand: {page.manual}")
    lines += [f"  left to people: {text}" for text in page.refusals]
    lines += [f"  note: {note}" for note in page.notes]
    lines += [f"  trap: {trap}" for trap in page.traps]
    lines += [f"  see {link}" for link in page.pages]
    for shown in page.examples:
        lines += ["", f"  from {shown.side}:", *_indented(shown.before)]
        lines += ["  becomes:", *_indented(shown.after)]
    return "".join(f"{line}\n" for line in lines)


def worth_of(direction: Direction) -> str:
    """`safe (12 safe; forward, gradient)`."""
    if not direction.counts:
        return direction.worth
    counts = ", ".join(f"{count} {verdict}" for verdict, count in direction.counts.items())
    phases = ", ".join(direction.phases) or "nothing compared"
    return f"{direction.worth} ({counts}; {phases})"


def written(signature: Signature) -> str:
    """A signature as code; what is taken by name only stands behind a star."""
    if not signature.is_call:
        return signature.api
    parameters: list[str] = []
    for parameter in signature.parameters:
        if parameter.kind == "keyword" and not _has_star(parameters):
            parameters.append("*")
        parameters.append(_parameter(parameter))
    return f"{signature.api}({', '.join(parameters)})"


def _has_star(parameters: list[str]) -> bool:
    return any(text.startswith("*") for text in parameters)


def _parameter(parameter: Parameter) -> str:
    marks = {"variadic": "*", "keywords": "**"}
    text = marks.get(parameter.kind, "") + parameter.name
    if parameter.required or parameter.kind in marks:
        return text
    return f"{text}={write(parameter.default)}"


def _links(rule: Rule) -> Iterator[str]:
    """The documentation: the rule's own links, and where a side has none, its framework's page."""
    yield from rule.doc
    for side, signature in rule.signatures.items():
        api = rule.spelled.get(signature.api, signature.api)
        own = any(host in link for link in rule.doc for host in _HOSTS[side])
        if signature.is_call and not own:
            place = api.removeprefix("tensorflow.").replace(".", "/")
            yield _DOCUMENTED[side].format(api=api, place=place)


def _directions(book: Rulebook, proofs: Proofs, rule: Rule) -> Iterator[Direction]:
    for side in SIDES:
        if rule.manual or not rule.starts_from(side):
            continue
        worth = standing(book, proofs, rule, side)
        earned = proofs.get(rule.id, {}).get(side)
        if earned is None or worth == NOT_PROVEN:
            yield Direction(side, NOT_PROVEN, {})
        else:
            yield Direction(side, worth, earned.counts, earned.phases)


def _differences(rule: Rule) -> Iterator[str]:
    """Names, formulas, values and defaults that are not the same on both sides."""
    keras, torch = (rule.signatures.get(side) for side in SIDES)
    for name, argument in rule.args.items():
        formula = argument.formula.text
        tensor = keras is not None and keras.by_name[name].is_tensor
        if formula != name and not tensor:
            yield f"{name} = {formula}"
        for mine, theirs in argument.values:
            yield f"{name}={mine!r} is {formula}={theirs!r}"
        if keras is not None and torch is not None and formula in torch.by_name:
            yield from _defaults(keras.by_name[name], torch.by_name[formula])
    for side in SIDES:
        names = ", ".join(_unmatched(rule, side))
        if names:
            yield f"only {_NAMES[side]} has {names}"
        older = ", ".join(f"{new} was {old}" for old, new in rule.former.get(side, {}).items())
        if older:
            yield f"in older versions of {_NAMES[side]} {older}"
    layouts = {case.layout for case in rule.cases}
    yield from (text for layout, text in _LAYOUTS.items() if layout in layouts)


def _defaults(keras: Parameter, torch: Parameter) -> Iterator[str]:
    if keras.required or torch.required or equal(keras.default, torch.default):
        return
    yield (
        f"{keras.name} is {write(keras.default)} by default in Keras, "
        f"{write(torch.default)} in PyTorch"
    )


def _unmatched(rule: Rule, side: Side) -> list[str]:
    if side not in rule.signatures or len(rule.signatures) < len(SIDES):
        return []
    formulas = {name for argument in rule.args.values() for name in argument.formula.names}
    known = set(rule.args) if side == "keras" else formulas
    for case in rule.cases:
        known |= set(case.infer)
        for half in (case.keras, case.torch):
            known |= {
                *half.set,
                *half.fixed,
                *(n for text in _expressions(half) for n in text.names),
            }
    return [
        parameter.name
        for parameter in rule.signatures[side].parameters
        if parameter.name not in known and parameter.type not in _FACETS and not parameter.is_tensor
    ]


def _expressions(half: Half) -> Iterator[Expression]:
    found = [half.when, half.assume, half.write, half.call, half.shape, *half.set.values()]
    yield from (each for each in found if each is not None)


def _conditions(case: Case) -> Iterator[str]:
    """When a case holds, and what stands in the place of the plain call."""
    for side in SIDES:
        if case.origin not in (None, side):
            continue
        half, target = case.half(side), case.half(other(side))
        conditions = [f"{name} == {value.text}" for name, value in half.fixed.items()]
        conditions += [each.text for each in (half.when, half.assume) if each is not None]
        text = " and ".join(conditions)
        becomes = next((t.text for t in (target.write, target.call) if t is not None), "")
        if text or becomes:
            parts = [f"from {side}", *([f"if {text}"] if text else [])]
            parts += [f"written as {becomes}"] if becomes else []
            yield " ".join(", ".join(parts).split())


def _indented(text: str) -> Iterable[str]:
    return (f"    {line}".rstrip() for line in text.split("\n"))
