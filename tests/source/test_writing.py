import subprocess
from pathlib import Path

import pytest

from porter.source import SourceError, digest, refuse_if_unsaved, write_atomically


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-qm", "a")
    return path


def test_writing_keeps_the_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    path.chmod(0o755)
    write_atomically(path, b"x = 2\n")
    assert path.read_bytes() == b"x = 2\n"
    assert path.stat().st_mode & 0o777 == 0o755
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b" / "c.py", b"")
    assert (tmp_path / "a" / "b" / "c.py").read_bytes() == b""


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("x = 1\n")
    (tmp_path / "link.py").symlink_to("real.py")
    write_atomically(tmp_path / "link.py", b"x = 2\n")
    assert (tmp_path / "link.py").is_symlink()
    assert (tmp_path / "real.py").read_bytes() == b"x = 2\n"


def test_a_failed_write_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")

    def broken(*_: object) -> None:
        raise OSError(28, "disk full")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(SourceError, match="disk full"):
        write_atomically(path, b"x = 2\n")
    assert path.read_text() == "x = 1\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("in_place", [True, False])
def test_committed_work_may_be_overwritten(committed: Path, in_place: bool) -> None:
    refuse_if_unsaved(committed, written=None, in_place=in_place)


@pytest.mark.parametrize("in_place", [True, False])
def test_uncommitted_work_is_kept(committed: Path, in_place: bool) -> None:
    committed.write_text("x = 2\n")
    with pytest.raises(SourceError, match="uncommitted changes"):
        refuse_if_unsaved(committed, written=None, in_place=in_place)


def test_an_untracked_file_is_uncommitted_work(committed: Path) -> None:
    other = committed.with_name("b.py")
    other.write_text("x = 1\n")
    with pytest.raises(SourceError, match="uncommitted changes"):
        refuse_if_unsaved(other, written=None, in_place=True)


def test_an_ignored_file_is_uncommitted_work(committed: Path) -> None:
    committed.with_name(".gitignore").write_text("b.py\n")
    other = committed.with_name("b.py")
    other.write_text("x = 1\n")
    with pytest.raises(SourceError, match="uncommitted changes"):
        refuse_if_unsaved(other, written=None, in_place=True)


def test_what_porter_wrote_may_be_overwritten_until_it_is_edited(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\n")
    refuse_if_unsaved(path, written=digest(b"x = 1\n"), in_place=False)
    path.write_bytes(b"x = 2\n")
    with pytest.raises(SourceError, match="edited since porter wrote it"):
        refuse_if_unsaved(path, written=digest(b"x = 1\n"), in_place=False)


def test_an_edited_target_is_kept_even_when_committed(committed: Path) -> None:
    with pytest.raises(SourceError, match="edited since porter wrote it"):
        refuse_if_unsaved(committed, written=digest(b"x = 0\n"), in_place=False)
    refuse_if_unsaved(committed, written=digest(b"x = 0\n"), in_place=True)


def test_a_strangers_file_outside_git_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    with pytest.raises(SourceError, match="not written by porter"):
        refuse_if_unsaved(path, written=None, in_place=False)
    refuse_if_unsaved(path, written=None, in_place=True)


def test_where_git_cannot_tell_nothing_is_overwritten(committed: Path) -> None:
    (committed.parent / ".git" / "config").write_text("[broken")
    with pytest.raises(SourceError, match=r"git cannot say whether it is saved: .*config"):
        refuse_if_unsaved(committed, written=None, in_place=True)


def test_without_git_a_work_tree_is_not_overwritten(
    committed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError, match="git cannot say whether it is saved: not installed"):
        refuse_if_unsaved(committed, written=None, in_place=True)


def test_a_name_that_looks_like_a_pattern_is_only_a_name(committed: Path) -> None:
    odd = committed.with_name("[a].py")
    odd.write_text("x = 1\n")
    git(committed.parent, "add", ".")
    git(committed.parent, "commit", "-qm", "odd")
    committed.write_text("x = 2\n")
    refuse_if_unsaved(odd, written=None, in_place=True)
