"""Where cases come from: the command line, `pyproject.toml`, `porter.json`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from porter.source import SourceError, read_project
from porter.verify.inputs import Input, InputError, Leaf, parse_input
from porter.verify.manifest import Manifest, ModelEntry
from porter.verify.result import PHASES, Case

_TEXT, _TEXTS, _MAP = "a string", "a list of strings", "a table of strings"
_NUMBER, _COUNT = "a number", "a whole number"
_KEYS = {
    "source": _TEXT, "target": _TEXT, "build": _TEXT, "source-build": _TEXT, "target-build": _TEXT,
    "inputs": _TEXTS, "input": _TEXTS, "argv": _TEXTS, "compare": _TEXTS, "seed": _COUNT,
    "rtol": _NUMBER, "device": _TEXT, "timeout": _NUMBER, "source-python": _TEXT,
    "target-python": _TEXT, "source-env": _MAP, "target-env": _MAP, "source-ref": _TEXT,
    "steps": _COUNT,
}  # fmt: skip


class CaseError(ValueError):
    """A case that is not written as one; says what is wrong and where."""


def phases(names: str | list[str]) -> tuple[str, ...]:
    """`forward,gradient`; forward is always among them. Raises CaseError on anything else."""
    wanted = names.split(",") if isinstance(names, str) else list(names)
    wanted = [w.strip() for w in wanted if w.strip()]
    for name in wanted:
        if name not in PHASES:
            raise CaseError(f"{name!r} can't be compared; these can: {', '.join(PHASES)}")
    return tuple(dict.fromkeys(["forward", *wanted]))


def find_file(name: str | Path) -> Path:
    """The file or folder of that name, or the file of a module, which is looked for only.

    A package's folder is its `__init__.py`; what is not found is returned as it is.
    """
    path = Path(name)
    if path.exists():
        inside = path / "__init__.py"
        is_output = (path / "porter.json").is_file()
        return inside if inside.is_file() and not is_output else path
    parts = str(name).split(".")
    for folder in ["", *sys.path] if all(p.isidentifier() for p in parts) else []:
        base = Path(folder, *parts)
        for found in (base / "__init__.py", base.with_suffix(".py")):
            if found.is_file():
                return found
    return path


def cases_of_project(file: Path) -> dict[str, Case]:
    """`[tool.porter.verify.NAME]` of a `pyproject.toml`, by name; paths are relative to it."""
    try:
        tables = read_project(file).get("verify", {})
    except SourceError as error:
        raise CaseError(str(error)) from error
    return {name: _case(name, table, file) for name, table in tables.items()}


def _case(name: str, table: Mapping[str, Any], file: Path) -> Case:
    where = f"{file}: [tool.porter.verify.{name}]"
    unknown = sorted(set(table) - set(_KEYS))
    if unknown:
        raise CaseError(f"{where}: {unknown[0]!r} is not known")
    for key, value in table.items():
        if not _is(value, _KEYS[key]):
            raise CaseError(f"{where}: {key} must be {_KEYS[key]}")
    try:
        source, target = (_place(file.parent, table[side]) for side in ("source", "target"))
        build = table.get("source-build") or table["build"]
    except KeyError as error:
        raise CaseError(f"{where}: {error} is missing") from error
    specs = table.get("inputs", table.get("input", []))
    try:
        inputs = tuple(parse_input(s) for s in ([specs] if isinstance(specs, str) else specs))
    except InputError as error:
        raise CaseError(f"{where}: {error}") from error
    case = Case(name, source, target, build, inputs, target_build=table.get("target-build"))
    plain = {k.replace("-", "_"): table[k] for k in _PLAIN & set(table)}
    return replace(
        case,
        argv=(argv,) if isinstance(argv := table.get("argv", ()), str) else tuple(argv),
        compare=phases(table.get("compare", list(case.compare))),
        **plain,
    )


def _is(value: object, kind: str) -> bool:
    """Is a value of a kind? One string also stands for a list of one."""
    if kind in (_NUMBER, _COUNT):
        kinds = (int,) if kind == _COUNT else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool)
    if kind == _MAP:
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    if kind == _TEXTS and isinstance(value, list):
        return all(isinstance(v, str) for v in value)
    return isinstance(value, str)


def _place(folder: Path, name: str) -> Path:
    path = folder / name
    return path if path.exists() else find_file(name) if find_file(name).exists() else path


_PLAIN = {
    "seed", "rtol", "device", "timeout", "source-python", "target-python", "source-env",
    "target-env", "source-ref", "steps",
}  # fmt: skip


def cases_of_manifest(manifest: Manifest, path: Path) -> dict[str, Case]:
    """The models of a `porter.json` whose input shapes it knows; open sizes become 2."""
    found: dict[str, Case] = {}
    for model in manifest.models:
        files = [f for f in manifest.files if f.source == model.file or f.target.name == model.file]
        inputs = _inputs(model)
        if not files or inputs is None:
            continue
        name = f"{Path(model.file).stem}.{model.source}"
        source, target = files[0].source_path, files[0].target
        found[name] = Case(name, source, target, model.source, inputs, manifest=path)
    return found


def _inputs(model: ModelEntry) -> tuple[Input, ...] | None:
    if not model.shapes or any(shape is None for shape in model.shapes):
        return None
    leaves = [
        Leaf(dtype, tuple(2 if n is None else n for n in shape or ()))
        for shape, dtype in zip(model.shapes, model.dtypes, strict=True)
    ]
    return tuple(Input((leaf,), 0) for leaf in leaves)
