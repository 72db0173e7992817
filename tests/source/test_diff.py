import subprocess
from pathlib import Path

import pytest

from porter.source import unified_diff

PAIRS = {
    "change": ("a\nb\nc\n", "a\nx\nc\n"),
    "no-newline": ("a\nb", "a\nc"),
    "newline-added": ("a", "a\n"),
    "crlf": ("a\r\nb\r\n", "a\r\nc\r\n"),
    "form-feed": ("a\x0cb\nc\n", "a\x0cb\nd\n"),
}


@pytest.mark.parametrize(("before", "after"), PAIRS.values(), ids=PAIRS)
def test_git_applies_the_diff(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(before.encode())
    diff = unified_diff(before, after, "a.py")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (tmp_path / "a.py").read_bytes() == after.encode()


def test_equal_texts_have_no_diff() -> None:
    assert unified_diff("a\n", "a\n", "a.py") == ""
