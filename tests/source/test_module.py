from pathlib import Path

import pytest

from porter.source import Module, SourceError, module_from_bytes, read_module

UNTOUCHED = {
    "plain": b"x = 1\n",
    "empty": b"",
    "no-newline-at-end": b"x = 1",
    "crlf": b"x = 1\r\ny = 2\r\n",
    "old-mac": b"x = 1\ry = 2\r",
    "mixed": b"x = 1\r\ny = 2\nz = 3\r\n",
    "bom": b"\xef\xbb\xbfx = 1\n",
    "latin-1": b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
    "utf-8": "x = 'é'\n".encode(),
    "form-feed": b"x = 1\n\x0c\ny = '\x1c'\n",
}


@pytest.mark.parametrize("data", UNTOUCHED.values(), ids=UNTOUCHED)
def test_reading_and_writing_keeps_every_byte(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    module = read_module(path)
    assert module.encode(module.text) == data


def test_what_the_text_needs_is_known() -> None:
    module = module_from_bytes(b"\xef\xbb\xbfx = 1\r\n", "a.py")
    assert module == Module("a.py", "x = 1\r\n", "utf-8", "\r\n", bom=True)


def test_new_lines_get_the_line_ends_of_the_file() -> None:
    module = module_from_bytes(b"x = 1\r\ny = 2\r\n", "a.py")
    assert (
        module.encode("import torch\nx = 1\r\ny = 2\r\n") == b"import torch\r\nx = 1\r\ny = 2\r\n"
    )


def test_mixed_line_ends_are_left_as_they_are() -> None:
    module = module_from_bytes(b"x = 1\r\ny = 2\n", "a.py")
    assert module.encode("x = 3\r\ny = 2\n") == b"x = 3\r\ny = 2\n"


BROKEN = {
    "syntax": (b"x = 1\ny = (\n", 2, 5, "never closed"),
    "python-2": (b"print 'a'\n", 1, 1, "not Python 3"),
    "does-not-compile": (b"x = 1\nreturn x\n", 2, 1, "'return' outside function"),
    "binary": (b"\x00\x01", 0, 0, "binary"),
    "unknown-encoding": (b"# coding: klingon\n", 1, 1, "klingon"),
    "wrong-encoding": (b"x = 1\ny = '\xe9'\n", 2, 1, "not utf-8: byte 0xe9"),
    "too-deep": (b"(" * 1000 + b")" * 1000, 1, 1, "too many nested"),
}


@pytest.mark.parametrize(("data", "line", "column", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_files_are_named_with_the_place(
    data: bytes, line: int, column: int, message: str
) -> None:
    with pytest.raises(SourceError, match=r"a\.py") as caught:
        module_from_bytes(data, "a.py")
    assert message in caught.value.message
    assert caught.value.line == line
    if line != 1:
        assert caught.value.column == column


def test_a_missing_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read_module(tmp_path / "a.py")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    with path.open("wb") as file:
        file.truncate(9 << 20)
    with pytest.raises(SourceError, match="larger than 8 MiB"):
        read_module(path)


def test_text_that_the_encoding_cannot_hold_is_refused() -> None:
    module = module_from_bytes(b"# coding: latin-1\nx = 1\n", "a.py")
    with pytest.raises(SourceError, match="cannot be written in"):
        module.encode("# coding: latin-1\nx = '→'\n")
