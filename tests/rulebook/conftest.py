"""Rules of a test's own, loaded beside or instead of the shipped ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from porter.rulebook import Rulebook, load_rulebook

Load = Callable[..., Rulebook]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load texts as the shipped rules; `users` is the text of a user's rule file."""
    shipped, own, cache = tmp_path / "rules", tmp_path / "own", tmp_path / "cache"
    shipped.mkdir()
    own.mkdir()
    monkeypatch.setattr("porter.rulebook.load.rules_dir", lambda: shipped)

    def loaded(text: str, *, users: str | None = None) -> Rulebook:
        (shipped / "first.toml").write_text(text, encoding="utf-8")
        if users is not None:
            (own / "mine.toml").write_text(users, encoding="utf-8")
        load_rulebook.cache_clear()
        return load_rulebook((own,) if users is not None else (), cache)

    yield loaded
    load_rulebook.cache_clear()
