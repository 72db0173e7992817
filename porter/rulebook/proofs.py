"""What rules have earned by being run: the record that the prover writes beside the rules.

A proof belongs to what a rule said when it was run. Where the rule or a helper of its has
changed since, the proof is stale and counts for nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from porter.rulebook.construct import Construct
from porter.rulebook.load import Rulebook
from porter.rulebook.rule import SIDES, Rule, Side
from porter.rulebook.written import defined
from porter.source import rules_dir

NOT_PROVEN = "not proven"
# The record's name, in a folder of rules.
RECORD = "proofs.json"
_SCHEMA = 1
# What a rule tells people or the check of its signatures; no call is translated by it.
_PROSE = frozenset({"path", "line", "shipped", "doc", "notes", "trap", "spelled", "default"})
# How many calls were asked for where the record does not say it: the least that were enough.
_ASKED = (12, 20)


@dataclass(frozen=True)
class Earned:
    """What one rule earned from one side: the verdict, how many calls came to which, and
    which phases were compared in all that were run. `key` says of which text that is true.

    `asked` is how many calls were to be drawn: fewer came of it where a rule has no more. `loud`
    is how many calls beside these are translated into what does not run, where that was tried.
    """

    key: str
    verdict: str
    counts: Mapping[str, int]
    phases: tuple[str, ...] = ()
    asked: int = 0
    loud: int | None = None

    @property
    def drawn(self) -> int:
        """How many calls to ask for so that the same ones are drawn."""
        total = sum(self.counts.values())
        return self.asked or next((n for n in _ASKED if n >= total), total)


class ProofsError(Exception):
    """A record of proofs cannot be read; the message names the file."""


# By rule, then by the side it starts from.
Proofs = dict[str, dict[Side, Earned]]


def proof_key(book: Rulebook, rule: Rule | Construct) -> str:
    """A digest of all that a rule's translations rest on: its text, its types, its helpers.

    A construct's is of its program: what the engine makes of that is the engine's to keep.
    """
    if isinstance(rule, Construct):
        return _digest([rule.id, rule.side, rule.apis, rule.example, rule.build, rule.inputs])
    raw = next(entry for entry in book.raw if entry["id"] == rule.id)
    said = _without_prose(raw)
    texts = json.dumps(said, sort_keys=True)
    types = {
        side: [(p.name, p.type) for p in signature.parameters]
        for side, signature in rule.signatures.items()
    }
    words = frozenset(re.findall(r"\w+", texts))
    helpers = {name: text for name, text in book.helpers.items() if defined(name, text) & words}
    return _digest([said, types, helpers])


def _digest(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def _without_prose(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_prose(v) for k, v in value.items() if k not in _PROSE}
    if isinstance(value, list | tuple):
        return [_without_prose(v) for v in value]
    return value


def standing(book: Rulebook, proofs: Proofs, rule: Rule | Construct, side: Side) -> str:
    """What a rule is worth from one side: `safe`, `unsafe`, `failed`, or `not proven`."""
    earned = proofs.get(rule.id, {}).get(side)
    if earned is None or earned.key != proof_key(book, rule) or earned.verdict == "unproven":
        return NOT_PROVEN
    return earned.verdict


def read_proofs(path: Path | None = None, rule_dirs: Iterable[Path] = ()) -> Proofs:
    """A record, empty where there is none; raises ProofsError, which names the file.

    Without a `path`, the shipped one and those that stand beside a user's rules.
    """
    if path is not None:
        return _read(path)
    found: Proofs = {}
    for folder in (rules_dir(), *rule_dirs):
        found |= _read(folder / RECORD)
    return found


def _read(path: Path) -> Proofs:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ProofsError(f"{path} is no record of proofs: {error}") from error
    if not isinstance(document, dict) or document.get("schema") != _SCHEMA:
        raise ProofsError(f'{path} is no record of proofs: it does not say "schema": {_SCHEMA}')
    try:
        return {
            rule: {side: _earned(sides[side]) for side in SIDES if side in sides}
            for rule, sides in document["rules"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = "an entry is none that `porter rules prove --record` wrote"
        raise ProofsError(f"{path} is no record of proofs: {message}") from error


def _earned(entry: Mapping[str, Any]) -> Earned:
    phases, asked = tuple(entry["compared"]), int(entry.get("asked", 0))
    counts = {str(verdict): int(count) for verdict, count in entry["calls"].items()}
    return Earned(entry["key"], entry["earned"], counts, phases, asked, entry.get("loud"))


def write_proofs(path: Path, proofs: Proofs) -> None:
    """Write the record whole or not at all, one rule a line, so that changes read well."""
    lines = [f"  {json.dumps(rule)}: {json.dumps(_plain(proofs[rule]))}" for rule in sorted(proofs)]
    body = ",\n".join(lines)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(f'{{"schema": {_SCHEMA}, "rules": {{\n{body}\n}}}}\n', encoding="utf-8")
    beside.replace(path)


def _plain(sides: Mapping[Side, Earned]) -> dict[str, object]:
    return {
        side: {
            "key": earned.key,
            "earned": earned.verdict,
            "calls": dict(sorted(earned.counts.items())),
            "compared": list(earned.phases),
            **({"asked": earned.asked} if earned.asked else {}),
            **({"loud": earned.loud} if earned.loud is not None else {}),
        }
        for side, earned in sorted(sides.items())
    }
