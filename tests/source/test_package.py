from pathlib import Path

from porter.source import local_modules, package_root, walk


def tree(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(paths: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def test_the_root_is_the_first_parent_without_init(tmp_path: Path) -> None:
    tree(tmp_path, {"src/a/__init__.py": "", "src/a/b/__init__.py": "", "src/a/b/c.py": ""})
    assert package_root(tmp_path / "src/a/b/c.py") == tmp_path / "src"
    assert package_root(tmp_path / "src/x.py") == tmp_path / "src"


def test_a_file_of_a_frameworks_source_stands_alone(tmp_path: Path) -> None:
    """What it imports is the framework, which is installed, and not to be migrated."""
    files = ["keras/__init__.py", "keras/nets/__init__.py", "keras/nets/a.py", "keras/layers.py"]
    tree(tmp_path, dict.fromkeys(files, "from keras import layers\n"))
    assert package_root(tmp_path / "keras/nets/a.py") == tmp_path / "keras/nets"
    assert local_modules([tmp_path / "keras/nets/a.py"]) == []


def test_walk_is_sorted_and_skips_what_is_not_the_users(tmp_path: Path) -> None:
    kept = ["a.py", "b/a.py", "b/n.ipynb", "c.py"]
    left = [".git/x.py", ".venv/x.py", "__pycache__/x.py", ".h/x.py", "e/pyvenv.cfg", "e/x.py"]
    tree(tmp_path, dict.fromkeys([*reversed(kept), *left, "b/x.txt"], ""))
    (tmp_path / "loop").symlink_to(tmp_path)
    assert names(list(walk(tmp_path)), tmp_path) == kept


def test_local_imports_are_followed_through_cycles(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/main.py": "import os, keras\nfrom pkg.a import f\nfrom . import b\n",
            "pkg/a.py": "from pkg import main\nimport pkg.sub.c as c\n",
            "pkg/b.py": "def f():\n    from .sub import d\n",
            "pkg/sub/__init__.py": "from ..broken import x\n",
            "pkg/sub/c.py": "from ..main import *\n",
            "pkg/sub/d.py": "",
            "pkg/broken.py": "x = (\n",
            "pkg/unused.py": "",
        },
    )
    assert names(local_modules([tmp_path / "pkg/main.py"]), tmp_path) == [
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/b.py",
        "pkg/broken.py",
        "pkg/sub/__init__.py",
        "pkg/sub/c.py",
        "pkg/sub/d.py",
    ]


def test_a_script_finds_its_siblings_and_folders_without_init(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {"main.py": "import helper\nfrom lib.x import y\n", "helper.py": "", "lib/x.py": ""},
    )
    assert names(local_modules([tmp_path / "main.py"]), tmp_path) == ["helper.py", "lib/x.py"]


def test_the_packages_around_a_file_come_with_it(tmp_path: Path) -> None:
    files = ["pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/main.py"]
    tree(tmp_path, dict.fromkeys(files, ""))
    assert names(local_modules([tmp_path / "pkg/sub/main.py"]), tmp_path) == files[:2]
