"""IPython's line and cell magics, shell escapes and help marks, masked as plain Python.

A masked line carries the original in a comment, so unmasking needs no memory.
"""

from __future__ import annotations

import ast
import re
import warnings

_TAG = "# porter-magic: "
_MASKED = re.compile(
    rf"^(?P<indent>[ \t]*)(?:pass  |\w+ = \.\.\.  )?{_TAG}(?P<line>.*)$", re.MULTILINE
)
_MAGIC = re.compile(r"[ \t]*(?:[%!?]|.*\?{1,2}[ \t]*$)")
_ASSIGNED = re.compile(r"(?P<name>\w+)[ \t]*=[ \t]*[%!]")
_PYTHON_CELLS = ("time", "timeit", "capture", "prun")


def mask(source: str) -> str:
    """`source` of one cell with every line that is not Python masked."""
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        words = lines[first][2:].split()
        if not words or words[0] not in _PYTHON_CELLS:
            return "\n".join(_TAG + line for line in lines)
        lines[first] = _masked(lines[first])
    # A line is taken for a magic only where Python stumbles over it, so a
    # leading `%` inside a string or an expression is left alone.
    while (bad := _syntax_error_line("\n".join(lines))) is not None:
        if not 0 <= bad < len(lines) or not _is_magic(lines[bad]):
            break
        bad = _mask_from(lines, bad)
    return "\n".join(lines)


def unmask(source: str) -> str:
    """The inverse of `mask`."""
    return _MASKED.sub(lambda match: match["indent"] + match["line"], source)


def _mask_from(lines: list[str], index: int) -> int:
    """Mask the line at `index` and those that continue it after a backslash."""
    continued = lines[index].endswith("\\")
    lines[index] = _masked(lines[index])
    while continued and index + 1 < len(lines):
        index += 1
        continued = lines[index].endswith("\\")
        lines[index] = _TAG + lines[index]
    return index


def _is_magic(line: str) -> bool:
    return bool(_MAGIC.match(line) or _ASSIGNED.match(line.lstrip())) and _TAG not in line


def _masked(line: str) -> str:
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)]
    assigned = _ASSIGNED.match(body)
    stand_in = f"{assigned['name']} = ..." if assigned else "pass"
    return f"{indent}{stand_in}  {_TAG}{body}"


def _syntax_error_line(text: str) -> int | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return (error.lineno or 1) - 1
    except (ValueError, RecursionError, MemoryError):
        return None
    return None
