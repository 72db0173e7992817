"""The examples in the README are the gallery's, to the letter."""

from __future__ import annotations

import re

from .cases import FIXTURES

BLOCK = re.compile(r"<!-- (\S+) -->\n```python\n(.*?)```\n", re.DOTALL)


def test_the_readme_shows_what_is_there() -> None:
    root = FIXTURES.parent
    shown = BLOCK.findall((root / "README.md").read_text())
    assert {name.split("/")[1] for name, _ in shown} == {"keras_to_torch", "torch_to_keras"}
    for name, text in shown:
        assert text == (root / name).read_text(), name
