"""Which lines count as run: those of statements that did, and no others."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from porter.verify.worker.ran import Ran

CASES = {
    "a-method-that-nothing-calls": (
        """
        class Net:
            def __init__(self):
                self.size = 3

            def train_step(self, data):
                return data

        net = Net()
        """,
        [2, 3, 4, 6, 9],
    ),
    "a-branch-that-is-not-taken": (
        """
        def build(weights=None):
            if weights is not None:
                load(weights)
            return [
                1,
                2,
            ]

        build()
        """,
        [2, 3, 5, 6, 7, 8, 10],
    ),
    "a-condition-over-lines": (
        """
        if (1 < 2 and
                2 < 3):
            x = 1
        else:
            y = 2
        """,
        [2, 3, 4],
    ),
    "a-loop-of-no-turns": ("\nfor i in []:\n    x = 1\n", [2]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_lines(text: str, expected: list[int]) -> None:
    tree = ast.parse(dedent(text))
    ran = Ran("file.py")
    with ran:
        exec(compile(tree, "file.py", "exec"), {})  # noqa: S102
    assert ran.lines(tree) == expected


def test_a_rewritten_function_ran_as_a_whole() -> None:
    tree = ast.parse("def call(x):\n    if x:\n        return 1\n    return 2\n")
    ran = Ran("file.py")
    text = "def tf__call(x):\n    return x\ntf__call(1)\n"
    with ran:
        exec(compile(text, "__autograph_generated_file_a.py", "exec"), {})  # noqa: S102
    assert ran.lines(tree) == [1, 2, 3, 4]
