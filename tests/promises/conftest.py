"""porter as users have it: a command run in a folder of their files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Porter = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def porter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Porter:
    """Run porter in an empty folder; takes the command line as words."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "porter", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run
