"""IPython's line and cell magics, shell escapes and help marks, masked as plain Python.

A masked line carries the original in a comment, so unmasking needs no memory.
"""

from __future__ import annotations

import ast
import re
import warnings

# What the comment that holds a magic begins with, unless the notebook says it itself.
TAG = "porter-magic"
_MAGIC = re.compile(r"[ \t]*(?:[%!?]|.*\?{1,2}[ \t]*$)")
_ASSIGNED = re.compile(r"(?P<name>\w+)[ \t]*=[ \t]*[%!]")
_PYTHON_CELLS = ("time", "timeit", "capture", "prun")


def mask(source: str, tag: str) -> str:
    """`source` of one cell with every line that is not Python masked by a comment that has `tag`.

    `tag` must not occur in `source`.
    """
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        words = lines[first][2:].split()
        if not words or words[0] not in _PYTHON_CELLS:
            return "\n".join(f"# {tag}: {line}" for line in lines)
        lines[first] = _masked(lines[first], tag)
    # A line is taken for a magic only where Python stumbles over it, so a
    # leading `%` inside a string or an expression is left alone.
    while (bad := _syntax_error_line("\n".join(lines))) is not None:
        if not 0 <= bad < len(lines) or not _is_magic(lines[bad], tag):
            break
        bad = _mask_from(lines, bad, tag)
    return "\n".join(lines)


def names_in_magics(text: str) -> frozenset[str]:
    """Names in the magics that a masked text holds: they are read there, though not as Python."""
    masked = re.findall(rf"# {TAG}\w*: (.*)$", text, flags=re.MULTILINE)
    return frozenset(name for line in masked for name in re.findall(r"[^\W\d]\w*", line))


def unmask(source: str, tag: str) -> str:
    """The inverse of `mask`."""
    masked = rf"^([ \t]*)(?:pass  |\w+ = \.\.\.  )?# {tag}: (.*)$"
    return re.sub(masked, r"\1\2", source, flags=re.MULTILINE)


def _mask_from(lines: list[str], index: int, tag: str) -> int:
    """Mask the line at `index` and those that continue it after a backslash."""
    continued = lines[index].endswith("\\")
    lines[index] = _masked(lines[index], tag)
    while continued and index + 1 < len(lines):
        index += 1
        continued = lines[index].endswith("\\")
        lines[index] = f"# {tag}: {unmask(lines[index], tag)}"
    return index


def _is_magic(line: str, tag: str) -> bool:
    return bool(_MAGIC.match(line) or _ASSIGNED.match(line.lstrip())) and tag not in line


def _masked(line: str, tag: str) -> str:
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)]
    assigned = _ASSIGNED.match(body)
    stand_in = f"{assigned['name']} = ..." if assigned else "pass"
    return f"{indent}{stand_in}  # {tag}: {body}"


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
