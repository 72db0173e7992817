import subprocess
import sys
import zipfile
from pathlib import Path

from porter.source import rules_dir

ROOT = Path(__file__).resolve().parents[2]
BUILD = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"


def test_the_rules_of_a_checkout_are_found() -> None:
    assert rules_dir() == ROOT / "rules"
    assert list(rules_dir().rglob("*.toml"))


def test_a_wheel_carries_rules_and_schemas_and_finds_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        wheel.extractall(tmp_path / "site")
    shipped = {path.relative_to(ROOT / "rules") for path in (ROOT / "rules").rglob("*.toml")}
    carried = tmp_path / "site" / "porter" / "_rules"
    assert {path.relative_to(carried) for path in carried.rglob("*.toml")} == shipped
    assert (tmp_path / "site/porter/report/schemas/check.json").is_file()
    found = subprocess.run(
        [sys.executable, "-c", "from porter.source import rules_dir; print(rules_dir())"],
        cwd=tmp_path / "site",
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(found.stdout.strip()) == carried
