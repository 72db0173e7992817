"""One rule's plain data → a `Rule`, every field checked; errors name file, line and rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from porter.rulebook.expression import Expression, ExpressionError
from porter.rulebook.fields import CASE, RULE, Fields, misfit
from porter.rulebook.rule import SIDES, Argument, Case, Half, Refusal, Rule, Side
from porter.rulebook.signature import Signature, Spelling, parse_signature, parse_spelling
from porter.rulebook.terms import Term
from porter.rulebook.types import refuse_unknown_types
from porter.rulebook.weights import WeightMap, WeightMapError


class RuleError(Exception):
    """A rule file is malformed."""

    def __init__(self, path: str, line: int, rule: str, message: str) -> None:
        self.path, self.line, self.rule, self.message = path, line, rule, message
        named = f" rule {rule!r}:" if rule else ""
        super().__init__(f"{path}:{line}:{named} {message}")


def expand(entry: Mapping[str, Any], path: str, line: int) -> list[dict[str, Any]]:
    """A rule with `foreach` as one rule a row, `{name}` replaced by the row's texts."""
    rows = {k: v for k, v in entry.items() if k == "foreach"}
    rest = {k: v for k, v in entry.items() if k != "foreach"}
    refuse_misfit(RULE, rows | {"id": entry.get("id", "")}, path, line)
    expanded = []
    for row in rows.get("foreach", [{}]):
        filled = _fill(rest, row)
        refuse_misfit(RULE, filled, path, line)
        if not filled.get("id"):
            raise RuleError(path, line, "", "a rule needs an id")
        expanded.append(filled | {"path": path, "line": line})
    return expanded


def refuse_misfit(fields: Fields, entry: Mapping[str, Any], path: str, line: int) -> None:
    """Raises RuleError where an entry of a file says what it cannot."""
    problem = misfit(fields, entry)
    if problem:
        name = entry.get("id", "")
        raise RuleError(path, line, name if isinstance(name, str) else "", problem)


def _fill(value: Any, row: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in row.items():
            value = value.replace("{" + name + "}", str(text))
        return value
    if isinstance(value, list):
        return [_fill(item, row) for item in value]
    if isinstance(value, dict):
        return {_fill(k, row): _fill(v, row) for k, v in value.items()}
    return value


def compile_rule(raw: Mapping[str, Any], types: Mapping[str, str]) -> Rule:
    """Compile one expanded rule; raises RuleError."""
    try:
        return _compile(raw, types)
    except (ExpressionError, WeightMapError, SyntaxError, ValueError, KeyError, TypeError) as error:
        raise RuleError(raw["path"], raw["line"], raw["id"], str(error)) from error


def _compile(raw: Mapping[str, Any], types: Mapping[str, str]) -> Rule:
    signatures: dict[Side, Signature] = {
        side: parse_signature(raw[side], types) for side in SIDES if side in raw
    }
    if not signatures:
        raise ValueError("a rule needs a signature for keras or for torch")
    for side, signature in signatures.items():
        refuse_unknown_types(side, signature)
    manual = raw.get("manual")
    if len(signatures) < len(SIDES) and not manual:
        absent = next(side for side in SIDES if side not in raw)
        raise ValueError(f"a rule needs {absent!r} too, or 'manual': what people do instead")
    shared = {k: raw[k] for k in CASE.keys() & set(raw) - {"keras", "torch", "notes"}}
    shared |= {side: raw.get("fixed", {}).get(side, {}) for side in SIDES}
    cases = [_case(_merged(shared, case)) for case in raw.get("case", [{}])]
    rule = Rule(
        id=raw["id"],
        path=raw["path"],
        line=raw["line"],
        signatures=signatures,
        spellings={side: _spellings(raw, side, signatures[side], types) for side in signatures},
        args={name: _argument(name, value) for name, value in raw.get("args", {}).items()},
        cases=() if manual else tuple(cases),
        kind=raw.get("kind") or _kind(signatures),
        layout=raw.get("layout", "source"),
        rank=_rank(raw.get("rank", "0")),
        called={side: _called(side, text, types) for side, text in raw.get("called", {}).items()},
        former=raw.get("former", {}),
        shipped=raw.get("shipped", True),
        spelled=raw.get("spelled", {}),
        manual=manual,
        refusals=tuple(_refusal(entry) for entry in raw.get("refuse", ())),
        notes=tuple(raw.get("notes", ())),
        traps=tuple(raw.get("trap", ())),
        doc=tuple(raw.get("doc", ())),
        examples=tuple(map(_example, raw.get("example", ()))),
        bounds={s: _expression(f"bound.{s}", text) for s, text in raw.get("bound", {}).items()},
        draws=raw.get("draw", {}),
        defaults={
            side: {name: _literal(f"default.{side}.{name}", text) for name, text in texts.items()}
            for side, texts in raw.get("default", {}).items()
        },
    )
    _check_names(rule)
    return rule


def _spellings(
    raw: Mapping[str, Any], side: Side, first: Signature, types: Mapping[str, str]
) -> tuple[Spelling, ...]:
    found = []
    for text in dict.fromkeys(raw.get("also", {}).get(side, ())):
        refuse_unknown_types(f"also.{side}", parse_signature(text, types), first)
        found.append(parse_spelling(text, first, types))
    return tuple(found)


def _called(side: str, text: str, types: Mapping[str, str]) -> Signature:
    if not text.strip().startswith("("):
        raise ValueError(f"called.{side}: {text!r} is no list of parameters, as '(input)' is")
    signature = parse_signature(f"module{text.strip()}", types)
    refuse_unknown_types(f"called.{side}", signature)
    return signature


def _example(text: str) -> str:
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call):
        raise ValueError(f"example: {text!r} is no call")
    return text


