"""Writes the table of support into README.md, between its marks, from rules and their proofs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from porter.rulebook import SIDES, Proofs, Rule, Rulebook, load_rulebook, read_proofs, standing

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- support -->\n", "<!-- /support -->\n"
# What a row of the table is called, and the rule files that it counts; the last has the rest.
AREAS = {
    "layers": ("layers", "attention", "padding", "augmentation"),
    "activations": ("activations", "activations-rare"),
    "convolution and pooling": ("convolution", "pooling", "functional-windows"),
    "normalisation": ("normalization", "functional-normalization"),
    "recurrent": ("recurrent", "cells"),
    "initialisers": ("initializers",),
    "losses": ("losses", "loss-objects", "losses-torch", "losses-keras"),
    "optimisers": ("optimizers",),
    "images": ("image", "imaging", "pretrained"),
    "functions of torch.nn": ("functional",),
    "arithmetic": (
        "elementwise",
        "numeric",
        "arithmetic",
        "special",
        "bits",
        "complex",
        "clipping",
    ),
    "reductions and statistics": ("reductions", "statistics"),
    "shapes": ("shaping", "rearranging"),
    "joining, picking and scattering": ("gathering", "scattering"),
    "linear algebra and Fourier": ("linear", "linalg", "products", "fourier"),
    "creation and random numbers": ("creation", "drawing"),
    "variables, devices and dtypes": ("variables", "conversion", "backend", "settings"),
    "left to people": ("byhand", "byhand-functions", "disagreements"),
    "everything else": (),
}
_REST = "everything else"
HEAD = "| area | rules | Keras → PyTorch | PyTorch → Keras | by hand |\n|---|--:|--:|--:|--:|\n"


def area_of(rule: Rule) -> str:
    """The row that a rule is counted in."""
    name = Path(rule.path).stem
    return next((area for area, files in AREAS.items() if name in files), _REST)


def table(book: Rulebook, proofs: Proofs) -> str:
    """A row an area: the rules, those that are proven from each side, those left to people."""
    rows = {area: [rule for rule in book if area_of(rule) == area] for area in AREAS}
    lines = [
        f"| {area} | {' | '.join(_counts(book, proofs, own))} |\n" for area, own in rows.items()
    ]
    total = " | ".join(f"**{count}**" for count in _counts(book, proofs, list(book)))
    return HEAD + "".join(lines) + f"| **all** | {total} |\n"


def _counts(book: Rulebook, proofs: Proofs, rules: Sequence[Rule]) -> Iterator[str]:
    yield str(len(rules))
    for side in SIDES:
        proven = [r for r in rules if standing(book, proofs, r, side) in ("safe", "unsafe")]
        yield str(len(proven))
    yield str(sum(rule.manual is not None for rule in rules))


def written(readme: str, text: str) -> str:
    """The README with this table between its marks."""
    before, mark, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise SystemExit(f"README.md has no {START.strip()} and {END.strip()}")
    return before + mark + text + end + after


def main() -> int:
    readme = README.read_text(encoding="utf-8")
    README.write_text(written(readme, table(load_rulebook(), read_proofs())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
