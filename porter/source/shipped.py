"""The data files that porter ships."""

from __future__ import annotations

from pathlib import Path


def rules_dir() -> Path:
    """The folder of the shipped rule files, in a wheel as well as in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"
