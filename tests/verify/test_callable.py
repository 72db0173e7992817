"""`porter.verify` is a package and, as the interface says, a function."""

from __future__ import annotations

from pathlib import Path

import porter
import porter.verify


def test_the_package_can_be_called(tmp_path: Path) -> None:
    missing = tmp_path / "before.py", tmp_path / "after.py"
    result = porter.verify(*missing, ["float32[2,3]"])
    assert isinstance(result, porter.Verification)
    assert result.status == "error"
    assert "before.py" in (result.error or "")
    assert porter.verify.verify(*missing, ["float32[2,3]"]) == result
