"""Whatever a file holds, it is refused or comes back byte for byte."""

import json

from hypothesis import given
from hypothesis import strategies as st

from porter.source import SourceError, module_from_bytes

LINES = st.sampled_from(
    ["x = 1", "if x:", "  a", "\tz = (", ")", "'''", "", "é\x0c", "# %% [cell 1]", "%time f()"]
) | st.sampled_from(
    ["!ls \\", "    !ls", "y?", "%%bash", "%%time", "a = !ls", "# porter-magic: x", "b = %sx b"]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", ""])
TEXTS = st.lists(st.tuples(LINES | st.text(max_size=5), ENDS)).map(
    lambda parts: "".join(line + end for line, end in parts)
)


@given(st.binary() | TEXTS.map(str.encode))
def test_any_bytes_as_a_module(data: bytes) -> None:
    try:
        module = module_from_bytes(data, "a.py")
    except SourceError:
        return
    assert module.encode(module.text) == data


@given(st.lists(TEXTS, min_size=1, max_size=3), st.sampled_from([None, 1, 4]), st.booleans())
def test_any_cells_as_a_notebook(texts: list[str], indent: int | None, ascii_only: bool) -> None:
    cells = [{"cell_type": "code", "source": text} for text in texts]
    data = json.dumps({"cells": cells}, indent=indent, ensure_ascii=ascii_only).encode()
    try:
        module = module_from_bytes(data, "a.ipynb")
    except SourceError:
        return
    assert module.encode(module.text) == data
