"""`porter.json`: the record, beside what migrate wrote, of what became what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from porter.source import SourceError

NAME = "porter.json"
# What of a manifest belongs to one written file, besides its own entry.
PARTS = ("models", "parameters", "calls", "findings")

Document = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """One file that migrate wrote: where from, where to, and its part of the manifest."""

    source: str
    source_path: str
    target: str
    sha256: str
    part: Mapping[str, Any]


def read_manifest(folder: Path) -> Document | None:
    """The `porter.json` in `folder`, None where there is none; SourceError where it is broken."""
    path = folder / NAME
    try:
        document = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SourceError(str(path), 0, 0, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SourceError(str(path), 0, 0, f"broken: {error}; move it away") from error
    if not isinstance(document, dict) or not _is_ours(document):
        raise SourceError(str(path), 0, 0, "not a porter.json of schema 1; move it away")
    return document


def digests(document: Document | None) -> dict[str, str]:
    """What porter last wrote, by target: SHA-256."""
    files = document.get("files", []) if document else []
    return {entry["target"]: entry["sha256"] for entry in files}


def merge(
    before: Document | None, written: Iterable[Written], *, to: str, version: str
) -> Document:
    """`before` with the entries of every file in `written` put in place of older ones."""
    new = {each.target: each for each in written}
    document: Document = {
        "schema": 1,
        "porter": version,
        "from": "torch" if to == "keras" else "keras",
        "to": to,
    }
    old = before or {}
    entries = [entry for entry in old.get("files", []) if entry["target"] not in new]
    entries += [
        {
            "source": each.source,
            "source_path": each.source_path,
            "target": each.target,
            "sha256": each.sha256,
        }
        for each in new.values()
    ]
    document["files"] = sorted(entries, key=lambda entry: str(entry["target"]))
    for name in PARTS:
        kept = [entry for entry in old.get(name, []) if entry["file"] not in new]
        kept += [
            {**entry, "file": target}
            for target, each in new.items()
            for entry in each.part.get(name, [])
        ]
        document[name] = sorted(kept, key=lambda entry: str(entry["file"]))
    return document


def dump(document: Document) -> bytes:
    """`document` as the bytes of the file."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _is_ours(document: Document) -> bool:
    """Whether `document` has what `digests` and `merge` rely on."""
    keys = {"files": ("target", "sha256"), **dict.fromkeys(PARTS, ("file",))}
    return document.get("schema") == 1 and all(
        _are_entries(document.get(name), required) for name, required in keys.items()
    )


def _are_entries(entries: object, required: tuple[str, ...]) -> bool:
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and all(key in entry for key in required) for entry in entries
    )
