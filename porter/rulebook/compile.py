"""One rule's plain data → a `Rule`, every field checked; errors name file, line and rule."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, get_args

from porter.rulebook.expression import Expression, ExpressionError
from porter.rulebook.rule import SIDES, Argument, Case, Half, Layout, Refusal, Rule, Side
from porter.rulebook.signature import Signature, parse_signature, parse_spelling
from porter.rulebook.terms import Term
from porter.rulebook.types import refuse_unknown_types
from porter.rulebook.weights import WeightMap, WeightMapError


class RuleError(Exception):
    """A rule file is malformed."""

    def __init__(self, path: str, line: int, rule: str, message: str) -> None:
        self.path, self.line, self.rule, self.message = path, line, rule, message
        named = f" rule {rule!r}:" if rule else ""
        super().__init__(f"{path}:{line}:{named} {message}")


_RULE_KEYS = {
    "id", "keras", "torch", "also", "rank", "args", "infer", "weights", "constant", "layout",
    "shape", "dtype", "notes", "kind", "helper", "foreach", "case", "manual", "doc", "trap",
    "example", "draw", "path", "line", "from", "when", "assume", "write", "call", "set", "before",
    "after", "fixed", "called", "former", "shipped", "spelled", "bound", "default", "refuse",
}  # fmt: skip
_CASE_KEYS = {
    "from", "keras", "torch", "when", "assume", "set", "write", "call", "before", "after",
    "weights", "constant", "infer", "helper", "notes", "shape", "dtype", "layout",
}  # fmt: skip


# What a file must say under a key; other keys are looked at where they are read.
_TEXTS = ("id", "keras", "torch", "kind", "layout", "rank", "manual", "from")
_TABLES = ("args", "infer", "also", "former", "fixed", "set", "weights", "default", "called")
_LISTS_OF_TABLES = ("foreach", "case", "refuse")


def _must_fit(entry: Mapping[str, Any], path: str, line: int) -> None:
    """Refuse a rule that says a number where a text belongs, and the like; raises RuleError."""
    name = entry.get("id") if isinstance(entry.get("id"), str) else ""
    for key, value in entry.items():
        tables = isinstance(value, list) and all(isinstance(item, dict) for item in value)
        wanted = ""
        if key in _TEXTS and not isinstance(value, str):
            wanted = "a text"
        elif key in _TABLES and not isinstance(value, dict):
            wanted = "a table"
        elif key in _LISTS_OF_TABLES and not tables:
            wanted = "a list of tables"
        if wanted:
            raise RuleError(path, line, name or "", f"{key} must be {wanted}")


def expand(entry: Mapping[str, Any], path: str, line: int) -> list[dict[str, Any]]:
    """A rule with `foreach` as one rule a row, `{name}` replaced by the row's texts."""
    _must_fit(entry, path, line)
    rows = entry.get("foreach", [{}])
    expanded = []
    for row in rows:
        filled = _fill({k: v for k, v in entry.items() if k != "foreach"}, row)
        filled |= {"path": path, "line": line}
        if not isinstance(filled.get("id"), str) or not filled["id"]:
            raise RuleError(path, line, "", "a rule needs an id")
        expanded.append(filled)
    return expanded


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
    _only(raw, _RULE_KEYS)
    signatures: dict[Side, Signature] = {
        side: parse_signature(raw[side], types) for side in SIDES if side in raw
    }
    if not signatures:
        raise ValueError("a rule needs a signature for keras or for torch")
    for signature in signatures.values():
        refuse_unknown_types(signature)
    manual = raw.get("manual")
    if len(signatures) < len(SIDES) and not manual:
        absent = next(side for side in SIDES if side not in raw)
        raise ValueError(f"a rule needs {absent!r} too, or 'manual': what people do instead")
    shared = {k: raw[k] for k in _CASE_KEYS & set(raw) - {"keras", "torch", "notes"}}
    shared |= {side: raw.get("fixed", {}).get(side, {}) for side in SIDES}
    cases = [_case(_merged(shared, case)) for case in raw.get("case", [{}])]
    rule = Rule(
        id=raw["id"],
        path=raw["path"],
        line=raw["line"],
        signatures=signatures,
        spellings={
            side: tuple(
                parse_spelling(text, signatures[side], types)
                for text in dict.fromkeys(raw.get("also", {}).get(side, ()))
            )
            for side in signatures
        },
        args={name: _argument(value) for name, value in raw.get("args", {}).items()},
        cases=() if manual else tuple(cases),
        kind=raw.get("kind") or _kind(signatures),
        layout=_layout(raw.get("layout", "source")),
        rank=_rank(raw.get("rank", "0")),
        called={
            side: parse_signature(f"module({text.strip()[1:]}", types)
            for side, text in raw.get("called", {}).items()
        },
        former=raw.get("former", {}),
        shipped=raw.get("shipped", True),
        spelled=raw.get("spelled", {}),
        manual=manual,
        refusals=tuple(_refusal(entry) for entry in raw.get("refuse", ())),
        notes=_strings(raw.get("notes", ())),
        traps=_strings(raw.get("trap", ())),
        doc=_strings(raw.get("doc", ())),
        examples=_strings(raw.get("example", ())),
        bounds={side: Expression(text) for side, text in raw.get("bound", {}).items()},
        draws=raw.get("draw", {}),
        defaults={side: _literals(texts) for side, texts in raw.get("default", {}).items()},
    )
    _check_names(rule)
    return rule


