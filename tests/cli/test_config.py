from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

RULE = """
[[rule]]
id = "mine"
keras = "mylib.layers.Mine(x)"
torch = "mylib.torch.Mine(x)"
args = { x = "x" }
"""


def test_rules_of_the_user_are_found_from_a_folder_below(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("pyproject.toml").write_text("[tool.porter]\nrule-dirs = ['my-rules']\n")
    Path("my-rules").mkdir()
    Path("my-rules/a.toml").write_text(RULE)
    Path("below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    result = run("rules", "show", "mine")
    assert result.stdout.startswith("mine (a.toml:")


SHIPPED = """
[[rule]]
id = "{}"
keras = "keras.layers.Softmax(axis=-1)"
torch = "torch.nn.Softmax(dim=None)"
args = {{ axis = "dim" }}
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dense", "note: your rule dense (a.toml:3) replaces the shipped one (layers.toml:"),
        ("mine", "note: your rule mine (a.toml:3) goes before "),
    ],
)
@pytest.mark.parametrize("command", [["migrate", "a.py", "--to", "torch"], ["check", "a.py"]])
def test_a_rule_that_takes_the_place_of_a_shipped_one_is_told(
    run: Run, command: list[str], name: str, said: str
) -> None:
    Path("a.py").write_text("")
    Path("pyproject.toml").write_text("[tool.porter]\nrule-dirs = ['my-rules']\n")
    Path("my-rules").mkdir()
    Path("my-rules/a.toml").write_text(SHIPPED.format(name))
    result = run(*command)
    assert result.exit_code == 0
    assert said in result.stderr


WRONG = {
    "toml": ("[tool.porter", "pyproject.toml"),
    "type": ("[tool.porter]\nrule-dirs = 'x'\n", "must be a list"),
    "no-table": ("tool = 3\n", "tool must be a table"),
    "no-table-of-porter": ("[tool]\nporter = 3\n", "tool.porter must be a table"),
    "unknown-key": ("[tool.porter]\nlayuot = 'native'\n", "layuot is not known"),
    "unknown-key-of-a-type": ("[tool.porter]\nlayout = 3\n", "layout is not known"),
    "missing": ("[tool.porter]\nrule-dirs = ['x']\n", "no folder"),
    "broken-rule": ("[tool.porter]\nrule-dirs = ['bad']\n", "a.toml"),
}


@pytest.mark.parametrize("command", [["rules", "list"], ["check", "a.py"]])
@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_configuration_is_wrong_use(
    run: Run, text: str, message: str, command: list[str]
) -> None:
    Path("a.py").write_text("")
    Path("pyproject.toml").write_text(text)
    Path("bad").mkdir()
    Path("bad/a.toml").write_text("[[rule]]\nid = 1\n")
    result = run(*command)
    assert result.exit_code == 2
    assert message in result.stderr
