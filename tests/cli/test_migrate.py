import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import Result

from porter.report import schema
from porter.source import SourceError, digest

Run = Callable[..., Result]
SAFE = "import keras\nx = keras.safe()\n"
DONE = "import keras\nx = torch.safe()\n"


def test_a_diff_is_printed_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    Path("a.py").write_text(SAFE)
    result = run("migrate", "a.py", "--to", "torch")
    assert result.exit_code == 0
    assert "-x = keras.safe()\n+x = torch.safe()\n" in result.stdout
    assert result.stderr == "1 file: 1 converted, 0 verified, 1 not run\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.py"]
    assert Path("a.py").read_text() == SAFE
    subprocess.run(["git", "apply", "-"], input=result.stdout.encode(), check=True)
    assert Path("a.py").read_text() == DONE


def test_what_is_left_is_told_and_is_status_1(run: Run) -> None:
    Path("a.py").write_text("x = keras.safe(keras.manual())\n")
    result = run("migrate", "a.py", "--to", "torch")
    assert result.exit_code == 1
    assert "a.py:1:16 word [manual] manual by design" in result.stderr.replace("keras.manual: ", "")
    assert "1 converted, 0 verified, 1 not run; 1 finding left to do" in result.stderr


def test_unsafe_findings_are_settled_by_asking_for_them(run: Run) -> None:
    Path("a.py").write_text("x = keras.unsafe()\n")
    assert run("migrate", "a.py", "--to", "torch").exit_code == 1
    assert run("migrate", "a.py", "--to", "torch", "--unsafe").exit_code == 0


def test_a_tree_holds_what_the_files_import_and_a_manifest(run: Run) -> None:
    Path("pkg").mkdir()
    for name, text in {"__init__": "", "main": f"from . import b\n{SAFE}", "b": "y = 1\n"}.items():
        Path(f"pkg/{name}.py").write_text(text)
    Path("pkg/unused.py").write_text("")
    assert run("migrate", "pkg/main.py", "--to", "torch", "-o", "out").exit_code == 0
    written = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.*"))
    assert written == ["pkg/__init__.py", "pkg/b.py", "pkg/main.py", "porter.json"]
    manifest = json.loads(Path("out/porter.json").read_text())
    jsonschema.validate(manifest, schema("porter"))
    assert (manifest["from"], manifest["to"]) == ("keras", "torch")
    assert manifest["files"][2] == {
        "source": "pkg/main.py",
        "source_path": "../pkg/main.py",
        "target": "pkg/main.py",
        "sha256": digest(Path("out/pkg/main.py").read_bytes()),
    }


def test_the_manifest_holds_the_findings(run: Run) -> None:
    Path("a.py").write_text("x = 1\ny = keras.manual\n")
    run("migrate", "a.py", "--to", "torch", "-o", "out")
    manifest = json.loads(Path("out/porter.json").read_text())
    jsonschema.validate(manifest, schema("porter"))
    assert manifest["findings"] == [
        {
            "line": 2,
            "column": 5,
            "rule": "word",
            "kind": "manual",
            "message": "manual by design",
            "file": "a.py",
        }
    ]


def test_a_second_run_changes_nothing(run: Run) -> None:
    Path("a.py").write_text(SAFE)
    run("migrate", "a.py", "--to", "torch", "-o", "out")
    before = {path: path.stat() for path in Path("out").iterdir()}
    assert run("migrate", "a.py", "--to", "torch", "-o", "out").exit_code == 0
    assert {path: path.stat() for path in Path("out").iterdir()} == before


def test_a_second_run_does_not_take_its_own_output_for_input(run: Run) -> None:
    Path("a.py").write_text(SAFE)
    for _ in range(2):
        assert run("migrate", ".", "--to", "torch", "-o", "out").exit_code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.py", "porter.json"]


