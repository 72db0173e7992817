"""What of a module is run for an expression."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from porter.verify.worker.slicing import slice_module

CASES = {
    "training-is-left-out": (
        """
        model = Sequential()
        model.add(Dense(2))
        model.compile("adam")
        model.fit(x, y)
        model.load_weights("w.h5")
        score = model.evaluate(x, y)
        """,
        "model",
        [2, 3],
    ),
    "only-the-last-binding-counts": (
        """
        x = first()
        model = x
        x = train(model)
        """,
        "model",
        [2, 3],
    ),
    "what-a-function-reads-counts-where-it-is-used": (
        """
        size = 3
        other = 4
        def make():
            return Dense(size)
        model = make()
        """,
        "model",
        [2, 4, 5, 6],
    ),
    "a-global-bound-after-its-reader": (
        """
        def make():
            return Dense(size)
        size = 3
        """,
        "make()",
        [2, 3, 4],
    ),
    "loops-are-cut-inside": (
        """
        model = Sequential()
        for i in range(3):
            print(i)
            model.add(Dense(i))
            if i == 2:
                break
        """,
        "model",
        [2, 3, 5, 6, 7],
    ),
    "a-loop-that-only-trains-is-out": (
        """
        model = Net()
        for epoch in range(3):
            loss = step(model)
            if loss < 1:
                break
        """,
        "model",
        [2],
    ),
    "with-and-branches": (
        """
        if big:
            n = 3
            print("big")
        else:
            n = 2
        with strategy.scope():
            model = Net(n)
            log = open("x")
        """,
        "model",
        [2, 3, 6, 7, 8],
    ),
    "fallback-imports-stay-whole": (
        """
        try:
            import a as k
        except ImportError:
            import b as k
        """,
        "k.Model()",
        [2, 3, 5],
    ),
    "main-block-is-out": (
        """
        model = 1
        if __name__ == "__main__":
            model = 2
        """,
        "model",
        [2],
    ),
    "items-and-attributes-are-changes": (
        """
        config = {}
        config["n"] = 2
        other["n"] = 3
        net = Net(config)
        net.frozen = True
        net.count += 1
        """,
        "net",
        [2, 3, 5, 6, 7],
    ),
    "a-function-that-binds-a-global": (
        """
        def setup():
            global net
            net = Net()
        setup()
        other()
        """,
        "net",
        [2, 3, 4, 5],
    ),
    "an-argument-parser-is-filled-before-it-is-asked": (
        """
        parser = argparse.ArgumentParser()
        parser.add_argument("--size")
        parser.print_help()
        options = parser.parse_args()
        net = Net(options.size)
        """,
        "net",
        [2, 3, 5, 6],
    ),
    "framework-settings-stay": (
        """
        K.set_image_data_format("channels_first")
        K.clear_session()
        model = Net()
        """,
        "model",
        [2, 4],
    ),
    "comprehensions-and-defaults": (
        """
        n = 3
        k = 4
        sizes = [m for m in range(n)]
        def make(width=k, *, sizes=sizes):
            m = sizes
            return m
        m = 9
        """,
        "make()",
        [2, 3, 4, 5, 6, 7],
    ),
}


def lines(text: str, expression: str) -> list[int]:
    cut = slice_module(ast.parse(text), expression)
    compile(ast.fix_missing_locations(cut), "x", "exec")
    return sorted({n.lineno for n in ast.walk(cut) if isinstance(n, ast.stmt)})


@pytest.mark.parametrize(("text", "expression", "expected"), CASES.values(), ids=CASES.keys())
def test_slice(text: str, expression: str, expected: list[int]) -> None:
    assert lines(dedent(text), expression) == expected
