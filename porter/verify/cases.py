"""Where cases come from: the command line, `pyproject.toml`, `porter.json`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from porter.verify.inputs import Input, InputError, Leaf, parse_input
from porter.verify.manifest import Manifest, ModelEntry
from porter.verify.result import PHASES, Case

_KEYS = {
    "source", "target", "build", "source-build", "target-build", "inputs", "input", "argv",
    "compare", "seed", "rtol", "device", "timeout", "source-python", "target-python",
    "source-env", "target-env", "source-ref", "steps",
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
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseError(f"{file}: {error}") from error
    tables = document.get("tool", {}).get("porter", {}).get("verify", {})
    return {name: _case(name, table, file) for name, table in tables.items()}


def _case(name: str, table: Mapping[str, Any], file: Path) -> Case:
    where = f"{file}: [tool.porter.verify.{name}]"
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise CaseError(f"{where}: {unknown[0]!r} is not known")
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
    plain = {k.replace("-", "_"): table[k] for k in _KEYS & set(table) & _PLAIN}
    return replace(
        case,
        argv=tuple(table.get("argv", ())),
        compare=phases(table.get("compare", list(case.compare))),
        **plain,
    )


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
