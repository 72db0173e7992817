"""Whatever names an axis means the same one after the target holds the tensor in its own order."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "layouts"


def porter(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "porter", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("name", "to", "shape"),
    [("keras_net.py", "torch", "[2,4,4,3]"), ("torch_net.py", "keras", "[2,3,4,4]")],
)
def test_axes_follow(name: str, to: str, shape: str, tmp_path: Path) -> None:
    source, target = str(HERE / name), str(tmp_path / "out")
    migrated = porter("migrate", source, "--to", to, "-o", target)
    assert migrated.returncode == 0, migrated.stderr
    done = porter("verify", source, target, "--build", "Net()", "--input", f"float32{shape}")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def untaken(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = str(tmp_path_factory.mktemp("untaken") / "out")
    migrated = porter("migrate", str(HERE / "untaken.py"), "--to", "torch", "-o", target)
    assert migrated.returncode == 0, migrated.stderr
    return target


@pytest.mark.parametrize(
    "build", ["build(False)", "build(False, True, 'wide')", "build(True, False)", "net(True)"]
)
def test_branches_that_the_file_does_not_take_hold_too(build: str, untaken: str) -> None:
    case = ["--build", build, "--input", "float32[2,8,8,3]", "--compare", "forward"]
    done = porter("verify", str(HERE / "untaken.py"), untaken, *case)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = str(tmp_path_factory.mktemp("lists") / "out")
    migrated = porter("migrate", str(HERE / "lists.py"), "--to", "torch", "-o", target)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    return target


@pytest.mark.parametrize("build", ["Steps()", "Merged()", "up_and_down()", "up_and_down((5, 7))"])
def test_lists_of_images(build: str, lists: str) -> None:
    case = ["--build", build, "--input", "float32[2,8,8,3]"]
    done = porter("verify", str(HERE / "lists.py"), lists, *case)
    assert done.returncode == 0, done.stdout + done.stderr