def _layout(name: str) -> Layout:
    for layout in get_args(Layout):
        if name == layout:
            return layout  # type: ignore[no-any-return]
    raise ValueError(f"layout: {name!r} is none of {', '.join(get_args(Layout))}")


def _rank(text: str) -> int | None:
    """The one rank an API takes; 0 where it takes several."""
    rank = Expression(text).evaluate({})
    if not isinstance(rank, int):
        raise ValueError(f"{text!r} is not a rank")
    return rank or None


def _only(table: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = set(table) - allowed
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)[0]!r}")


def _merged(shared: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    _only(case, _CASE_KEYS)
    return {**shared, **{key: _over(shared.get(key), key, case[key]) for key in case}}


def _over(old: Any, key: str, new: Any) -> Any:
    """A case's entry over the rule's: tables grow together, weights are said anew."""
    if key == "weights" or not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: _over(old.get(name), name, new[name]) for name in new}}


def _case(data: Mapping[str, Any]) -> Case:
    halves = {side: _half(data, side) for side in SIDES}
    weights = data.get("weights")
    constant = _strings(data.get("constant", ()))
    if weights is not None:
        WeightMap.parse(weights, constant)
    return Case(
        keras=halves["keras"],
        torch=halves["torch"],
        origin=data.get("from"),
        weights=weights,
        constant=constant,
        infer={name: _expression(text) for name, text in data.get("infer", {}).items()},
        helpers=_strings(data.get("helper", ())),
        layout=_layout(data.get("layout", "source")),
        notes=_strings(data.get("notes", ())),
    )


def _half(data: Mapping[str, Any], side: Side) -> Half:
    def one(key: str) -> Expression | None:
        value = data.get(key, {})
        both = value if key in ("shape", "dtype") else None
        text = value.get(side) if isinstance(value, dict) else both
        if text is None:
            return None
        return _template(text) if key in ("write", "call") else _expression(text)

    return Half(
        fixed={name: _expression(text) for name, text in data.get(side, {}).items()},
        when=one("when"),
        assume=one("assume"),
        set={name: _expression(t) for name, t in data.get("set", {}).get(side, {}).items()},
        write=one("write"),
        call=one("call"),
        before=tuple(_template(t) for t in data.get("before", {}).get(side, ())),
        after=tuple(_template(t) for t in data.get("after", {}).get(side, ())),
        shape=one("shape"),
        dtype=one("dtype"),
    )


def _refusal(entry: Mapping[str, str]) -> Refusal:
    _only(entry, {"from", "when", "why", "trap"})
    if entry["from"] not in SIDES:
        raise ValueError(f"refuse: {entry['from']!r} is no side")
    side: Side = "keras" if entry["from"] == "keras" else "torch"
    return Refusal(side, _expression(entry["when"]), entry["why"], entry.get("trap", ""))


def _expression(text: str) -> Expression:
    expression = Expression(text)
    expression.check()
    return expression


def _template(text: str) -> Expression:
    """A template is output, never evaluated: any expression that parses will do."""
    expression = Expression(text)
    ast.parse(text, mode="eval")
    return expression


def _argument(value: str | list[Any]) -> Argument:
    if isinstance(value, str):
        return Argument(_expression(value))
    text, table = value
    values = tuple(
        (ast.literal_eval(keras), ast.literal_eval(torch)) for keras, torch in table.items()
    )
    return Argument(_expression(text), values)


def _strings(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _literals(texts: Mapping[str, str]) -> dict[str, Term]:
    return {name: ast.literal_eval(text) for name, text in texts.items()}


def _kind(signatures: Mapping[Side, Signature]) -> str:
    for signature in signatures.values():
        if ".Tensor." in signature.api:
            return "method" if signature.is_call else "attribute"
        if signature.name[:1].isupper() and signature.is_call:
            return "layer"
    return "function" if all(s.is_call for s in signatures.values()) else "value"


def _check_names(rule: Rule) -> None:
    keras = rule.signatures.get("keras")
    torch = rule.signatures.get("torch")
    for name, argument in rule.args.items():
        if keras is not None and name not in keras.by_name:
            raise ValueError(f"args: {keras.api} has no argument {name!r}")
        for used in argument.formula.names:
            if torch is not None and used not in torch.by_name:
                raise ValueError(f"args: {torch.api} has no argument {used!r}")
    for case in rule.cases:
        for side in SIDES:
            signature = rule.signatures.get(side)
            for name in [*case.half(side).fixed, *case.half(side).set]:
                if signature is not None and name not in signature.by_name:
                    raise ValueError(f"{signature.api} has no argument {name!r}")