def test_a_diff_of_an_absolute_path_can_be_applied(run: Run, tmp_path: Path) -> None:
    Path("a.py").write_text(SAFE)
    result = run("migrate", tmp_path / "a.py", "--to", "torch")
    assert result.stdout.startswith("--- a/a.py\n+++ b/a.py\n")


def test_a_folder_without_python_is_told(run: Run) -> None:
    Path("empty").mkdir()
    result = run("migrate", "empty", "--to", "torch")
    assert result.exit_code == 0
    assert "warning: no Python files or notebooks under empty" in result.stderr


def test_an_edited_target_is_kept_without_force(run: Run) -> None:
    Path("a.py").write_text(SAFE)
    run("migrate", "a.py", "--to", "torch", "-o", "out")
    Path("out/a.py").write_text("mine = 1\n")
    result = run("migrate", "a.py", "--to", "torch", "-o", "out")
    assert result.exit_code == 2
    assert "out/a.py: was edited since porter wrote it" in result.stderr
    assert Path("out/a.py").read_text() == "mine = 1\n"
    assert run("migrate", "a.py", "--to", "torch", "-o", "out", "--force").exit_code == 0
    assert Path("out/a.py").read_text() == DONE


def test_the_manifest_keeps_files_of_other_runs(run: Run) -> None:
    for name in ("a", "b"):
        Path(f"{name}.py").write_text(SAFE)
        run("migrate", f"{name}.py", "--to", "torch", "-o", "out")
    files = json.loads(Path("out/porter.json").read_text())["files"]
    assert [entry["target"] for entry in files] == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "broken"), ("[]", "not a porter.json"), ('{"schema": 1}', "not a porter.json")],
)
def test_a_broken_manifest_stops_the_writing(run: Run, text: str, message: str) -> None:
    Path("a.py").write_text(SAFE)
    Path("out").mkdir()
    Path("out/porter.json").write_text(text)
    result = run("migrate", "a.py", "--to", "torch", "-o", "out")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("out/a.py").exists()


def test_a_folder_belongs_to_one_direction(run: Run) -> None:
    Path("a.py").write_text(SAFE)
    run("migrate", "a.py", "--to", "torch", "-o", "out")
    result = run("migrate", "a.py", "--to", "keras", "-o", "out")
    assert result.exit_code == 2
    assert "belongs to a migration to torch" in result.stderr


def test_what_was_not_written_is_not_called_converted(run: Run) -> None:
    for name in ("a", "b"):
        Path(f"{name}.py").write_text(SAFE)
    Path("out").mkdir()
    Path("out/a.py").write_text("mine = 1\n")
    result = run("migrate", ".", "--to", "torch", "-o", "out")
    assert "2 files: 1 converted, 0 verified, 1 not run; 1 file failed" in result.stderr


def test_a_folder_that_cannot_be_written_is_told(run: Run) -> None:
    Path("a.py").write_text(SAFE)
    Path("out").write_text("a file")
    result = run("migrate", "a.py", "--to", "torch", "-o", "out")
    assert result.exit_code == 2
    assert "error: out/a.py: cannot be written" in result.stderr
    page = run("migrate", "a.py", "--to", "torch", "--report", "out/r.html")
    assert page.exit_code == 2
    assert "error: out/r.html: cannot be written" in page.stderr


def test_a_manifest_that_cannot_be_written_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _: bytes) -> None:
        raise SourceError(str(path), 0, 0, "cannot be written: disk full")

    Path("a.py").write_text(SAFE)
    Path("out").mkdir()
    Path("out/a.py").write_text(DONE)
    monkeypatch.setattr("porter.cli.targets.write_atomically", full)
    result = run("migrate", "a.py", "--to", "torch", "-o", "out")
    assert result.exit_code == 2
    assert "error: out/porter.json: cannot be written: disk full" in result.stderr


