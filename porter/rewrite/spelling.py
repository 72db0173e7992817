"""How the target's APIs are spelled in a file, and the imports that this needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import below

# Longest prefix first: (API prefix, short name, import statement that binds it).
SPELLINGS = {
    "torch": (
        ("torch.nn.functional.", "F", "import torch.nn.functional as F"),
        ("torch.nn.", "nn", "from torch import nn"),
        ("torch.", "torch", "import torch"),
    ),
    "keras": (
        ("keras.layers.", "layers", "from keras import layers"),
        ("keras.ops.", "ops", "from keras import ops"),
        ("keras.", "keras", "import keras"),
        ("tensorflow.", "tf", "import tensorflow as tf"),
    ),
    "tf.keras": (
        ("keras.layers.", "layers", "from tensorflow.keras import layers"),
        ("keras.", "keras", "from tensorflow import keras"),
        ("tensorflow.", "tf", "import tensorflow as tf"),
    ),
}

MARK = "_porter_"


@dataclass(eq=False)
class Spelling:
    """Names for one file. A short name that the file uses for something else is not taken.

    What is `used` in the file in any way is marked where a template means a name of its own.
    """

    framework: str
    taken: frozenset[str]
    used: frozenset[str] = frozenset()
    needed: dict[str, None] = field(default_factory=dict)
    helpers: dict[str, None] = field(default_factory=dict)

    def name(self, api: str) -> cst.BaseExpression:
        """The expression for an API; notes the import."""
        for prefix, short, statement in SPELLINGS[self.framework]:
            if not api.startswith(prefix) or short in self.taken:
                continue
            self.needed[statement] = None
            return cst.parse_expression(f"{short}.{api[len(prefix) :]}")
        root, _, rest = api.partition(".")
        if root in self.taken:
            self.needed[f"import {root} as {root}_"] = None
            return cst.parse_expression(f"{root}_.{rest}")
        self.needed[f"import {root}"] = None
        return cst.parse_expression(api)

    def own(self, name: str) -> cst.Name:
        """A name that is no API's: that of a helper, or one that a template binds."""
        return cst.Name(f"{MARK}{name}" if name in self.used else name)

    def helper(self, name: str) -> None:
        self.helpers[name] = None

    def statements(self, read: Collection[str]) -> list[cst.SimpleStatementLine]:
        """The import statements for the names that are read, plain imports first.

        What was spelled for something that another pass then took apart is not read.
        """
        needed = sorted(s for s in self.needed if _bound_by(s) & set(read))
        plain = [s for s in needed if not s.startswith("from")]
        froms: dict[str, list[str]] = {}
        for statement in (s for s in needed if s.startswith("from")):
            module, _, name = statement.partition(" import ")
            froms.setdefault(module, []).append(name)
        ordered = [*plain, *(f"{m} import {', '.join(names)}" for m, names in froms.items())]
        parsed = (cst.parse_statement(text) for text in ordered)
        return [s for s in parsed if isinstance(s, cst.SimpleStatementLine)]


def _bound_by(statement: str) -> set[str]:
    """The names that an import binds."""
    _, _, names = statement.rpartition(" import " if statement.startswith("from") else "import ")
    return {n.rpartition(" as ")[2].strip().split(".")[0] for n in names.split(",")}


def bound_names(module: cst.CSTNode) -> frozenset[str]:
    """Every name that the file binds other than by importing it."""
    found: set[str] = set()
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        found.update(_binds(node))
        stack.extend(below(node))
    return frozenset(found)


def foreign_imports(module: cst.CSTNode, framework: str) -> frozenset[str]:
    """Short names of ours that the file's imports bind to something else."""
    ours = {short: prefix[:-1] for prefix, short, _ in SPELLINGS[framework]}
    found: set[str] = set()
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        stack.extend(below(node))
        if not isinstance(node, cst.Import | cst.ImportFrom) or isinstance(
            node.names, cst.ImportStar
        ):
            continue
        start = "" if isinstance(node, cst.Import) else _module(node)
        for alias in node.names:
            whole = alias.evaluated_alias is not None or isinstance(node, cst.ImportFrom)
            target = (
                f"{start}{alias.evaluated_name}" if whole else alias.evaluated_name.split(".")[0]
            )
            name = alias.evaluated_alias or alias.evaluated_name.split(".")[0]
            if name in ours and target.removeprefix("tensorflow.") != ours[name]:
                found.add(name)
    return frozenset(found)


def _module(node: cst.ImportFrom) -> str:
    name = "" if node.module is None else cst.Module([]).code_for_node(node.module)
    return "." * len(node.relative) + name + "."


def imported_names(module: cst.CSTNode) -> frozenset[str]:
    """Every name that an import binds, wherever it stands."""
    found: set[str] = set()
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.ImportAlias):
            found.add(node.evaluated_alias or node.evaluated_name.split(".", 1)[0])
        stack.extend(below(node))
    return frozenset(found)


_WITH_TARGET = (
    cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.CompFor, cst.NamedExpr,
)  # fmt: skip


def _binds(node: cst.CSTNode) -> Iterable[str]:
    if isinstance(node, _WITH_TARGET):
        yield from _targets(node.target)
    elif isinstance(node, cst.Param | cst.FunctionDef | cst.ClassDef):
        yield node.name.value
    elif isinstance(node, cst.WithItem) and node.asname is not None:
        yield from _targets(node.asname.name)
    elif isinstance(node, cst.ExceptHandler) and node.name is not None:
        yield from _targets(node.name.name)


def _targets(node: cst.BaseExpression) -> Iterable[str]:
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            yield from _targets(element.value)
