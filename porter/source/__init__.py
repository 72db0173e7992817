"""Files, packages and notebooks in and out.

Reads what users have without losing a byte (encoding, byte-order mark, line
ends), writes atomically, and never decides what the text should say.
"""

from porter.source.diff import unified_diff
from porter.source.errors import SourceError
from porter.source.finding import Finding, Kind
from porter.source.magics import names_in_magics
from porter.source.module import Module, check_syntax, module_from_bytes, read_module
from porter.source.notebook import Notebook
from porter.source.package import FRAMEWORKS, local_modules, package_root, walk
from porter.source.project import find_project, read_project
from porter.source.shapes import (
    SHAPES_NAME,
    SeenCall,
    SeenShape,
    SeenShapes,
    read_shapes,
    write_shapes,
)
from porter.source.shipped import rules_dir
from porter.source.writing import digest, refuse_if_unsaved, write_atomically

__all__ = [
    "FRAMEWORKS",
    "SHAPES_NAME",
    "Finding",
    "Kind",
    "Module",
    "Notebook",
    "SeenCall",
    "SeenShape",
    "SeenShapes",
    "SourceError",
    "check_syntax",
    "digest",
    "find_project",
    "local_modules",
    "module_from_bytes",
    "names_in_magics",
    "package_root",
    "read_module",
    "read_project",
    "read_shapes",
    "refuse_if_unsaved",
    "rules_dir",
    "unified_diff",
    "walk",
    "write_atomically",
    "write_shapes",
]