def _rank(text: str) -> int | None:
    """The one rank an API takes; 0 where it takes several."""
    rank = _expression("rank", text).evaluate({})
    if not isinstance(rank, int):
        raise ValueError(f"rank: {text!r} is not a rank")
    return rank or None


def _merged(shared: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    return {**shared, **{key: _over(shared.get(key), key, case[key]) for key in case}}


def _over(old: Any, key: str, new: Any) -> Any:
    """A case's entry over the rule's: tables grow together, weights are said anew."""
    if key == "weights" or not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: _over(old.get(name), name, new[name]) for name in new}}


def _case(data: Mapping[str, Any]) -> Case:
    halves = {side: _half(data, side) for side in SIDES}
    weights = data.get("weights")
    constant = tuple(data.get("constant", ()))
    if weights is not None:
        try:
            WeightMap.parse(weights, constant)
        except WeightMapError as error:
            raise WeightMapError(f"weights: {error}") from error
    return Case(
        keras=halves["keras"],
        torch=halves["torch"],
        origin=data.get("from"),
        weights=weights,
        constant=constant,
        infer=_formulas("infer", data.get("infer", {})),
        helpers=_strings(data.get("helper", ())),
        layout=data.get("layout", "source"),
        notes=tuple(data.get("notes", ())),
    )


def _half(data: Mapping[str, Any], side: Side) -> Half:
    def one(key: str) -> Expression | None:
        value = data.get(key, {})
        text = value.get(side) if isinstance(value, dict) else value
        if text is None:
            return None
        read = _template if key in ("write", "call") else _expression
        return read(f"{key}.{side}", text)

    def around(key: str) -> tuple[Expression, ...]:
        texts = data.get(key, {}).get(side, ())
        return tuple(_template(f"{key}.{side}", text) for text in texts)

    return Half(
        fixed=_formulas(f"fixed.{side}", data.get(side, {})),
        when=one("when"),
        assume=one("assume"),
        set=_formulas(f"set.{side}", data.get("set", {}).get(side, {})),
        write=one("write"),
        call=one("call"),
        before=around("before"),
        after=around("after"),
        shape=one("shape"),
        dtype=one("dtype"),
    )


def _refusal(entry: Mapping[str, Any]) -> Refusal:
    when = _expression("refuse", entry["when"])
    return Refusal(entry["from"], when, entry["why"], entry.get("trap", ""))


def _formulas(key: str, texts: Mapping[str, str]) -> dict[str, Expression]:
    return {name: _expression(f"{key}.{name}", text) for name, text in texts.items()}


def _expression(key: str, text: str) -> Expression:
    expression = _template(key, text)
    try:
        expression.check()
    except ExpressionError as error:
        raise ExpressionError(f"{key}: {error}") from error
    return expression


def _template(key: str, text: str) -> Expression:
    """A template is output, never evaluated: any expression that parses will do."""
    expression = Expression(text)
    try:
        ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"{key}: {text!r} is not an expression") from error
    return expression


def _argument(name: str, value: str | list[Any]) -> Argument:
    key = f"args.{name}"
    if isinstance(value, str):
        return Argument(_expression(key, value))
    text, table = value
    values = tuple((_literal(key, keras), _literal(key, torch)) for keras, torch in table.items())
    return Argument(_expression(key, text), values)


def _strings(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _literal(key: str, text: str) -> Term:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{key}: {text!r} is no literal") from error


def _kind(signatures: Mapping[Side, Signature]) -> str:
    for signature in signatures.values():
        if ".Tensor." in signature.api:
            return "method" if signature.is_call else "attribute"
        if signature.name[:1].isupper() and signature.is_call:
            return "layer"
    return "function" if all(s.is_call for s in signatures.values()) else "value"


def _check_names(rule: Rule) -> None:
    if rule.kind != "layer" and any(case.weights or case.constant for case in rule.cases):
        raise ValueError("weights: only what is constructed has weights")
    keras = rule.signatures.get("keras")
    torch = rule.signatures.get("torch")
    for name, argument in rule.args.items():
        if keras is not None and name not in keras.by_name:
            raise ValueError(f"args: {keras.api} has no argument {name!r}")
        for used in argument.formula.names:
            if torch is not None and used not in torch.by_name:
                raise ValueError(f"args: {torch.api} has no argument {used!r}")
    for side, signature in rule.signatures.items():
        for key, name in _arguments_named(rule, side):
            if name not in signature.by_name:
                raise ValueError(f"{key}: {signature.api} has no argument {name!r}")


def _arguments_named(rule: Rule, side: Side) -> Iterator[tuple[str, str]]:
    """The keys that name arguments of one side, with each name."""
    yield from ((f"former.{side}", name) for name in rule.former.get(side, {}).values())
    yield from ((f"default.{side}", name) for name in rule.defaults.get(side, {}))
    for case in rule.cases:
        yield from ((f"fixed.{side}", name) for name in case.half(side).fixed)
        yield from ((f"set.{side}", name) for name in case.half(side).set)
        yield from (("infer", name) for name in case.infer if side == "torch")
