import json

import pytest

from porter.source import SourceError, module_from_bytes
from porter.source.magics import TAG, mask, unmask


def notebook(*sources: str, indent: int | None = 1, **metadata: object) -> bytes:
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {"zeta": 1, "alpha": [1.0, 1e-7]},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}],
            "source": source.splitlines(keepends=True),
        }
        for source in sources
    ]
    cells.insert(1, {"cell_type": "markdown", "metadata": {}, "source": "# not code: x = ("})
    document = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(document, indent=indent, ensure_ascii=False) + "\n").encode()


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_an_unchanged_notebook_keeps_every_byte(indent: int | None) -> None:
    data = notebook("x = 1\n", "y = 2", "", indent=indent)
    module = module_from_bytes(data, "a.ipynb")
    assert module.encode(module.text) == data


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_only_the_changed_cell_changes(indent: int | None) -> None:
    data = notebook("import keras\n", "x = 1\ny = 2", indent=indent)
    module = module_from_bytes(data, "a.ipynb")
    changed = module.encode(module.text.replace("y = 2", "y = 3\nz = 'é'"))
    assert changed == notebook("import keras\n", "x = 1\ny = 3\nz = 'é'", indent=indent)


def test_source_as_one_string_stays_one_string() -> None:
    raw = '{"cells": [{"source": "x = 1", "cell_type": "code"}], "nbformat": 4}'
    module = module_from_bytes(raw.encode(), "a.ipynb")
    changed = module.encode(module.text.replace("1", "2").replace("cell 2", "cell 1"))
    assert changed.decode() == raw.replace("x = 1", "x = 2")


def test_code_before_the_first_cell_goes_into_it() -> None:
    module = module_from_bytes(notebook("import keras\n", "x = 1"), "a.ipynb")
    changed = module.encode("import torch\n" + module.text)
    assert changed == notebook("import torch\nimport keras\n", "x = 1")


def test_lost_cells_are_an_error() -> None:
    module = module_from_bytes(notebook("x = 1\n", "y = 2"), "a.ipynb")
    with pytest.raises(SourceError, match="told apart"):
        module.encode("x = 1\n")


def test_places_are_given_by_cell() -> None:
    module = module_from_bytes(notebook("x = 1\n", "y = 2\nz = 3"), "a.ipynb")
    line = module.text.split("\n").index("z = 3") + 1
    assert module.locate(line) == ("a.ipynb:cell 3", 2)


def test_a_syntax_error_is_named_by_cell() -> None:
    with pytest.raises(SourceError, match=r"a.ipynb:cell 3:2:5: not Python 3"):
        module_from_bytes(notebook("x = 1\n", "y = 2\nz = ("), "a.ipynb")


MAGICS = {
    "line": "%matplotlib inline\nx = 1",
    "shell": "!pip install torch \\\n   keras\nx = 1",
    "shell-in-block": "if True:\n    !ls 'it''s\nx = 1",
    "assigned": "files = !ls\nx = 1",
    "help": "x?\nx = 1",
    "timed-cell": "%%time\nx = 1",
    "await": "await f()\nx = 1",
}


@pytest.mark.parametrize("source", MAGICS.values(), ids=MAGICS)
def test_magics_are_masked_and_come_back(source: str) -> None:
    data = notebook(source)
    module = module_from_bytes(data, "a.ipynb")
    assert module.encode(module.text) == data
    assert module.encode(module.text.replace("x = 1", "x = 2")) == notebook(
        source.replace("x = 1", "x = 2")
    )


def test_a_cell_in_another_language_is_masked_whole() -> None:
    data = notebook("%%bash\nfor x in *; do\n  ls\ndone", "x = 1")
    module = module_from_bytes(data, "a.ipynb")
    assert module.encode(module.text) == data
    assert "\nfor x" not in module.text


def test_a_percent_sign_that_is_python_is_no_magic() -> None:
    source = 'text = """\n%s\n!x\n"""\ny = (text\n% 1)'
    assert source in module_from_bytes(notebook(source), "a.ipynb").text


BROKEN = {
    "json": (b'{"cells": [', "broken notebook: Expecting value"),
    "no-cells": (b"[]", "no cells"),
    "cell": (b'{"cells": [1]}', "cell 1 is not an object"),
    "no-source": (b'{"cells": [{"cell_type": "code"}]}', "no type or source"),
    "source": (b'{"cells": [{"cell_type": "code", "source": 1}]}', "the source of cell 1"),
    "encoding": (b"\xff\xfe", "not UTF-8"),
    "language": (notebook("x", language_info={"name": "R"}), "a notebook in r"),
}


@pytest.mark.parametrize(("data", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_notebooks(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        module_from_bytes(data, "a.ipynb")


def test_a_marker_that_went_into_a_class_is_dropped() -> None:
    module = module_from_bytes(notebook("x = 1", "y = 2"), "n.ipynb")
    mark = next(line for line in module.text.splitlines() if line.startswith("# %% [cell 3"))
    moved = module.text.replace(mark, f"{mark}\nclass A:\n    {mark}\n    z = 1\n")
    assert module.encode(moved) == notebook("x = 1", "class A:\n    z = 1\n\ny = 2")


def test_a_magic_that_goes_on_in_one_that_was_masked_before() -> None:
    source = "!ls \\\n    !ls\x1f\n"
    assert unmask(mask(source, TAG), TAG) == source