def test_one_file_is_written_and_its_siblings_are_named(run: Run) -> None:
    Path("a.py").write_text(f"import b\n{SAFE}")
    Path("b.py").write_text("")
    result = run("migrate", "a.py", "--to", "torch", "-o", "new/c.py")
    assert result.exit_code == 0
    assert Path("new/c.py").read_text() == f"import b\n{DONE}"
    assert "note: b.py is imported and was left alone" in result.stderr
    files = json.loads(Path("new/porter.json").read_text())["files"]
    assert [entry["target"] for entry in files] == ["c.py"]


def test_in_place_rewrites_and_records(run: Run) -> None:
    Path("a.py").write_text(SAFE)
    Path("b.py").write_text("x = 1\n")
    assert run("migrate", ".", "--to", "torch", "--in-place").exit_code == 0
    assert Path("a.py").read_text() == DONE
    once = Path("porter.json").read_bytes()
    assert [entry["target"] for entry in json.loads(once)["files"]] == ["a.py"]
    assert run("migrate", ".", "--to", "torch", "--in-place").exit_code == 0
    assert Path("porter.json").read_bytes() == once


def test_in_place_keeps_uncommitted_work(run: Run) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    Path("a.py").write_text(SAFE)
    result = run("migrate", "a.py", "--to", "torch", "--in-place")
    assert result.exit_code == 2
    assert "a.py: has uncommitted changes" in result.stderr
    assert Path("a.py").read_text() == SAFE


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_crash_names_the_file_and_the_others_go_on(run: Run, jobs: int) -> None:
    for name, text in {"a": "keras.crash\n", "b": SAFE, "c": "x = (\n"}.items():
        Path(f"{name}.py").write_text(text)
    result = run("migrate", ".", "--to", "torch", "-o", "out", "--jobs", jobs)
    assert result.exit_code == 2
    assert "a.py: porter crashed (ZeroDivisionError: by design at conftest.py" in result.stderr
    assert "c.py:1:5: not Python 3: '(' was never closed" in result.stderr
    assert "3 files: 1 converted, 0 verified, 1 not run; 2 files failed" in result.stderr
    assert sorted(path.name for path in Path("out").iterdir()) == ["b.py", "porter.json"]


def test_a_dying_worker_names_the_file_and_the_others_go_on(run: Run) -> None:
    for number in range(12):
        Path(f"f{number:02}.py").write_text("keras.die\n" if number == 3 else SAFE)
    result = run("migrate", ".", "--to", "torch", "--jobs", "2")
    assert result.exit_code == 2
    assert "f03.py: porter crashed (BrokenProcessPool" in result.stderr
    assert "12 files: 11 converted" in result.stderr


def test_output_that_does_not_compile_is_a_crash_not_a_result(run: Run) -> None:
    Path("a.py").write_text("keras.unparsable\n")
    result = run("migrate", "a.py", "--to", "torch", "--in-place")
    assert result.exit_code == 2
    assert "porter crashed (SourceError" in result.stderr
    assert Path("a.py").read_text() == "keras.unparsable\n"


def test_many_jobs_keep_the_order(run: Run) -> None:
    for number in range(20):
        Path(f"f{number:02}.py").write_text(SAFE)
    one = run("migrate", ".", "--to", "torch", "--jobs", "1")
    two = run("migrate", ".", "--to", "torch", "--jobs", "2")
    assert one.stdout == two.stdout
    assert one.stdout.count("+x = torch.safe()") == 20


def test_stdin_gives_code_or_a_diff(run: Run) -> None:
    code = run("migrate", "-", "--to", "torch", input=SAFE)
    assert (code.exit_code, code.stdout) == (0, DONE)
    diff = run("migrate", "-", "--to", "torch", "--diff", "--stdin-filename", "m.py", input=SAFE)
    assert diff.stdout.startswith("--- a/m.py\n+++ b/m.py\n")


def test_stdin_that_is_broken_comes_out_as_it_went_in(run: Run) -> None:
    result = run("migrate", "-", "--to", "torch", "--stdin-filename", "m.py", input="x = (\n")
    assert (result.exit_code, result.stdout) == (2, "x = (\n")
    assert "error: m.py:1:5: not Python 3" in result.stderr


