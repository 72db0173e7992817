"""Migrating a snippet; whatever the case is about, the promises are held to as well."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections import Counter
from dataclasses import replace
from textwrap import dedent

from porter.rewrite import Migration, Options, migrate_source

TAIL = "\n\ndef untouched( a,b ):   # odd  spacing\n    return {'a' :a,\"b\":b  }\n"
LEFT = {"todo", "unknown", "manual"}
ROOTS = {"torch": {"torch"}, "keras": {"keras", "tensorflow", "tf_keras"}}


def migrated(text: str, to: str, **options: object) -> Migration:
    """What becomes of a snippet, after the promises have been checked on it."""
    text = _lines(text) + TAIL
    result = migrate_source(text, to=to, path="model.py", options=Options(to=to, **options))
    assert result.source == text
    assert result.code.endswith(TAIL), result.code
    compile(result.code, "model.py", "exec")
    assert comments(text) <= comments(result.code), result.code
    again = migrate_source(result.code, to=to, path="model.py", options=Options(to=to, **options))
    assert again.code == result.code
    _names_are_bound(text, result.code)
    _findings_fit(result, to)
    return replace(result, code=result.code.removesuffix(TAIL))


def torch_of(text: str, **options: object) -> str:
    """A Keras snippet in PyTorch, with nothing left to do."""
    return _finished(migrated(text, "torch", **options), "torch")


def keras_of(text: str, **options: object) -> str:
    """A PyTorch snippet in Keras, with nothing left to do."""
    return _finished(migrated(text, "keras", **options), "keras")


def _lines(text: str) -> str:
    return dedent(text).strip("\n") + "\n"


def _finished(result: Migration, to: str) -> str:
    assert not [f for f in result.findings if f.kind in LEFT], result.findings
    source = "keras" if to == "torch" else "torch"
    assert not imported(result.code) & ROOTS[source], result.code
    return result.code


def on_one_line(code: str) -> str:
    """Code whose calls were broken at the margin, with each on one line again."""
    code = re.sub(r"\(\n\s+", "(", code)
    return re.sub(r",\n\s+(?=[^\s)])", ", ", re.sub(r",?\n\s+\)", ")", code))


def assert_changes(text: str, expected: str, to: str) -> None:
    """`text` becomes exactly `expected`."""
    code = torch_of(text) if to == "torch" else keras_of(text)
    assert code == _lines(expected)


def assert_noop(text: str, to: str) -> None:
    """Nothing in `text` is changed."""
    result = migrated(text, to)
    assert result.code == result.source.removesuffix(TAIL)


def left(result: Migration) -> list[str]:
    """The APIs that stay as they were."""
    return [f.api for f in result.findings if f.kind in LEFT]


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(t.string for t in tokens if t.type == tokenize.COMMENT)


def imported(text: str) -> set[str]:
    """The packages that a text imports."""
    roots = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add((node.module or "").split(".")[0])
    return roots


def _names_are_bound(before: str, after: str) -> None:
    assert _complaints(after) <= _complaints(before), after


def _complaints(text: str) -> Counter[str]:
    """Names that are not defined, imports that nothing uses, names defined twice."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F401,F811,F821"]
    done = subprocess.run(
        [*command, "--output-format", "json", "-"], input=text, capture_output=True, text=True
    )
    return Counter(complaint["message"] for complaint in json.loads(done.stdout))


def _findings_fit(result: Migration, to: str) -> None:
    places = [(f.line, f.column) for f in result.findings]
    assert places == sorted(places)
    lines = result.source.splitlines()
    for line, column in places:
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
    todos = [c for c in comments(result.code) if c.startswith("# porter: todo[")]
    assert bool(todos) == any(f.kind in LEFT for f in result.findings), result.findings
