"""One Python file or notebook as text, with what is needed to write it back unchanged."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path

from porter.source.errors import SourceError
from porter.source.notebook import Notebook

MAX_BYTES = 8 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Module:
    """The text of one source file and the bytes-level facts about it.

    `text` keeps its line ends. For a notebook it is the code of all cells,
    magics masked, joined as `Notebook.joined` describes.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    newline: str = "\n"
    bom: bool = False
    notebook: Notebook | None = None

    def encode(self, text: str) -> bytes:
        """The bytes of the file if its text were `text`."""
        if self.notebook is not None:
            text = self.notebook.with_code(text, self.path)
        elif self.newline != "\n" and _is_uniform(self.text, self.newline):
            text = _LINE_END.sub(self.newline, text)
        try:
            data = text.encode(self.encoding)
        except UnicodeEncodeError as error:
            line = text.count("\n", 0, error.start) + 1
            message = f"{text[error.start]!r} cannot be written in {self.encoding}"
            raise SourceError(self.path, line, 1, message) from error
        return _BOM + data if self.bom else data

    def locate(self, line: int) -> tuple[str, int]:
        """Where people find line `line` of `text`: a path and a line (for notebooks, of a cell)."""
        if self.notebook is None:
            return self.path, line
        cell, line = self.notebook.locate(line)
        return f"{self.path}:cell {cell}", line


def read_module(path: Path) -> Module:
    """Read a `.py` or `.ipynb` file; SourceError where it is not valid Python 3."""
    name = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(name, 0, 0, f"larger than {MAX_BYTES >> 20} MiB, not read")
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(name, 0, 0, f"cannot be read: {error.strerror}") from error
    return module_from_bytes(data, name)


def module_from_bytes(data: bytes, path: str) -> Module:
    """The module that a file at `path` with content `data` holds."""
    read = _notebook_module if path.endswith(".ipynb") else _python_module
    module = read(data, path)
    check_syntax(module.text, path, module)
    return module


def check_syntax(text: str, path: str, module: Module | None = None) -> None:
    """Raise SourceError unless `text` compiles; with `module`, positions are as its readers see."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if path.endswith(".ipynb") else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, path, "exec", flags=flags, dont_inherit=True)
    except SyntaxError as error:
        where, line = path, error.lineno or 1
        if module is not None:
            where, line = module.locate(line)
        raise SourceError(where, line, error.offset or 1, f"not Python 3: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(path, 0, 0, f"cannot be parsed: {error}") from error


def _python_module(data: bytes, path: str) -> Module:
    if b"\0" in data:
        raise SourceError(path, 0, 0, "binary, not Python source")
    bom = data.startswith(_BOM)
    body = data[len(_BOM) :] if bom else data
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise SourceError(path, 1, 1, f"bad encoding: {error.msg}") from error
    encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not {encoding}: byte 0x{body[error.start]:02x}; declare the file's encoding"
        raise SourceError(path, line, 1, message) from error
    first = _LINE_END.search(text)
    return Module(path, text, encoding, first.group() if first else "\n", bom)


def _notebook_module(data: bytes, path: str) -> Module:
    bom = data.startswith(_BOM)
    try:
        raw = data[len(_BOM) if bom else 0 :].decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(path, 0, 0, "broken notebook: not UTF-8") from error
    notebook = Notebook.parse(raw, path)
    return Module(path, notebook.joined, bom=bom, notebook=notebook)


def _is_uniform(text: str, newline: str) -> bool:
    return all(match.group() == newline for match in _LINE_END.finditer(text))
