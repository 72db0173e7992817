#!/usr/bin/env python
"""Plant one mistake at a time in a migrated file, and count which of them verification sees.

    scripts/plant_mistakes.py SOURCE TARGET --build EXPR --input SPEC... [--count N] [--seed N]

Both workers stay alive; the source is run once. A mistake that comes out `equal` is printed: it
either changes nothing (a name, a default written out) or is a hole in the verification.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from porter.verify import Case, Verification, Worker, WorkerError, parse_input
from porter.verify.process import Interpreter
from porter.verify.reference import Reference
from porter.verify.run import case_manifest, compare_target, frameworks, sides

ACTIVATIONS = {"relu": "tanh", "tanh": "sigmoid", "sigmoid": "tanh", "gelu": "relu", "silu": "relu"}
MODULES = {"ReLU": "Tanh", "Tanh": "Sigmoid", "Sigmoid": "Tanh", "GELU": "ReLU", "SiLU": "ReLU"}


@dataclass(frozen=True)
class Mistake:
    """One changed stretch of text."""

    kind: str
    line: int
    start: int
    end: int
    text: str

    def apply(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def mistakes(source: str) -> Iterator[Mistake]:
    """Every mistake that the text of a target offers."""
    tree = ast.parse(source)
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line.encode()))
    data = source.encode()

    def place(node: ast.expr) -> tuple[int, int, int]:
        ends = (
            lines[node.lineno - 1] + node.col_offset,
            lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0),
        )
        start, end = (len(data[:offset].decode()) for offset in ends)
        return node.lineno, start, end

    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef) and scope.name in ("__init__", "forward", "call"):
            for node in ast.walk(scope):
                for kind, target, text in changes(node):
                    yield Mistake(kind, *place(target), text)


def changes(node: ast.AST) -> Iterator[tuple[str, ast.expr, str]]:
    """What can go wrong at one node: a kind, the expression, and what it becomes."""
    if isinstance(node, ast.Call):
        yield from _call_changes(node)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
        wrong = value + 1 if isinstance(value, int) else value * 1.5 + (value == 0)
        yield "number", node, repr(wrong)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, int):
            yield "axis", node, f"-{node.operand.value + 1}"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        sign = "-" if isinstance(node.op, ast.Add) else "+"
        yield "sign", node, f"({ast.unparse(node.left)} {sign} {ast.unparse(node.right)})"


def _call_changes(node: ast.Call) -> Iterator[tuple[str, ast.expr, str]]:
    function, arguments = ast.unparse(node.func), [ast.unparse(a) for a in node.args]
    owner, _, name = function.rpartition(".")
    table = {**ACTIVATIONS, **MODULES}
    if name in table:
        yield "activation", node.func, f"{owner}.{table[name]}" if owner else table[name]
    if name == "permute" and len(arguments) > 2:
        swapped = [*arguments[:-2], arguments[-1], arguments[-2]]
        yield "permutation", node, f"{function}({', '.join(swapped)})"
    for word in node.keywords:
        if word.arg in ("bias", "use_bias") or isinstance(word.value, ast.Constant):
            rest = arguments + [ast.unparse(k) for k in node.keywords if k is not word]
            yield f"dropped {word.arg}", node, f"{function}({', '.join(rest)})"
    if owner == "self" and len(arguments) == 1 and not node.keywords:
        yield "call left out", node, arguments[0]


def verify_all(case: Case, count: int, seed: int) -> list[tuple[Mistake, Verification]]:
    """Verify the target as it is, then with each of a sample of mistakes."""
    manifest = case_manifest(case)
    source, target = sides(case)
    first, second = frameworks(manifest, source, target)
    planted = list(mistakes(target.text))
    chosen = sorted(
        random.Random(seed).sample(planted, min(count, len(planted))),  # noqa: S311 - a sample, no secret
        key=lambda m: m.start,
    )
    results = []
    with Worker(Interpreter(first, sys.executable, case.source_env)) as one:
        reference = Reference(one, source, case.seed)
        two = Worker(Interpreter(second, sys.executable, case.target_env, timeout=120))
        try:
            plain = compare_target(reference, two, target, manifest, case)
            print(f"as it is: {plain.status}")
            for mistake in chosen:
                changed = replace(target, text=mistake.apply(target.text))
                try:
                    result = compare_target(reference, two, changed, manifest, case)
                except WorkerError as error:
                    result = Verification(case.name, "error", str(error))
                if result.status == "error" and "ended with" in (result.error or ""):
                    two.close()
                    two = Worker(Interpreter(second, sys.executable, case.target_env, timeout=120))
                results.append((mistake, result))
                show(mistake, result, target.text)
        finally:
            two.close()
            one.stop()
            reference.finish()
    return results


def named(mistake: Mistake, result: Verification) -> bool:
    """Did the verification name the line of the mistake?"""
    found = result.first_divergence
    return found is not None and (found.target or "").endswith(f":{mistake.line}")


def show(mistake: Mistake, result: Verification, text: str) -> None:
    found = result.first_divergence
    mark = "line" if named(mistake, result) else (found.target if found else "") or ""
    was = " ".join(text[mistake.start : mistake.end].split())
    print(f"{result.status:12} {mistake.line:4} {mistake.kind}: {was} → {mistake.text}  {mark}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--build", required=True)
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--source-env", action="append", default=[])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    inputs = tuple(parse_input(text) for text in options.input)
    environment = dict(pair.split("=", 1) for pair in options.source_env)
    case = Case(
        options.source.stem, options.source, options.target, options.build, inputs,
        source_env=environment,
    )  # fmt: skip
    results = verify_all(case, options.count, options.seed)
    counts = Counter(result.status for _, result in results)
    print(", ".join(f"{status} {n}" for status, n in sorted(counts.items())))
    different = [(m, r) for m, r in results if r.status == "different" and r.first_divergence]
    right = sum(named(m, r) for m, r in different)
    print(f"line named: {right} of {len(different)} located, {counts['different']} different")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
