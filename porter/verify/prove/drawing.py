"""Calls drawn from a rule's signature: arguments, shapes odd and even, and the rule's own traps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from porter.rulebook import (
    DRAWN,
    SIDES,
    Case,
    Condition,
    Expression,
    Parameter,
    Rule,
    Side,
    Spelling,
    Tensor,
    Term,
    conditions,
    is_known,
    known,
    permuted,
)  # fmt: skip

_RANGE = re.compile(r"^(-?[\d.]+?)\.\.(-?[\d.]+)$")
_DEFAULTS = {"window": ["1..3"], "size": ["1..5"], "axis": None, "tensor": None}
_SHAPES = ["float[2, 3..5]", "float[2, 1..4, 2..5]", "float[2, 1..4, 2..5, 1..3]"]
_REAL = ("float", "positive", "unit")
_OLDER = ("keras.backend.", "keras.layers.convolutional_recurrent.")
OMITTED = ("initializer", "regularizer", "constraint", "name", "ignored")


@dataclass(frozen=True)
class Input:
    """A tensor that goes in.

    Floats may be confined: `positive`, `above` (1), `unit` (between 0 and 1), `zeros` (none is
    below, and some are it), `rows` (that add up to one), `definite` (symmetric matrices with
    positive eigenvalues), `still` (positive, without a gradient), `complex`, `spectrum` (complex,
    without a gradient), `holes` (some are not a number), `huge` (some are infinite) or `tiny` (less
    than is added to a divisor). `count` is whole numbers from 1, `rising` more from place to place.
    """

    name: str
    shape: tuple[int, ...]
    domain: str = "float"
    below: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers, or what is True or False."""
        return self.domain in ("int", "count", "rising", "bool")

    @property
    def spec(self) -> str:
        """As `porter verify --input` takes it."""
        sizes = ",".join(map(str, self.shape))
        if self.domain == "bool":
            return f"bool[{sizes}]"
        if self.domain in ("int", "count", "rising"):
            return f"int64[{sizes}] in 0..{self.below}"
        return f"float32[{sizes}]"


@dataclass(frozen=True)
class Call:
    """One drawn call of a rule's API, under one of its names. Literals are Python source.

    Arguments are written without their names where the call is `plain`. `behind`: the tensor
    comes out of an operation that each framework does in its own layout. `open`: a Keras model
    says no sizes between the batch and the channels. `bare`: a class of one's own applies the
    layer, and no text says what goes in. `alone`: the program does nothing with what comes out.
    """

    rule: Rule = field(compare=False, repr=False)
    side: Side
    api: str
    inputs: tuple[Input, ...]
    arguments: tuple[tuple[str, str], ...]
    listed: bool = False
    used: tuple[int, ...] | str | None = None
    plain: bool = False
    behind: bool = False
    open: bool = False
    bare: bool = False
    alone: bool = False


def calls(rule: Rule, side: Side, aim: Case | None = None) -> st.SearchStrategy[Call]:
    """Calls that the rule ought to cover, coming from one side; with what one case asks for."""
    return _call(rule, side, list(conditions(aim.half(side))) if aim is not None else [])


@st.composite
def _call(draw: st.DrawFn, rule: Rule, side: Side, asked: Sequence[Condition]) -> Call:
    table = {k: v for k, v in rule.draws.items() if k not in SIDES} | rule.draws.get(side, {})
    api, given = draw(st.sampled_from(_starts(rule, side)))
    env: dict[str, Term] = {}
    inputs = tuple(_inputs(draw, rule, side, table, env))
    for known_input in inputs:
        env.setdefault("input", Tensor(known_input.shape))
    arguments: list[tuple[str, str]] = []
    spelling = rule.spelling(side, api)
    for name, parameter in _parameters(rule, side, spelling, table, env):
        if given is not None:
            if name in given:
                env[parameter.name] = ast.literal_eval(given[name])
                arguments.append((name, given[name]))
            continue
        own = spelling.signature.by_name[name]
        mine = [each for each in asked if each.subject == parameter.name]
        options = _allowed(_options(rule, side, table, parameter, env), mine)
        needed = own.required or own.kind == "variadic" or _decided(options, own)
        needed = needed or not _hold(mine, own.default)
        if not options or (not needed and draw(st.booleans())):
            if not own.required:
                env[parameter.name] = own.default
            continue
        text = draw(st.sampled_from(options))
        if text.startswith("="):
            arguments.append((name, text[1:]))
            continue
        value = _drawn(draw, text, env)
        if not is_known(value):
            continue
        env[parameter.name] = value
        dtype = parameter.type == "dtype" and side == "torch" and value is not None
        arguments.append((name, f"torch.{value}" if dtype else repr(value)))
    listed = any(_type(rule, side, i.name) == "tensors" for i in inputs)
    parts = _parts(rule, side)
    used = draw(st.sampled_from(parts)) if parts else None
    plain = draw(st.booleans())
    behind = _has_pixels(rule, inputs) and draw(st.booleans())
    sized = rule.kind != "layer" or side == "torch" or len(inputs) != 1 or "shaped" in table
    open_sizes = not sized and len(inputs[0].shape) > 2 and draw(st.booleans())
    return Call(
        rule, side, api, inputs, tuple(arguments), listed, used,  # type: ignore[arg-type]
        plain, behind, open_sizes,
    )  # fmt: skip


