"""The command line with an engine that is as simple as can be: it replaces one word."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from porter.rewrite import Migration
from porter.source import Finding

WORDS = {"safe": "keras.safe", "manual": "keras.manual", "unsafe": "keras.unsafe"}


def fake_migrate(text: str, *, path: str, to: str, **_: object) -> Migration:
    """`keras.safe` becomes `torch.safe`; `keras.manual` is found; `keras.crash` raises,
    `keras.marked` is marked.
    """
    source = text
    if "keras.crash" in text:
        raise ZeroDivisionError("by design\n" * 1000)
    if "keras.die" in text:
        os._exit(9)
    if "keras.unparsable" in text:
        text = "x = ("
    text = text.replace("keras.arrow", "'→'")
    findings = []
    for number, line in enumerate(text.splitlines(), start=1):
        for kind, word in WORDS.items():
            if to == "torch" and word in line:
                column = line.index(word) + 1
                new = f"torch.{kind}" if kind == "safe" else ""
                why = f"{kind} by design"
                findings.append(Finding(path, number, column, "word", kind, why, word, new))
        if to == "keras" and "torch.safe" in line:
            column = line.index("torch.safe") + 1
            findings.append(Finding(path, number, column, "word", "safe", "", "torch.safe", "k"))
    code = text.replace("keras.safe", "torch.safe") if to == "torch" else text
    if "keras.marked" in code:
        code = f"# porter: todo[word] by design\n{code}"
    return Migration(path, source, code, tuple(findings))


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("porter.cli.work.migrate_source", fake_migrate)


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run porter in an empty folder; takes the command line as words."""
    from porter.cli.app import app

    monkeypatch.chdir(tmp_path)
    return lambda *words, **more: CliRunner().invoke(app, [str(word) for word in words], **more)