def test_a_notebook_stays_a_notebook(run: Run) -> None:
    raw = '{"cells": [{"cell_type": "code", "source": ["%s\\n", "x = keras.%s()"]}], "nbformat": 4}'
    Path("a.ipynb").write_text(raw % ("!ls", "safe"))
    assert run("migrate", "a.ipynb", "--to", "torch", "-o", "out").exit_code == 0
    assert Path("out/a.ipynb").read_text() == (raw % ("!ls", "safe")).replace("keras", "torch")
    Path("a.ipynb").write_text(raw % ("!ls", "manual"))
    found = run("migrate", "a.ipynb", "--to", "torch")
    assert "a.ipynb:cell 1:2:5 word [manual]" in found.stderr


def test_the_page_shows_the_diff_and_what_is_left(run: Run) -> None:
    Path("a.py").write_text("x = keras.safe('<b>', keras.manual)\n")
    assert run("migrate", "a.py", "--to", "torch", "--report", "r.html").exit_code == 1
    page = Path("r.html").read_text()
    assert "1 converted, 0 verified, 1 not run" in page
    assert '<span class="add">+x = torch.safe(&#x27;&lt;b&gt;&#x27;, keras.manual)</span>' in page


WRONG = {
    "no-target": (["a.py"], "--to"),
    "missing": (["nowhere.py", "--to", "torch"], "does not exist"),
    "same-side": (["a.py", "--to", "torch", "--from", "torch"], "name the same side"),
    "two-ways": (["a.py", "--to", "torch", "-o", "o", "--in-place"], "exclude each other"),
    "diff-and-write": (["a.py", "--to", "torch", "-o", "o", "--diff"], "--diff goes with neither"),
    "many-into-one": (["a.py", "b.py", "--to", "torch", "-o", "o.py"], "takes one file, not 2"),
    "other-kind": (["a.py", "--to", "torch", "-o", "o.ipynb"], "does not end in .py"),
    "stdin-and-file": (["-", "a.py", "--to", "torch"], "goes with no other path"),
    "collision": (["a.py", "d/a.py", "--to", "torch", "-o", "o"], "would both be written"),
}


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_status_2(run: Run, words: list[str], message: str) -> None:
    Path("d").mkdir()
    for name in ("a.py", "b.py", "d/a.py"):
        Path(name).write_text(SAFE)
    result = run("migrate", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("o").exists()


@pytest.mark.parametrize("page", ["a.py", "./a.py", "out/a.py", "out/porter.json", "notes.html"])
def test_the_page_takes_no_file_that_people_need(run: Run, page: str) -> None:
    Path("a.py").write_text(SAFE)
    Path("notes.html").write_text("<p>mine</p>")
    before = Path("a.py").read_text()
    result = run("migrate", "a.py", "--to", "torch", "-o", "out", "--report", page)
    assert result.exit_code == 2
    assert f"--report {Path(page)}" in result.stderr
    assert Path("a.py").read_text() == before
    assert not Path("out").exists()
    assert Path("notes.html").read_text() == "<p>mine</p>"


def test_a_page_of_ours_is_written_again(run: Run) -> None:
    Path("a.py").write_text(SAFE)
    words = ("migrate", "a.py", "--to", "torch", "--report", "page.html")
    assert run(*words).exit_code == run(*words).exit_code == 0
    Path("page.html").write_text("<p>mine</p>")
    assert run(*words).exit_code == 2
    assert run(*words, "--force").exit_code == 0


def test_a_mark_alone_converts_nothing(run: Run) -> None:
    Path("a.py").write_text("x = keras.marked\n")
    result = run("migrate", "a.py", "--to", "torch")
    assert "+# porter: todo" in result.stdout
    assert "0 converted, 0 verified, 0 not run" in result.stderr