def _has_pixels(rule: Rule, inputs: tuple[Input, ...]) -> bool:
    """Whether something that works on pixels may stand before the call."""
    first = inputs[0] if inputs else None
    return first is not None and first.domain in _REAL and 3 <= len(first.shape) <= 5


def _parameters(
    rule: Rule, side: Side, spelling: Spelling, table: Mapping[str, Any], env: Mapping[str, Term]
) -> list[tuple[str, Parameter]]:
    """What is to be drawn, by the names of one spelling; what rests on others comes last."""
    signature = rule.signatures[side]
    found = [
        (own, signature.by_name[meaning])
        for own, meaning in spelling.meaning.items()
        if meaning not in env and signature.by_name[meaning].type not in OMITTED
        if not own.startswith("_")
    ]
    names = {parameter.name for _, parameter in found}

    def rests(item: tuple[str, Parameter]) -> bool:
        texts = _texts(_entry(rule, side, table, item[1]) or ())
        return any(
            Expression(t).names & names for t in texts if not _RANGE.match(t) and t[0] != "="
        )

    return sorted(found, key=rests)


def _starts(rule: Rule, side: Side) -> list[tuple[str, Mapping[str, str] | None]]:
    """A name with arguments to be drawn, or an example's name and arguments."""
    starts: list[tuple[str, Mapping[str, str] | None]] = []
    starts += [(api, None) for api in _provable(rule, side)]
    for text in rule.examples:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError(f"rule {rule.id!r}: the example {text!r} is not a call")
        api = ast.unparse(call.func)
        if api not in rule.apis(side):
            continue
        names = [p.name for p in rule.spelling(side, api).signature.parameters]
        pairs = [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
        starts.append(
            (api, {n: ast.unparse(v) for n, v in pairs if n and not isinstance(v, ast.Name)})
        )
    return starts


def _provable(rule: Rule, side: Side) -> list[str]:
    """The names under which an installed framework has the API as the rule says.

    keras.backend and some modules are Keras 2's; what takes parts of an argument one by one is
    older.
    """
    return [
        api
        for api in rule.apis(side)
        if not api.startswith(_OLDER) and not rule.spelling(side, api).parts
    ] or [rule.signatures[side].api]


def _type(rule: Rule, side: Side, name: str) -> str:
    parameter = rule.signatures[side].by_name.get(name)
    return parameter.type if parameter is not None else ""


def _inputs(
    draw: st.DrawFn, rule: Rule, side: Side, table: Mapping[str, Any], env: dict[str, Term]
) -> Iterator[Input]:
    if rule.kind == "optimizer":
        return
    parameters = rule.signatures[side].parameters
    tensors = [p for p in parameters if p.is_tensor]
    if rule.kind == "layer" or not tensors:
        first = "self" if ".Tensor." in rule.signatures[side].api else "input"
        names = [k for k, v in table.items() if k.startswith("input") and _is_spec(v)] or [first]
        for name in names:
            texts = _texts(table.get(name, _SHAPES))
            if "" not in texts:
                yield _input(draw, name, texts, rule, side, env)
            elif draw(st.booleans()):
                yield _input(draw, name, [text for text in texts if text], rule, side, env)
        return
    for position, parameter in enumerate(tensors):
        entry = _entry(rule, side, table, parameter)
        if entry is None and position == 0:
            entry = table.get("input", _SHAPES)
        if entry is None and not parameter.required:
            continue
        texts = _texts(entry if entry is not None else "float[*input.shape]")
        # Not the first of all: then nothing would go in.
        told = position > 0 and not parameter.required
        if told and None in _mentioned(rule, side, parameter.name):
            texts = [*texts, ""]
        if "" in texts and draw(st.booleans()):
            env[parameter.name] = parameter.default
            continue
        texts = [text for text in texts if text]
        count = draw(st.integers(2, 3)) if parameter.type == "tensors" else 1
        for k in range(count):
            name = parameter.name if count == 1 else f"{parameter.name}_{k}"
            own = _texts(table[name]) if count > 1 and name in table else texts
            made = _input(draw, name, own, rule, side, env)
            texts = texts if count == 1 else [f"float[{', '.join(map(str, made.shape))}]"]
            env.setdefault("input", Tensor(made.shape))
            env[parameter.name] = Tensor(made.shape)
            yield Input(parameter.name, made.shape, made.domain, made.below)


def _input(
    draw: st.DrawFn, name: str, texts: list[str], rule: Rule, side: Side, env: dict[str, Term]
) -> Input:
    text = draw(st.sampled_from(texts))
    match = DRAWN.match(text)
    if match is None:
        raise ValueError(f"rule {rule.id!r}: draw: {text!r} is not a tensor")
    shape: list[int] = []
    for part in _split(match["dims"]):
        if part.startswith("*"):
            value = known(Expression(part[1:]).evaluate(env))
            shape += value if isinstance(value, tuple) else ()
        else:
            value = _drawn(draw, part, env)
            shape.append(value if isinstance(value, int) else 2)
    sizes: tuple[int, ...] = tuple(shape)
    if side == "torch" and rule.layout == "channels" and len(sizes) > 2:
        moved = permuted(sizes, (0, len(sizes) - 1, *range(1, len(sizes) - 1)))
        sizes = moved if isinstance(moved, tuple) else sizes
    below = _drawn(draw, match["below"], env) if match["below"] else 0
    env[name] = Tensor(sizes)
    return Input(name, sizes, match[1].partition("<")[0], below if isinstance(below, int) else 2)


def _split(dims: str) -> list[str]:
    """The dimensions of a spec: split at commas outside parentheses and brackets."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(dims + ","):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(dims[start:i].strip())
            start = i + 1
    return [part for part in parts if part]


def _entry(rule: Rule, side: Side, table: Mapping[str, Any], parameter: Parameter) -> Any:
    """What `draw` says of an argument, under its own name or its partner's."""
    if parameter.name in table:
        return table[parameter.name]
    for keras, argument in rule.args.items():
        if argument.formula.text == parameter.name and side == "torch" and keras in table:
            return table[keras]
        if keras == parameter.name and side == "keras" and argument.formula.text in table:
            return table[argument.formula.text]
    return None


def _is_spec(entry: Any) -> bool:
    return all(DRAWN.match(text) for text in _texts(entry) if text)


def _texts(entry: Any) -> list[str]:
    return [entry] if isinstance(entry, str) else [str(item) for item in entry]


def _options(
    rule: Rule, side: Side, table: Mapping[str, Any], parameter: Parameter, env: Mapping[str, Term]
) -> list[str]:
    """Texts of values to draw an argument from; none where it is better left out."""
    entry = _entry(rule, side, table, parameter)
    if entry is not None:
        return _texts(entry)
    named = _mentioned(rule, side, parameter.name)
    if parameter.type == "axis" and isinstance(env.get("input"), Tensor):
        rank = len(env["input"].shape or ())  # type: ignore[attr-defined]
        none = ["None"] if None in named else []
        return [*none, *(str(axis) for axis in range(-rank, rank))]
    mentioned = [repr(value) for value in named]
    for keras, argument in rule.args.items():
        name = keras if side == "keras" else argument.formula.text
        if name == parameter.name:
            mentioned += [repr(pair[side == "torch"]) for pair in argument.values]
    if mentioned:
        return list(dict.fromkeys(mentioned))
    if isinstance(parameter.default, bool):
        return ["True", "False"]
    return list(_DEFAULTS.get(parameter.type) or ())


def _allowed(options: list[str], asked: Sequence[Condition]) -> list[str]:
    """Of the texts those that a case asks for, and what else it may ask for."""
    if not asked:
        return options
    wanted = [*options, *(repr(value) for each in asked for value in each.values)]
    found = [text for text in dict.fromkeys(wanted) if _is_literal(text)]
    return [text for text in found if _hold(asked, ast.literal_eval(text))] or options


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _hold(asked: Sequence[Condition], value: object) -> bool:
    return all(each.holds is None or each.holds(value) for each in asked)


def _decided(options: list[str], parameter: Parameter) -> bool:
    """Whether a rule is about one value of an argument, and it is not the default."""
    if len(options) != 1 or _RANGE.match(options[0]):
        return False
    return options[0].startswith("=") or options[0] != repr(parameter.default)


def _mentioned(rule: Rule, side: Side, subject: str) -> list[object]:
    """The values that the conditions of a rule compare something with."""
    found = [
        value
        for case in rule.cases
        if case.origin in (None, side)
        for condition in conditions(case.half(side))
        if condition.subject == subject
        for value in condition.values
    ]
    return list(dict.fromkeys(found))


def _parts(rule: Rule, side: Side) -> list[object]:
    """Which parts of a result are used, where a rule asks; all, where a case does not ask."""
    found = _mentioned(rule, side, "used")
    cases = [case.half(side) for case in rule.cases if case.origin in (None, side)]
    asks = [any(c.subject == "used" for c in conditions(half)) for half in cases]
    return [*found, "all"] if found and not all(asks) and "all" not in found else found


def _drawn(draw: st.DrawFn, text: str, env: Mapping[str, Term]) -> Term:
    match = _RANGE.match(text)
    if match is None:
        return known(Expression(text).evaluate(env))
    low, high = ast.literal_eval(match[1]), ast.literal_eval(match[2])
    if isinstance(low, int) and isinstance(high, int):
        return draw(st.integers(low, high))
    return round(draw(st.floats(low, high)), 3)
