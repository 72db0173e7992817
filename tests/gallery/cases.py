"""The gallery in `fixtures/`: each model as it was, and as porter writes it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FIXTURES = Path(__file__).parents[2] / "fixtures"


@dataclass(frozen=True)
class Fixture:
    """One model: where it is, which way it goes, what builds it and what it takes."""

    folder: Path
    to: Literal["torch", "keras"]
    build: str
    inputs: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"


def fixtures() -> list[Fixture]:
    """Every model of the gallery, in the order of cases.toml."""
    table = tomllib.loads((FIXTURES / "cases.toml").read_text())
    return [
        Fixture(
            FIXTURES / way / name,
            "torch" if way == "keras_to_torch" else "keras",
            case["build"],
            tuple(case["inputs"]),
        )
        for way, cases in table.items()
        for name, case in cases.items()
    ]
