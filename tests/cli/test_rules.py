import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from porter.rulebook import (
    Earned,
    Rule,
    load_rulebook,
    proof_key,
    read_proofs,
    write_proofs,
)
from porter.source import rules_dir
from porter.verify.prove import Proof

Run = Callable[..., Result]
Own = Callable[[str], object]
EXP = '[[rule]]\nid = "{}"\nkeras = "keras.ops.exp(x)"\ntorch = "torch.exp(input)"\n'


@pytest.fixture
def own(run: Run) -> Own:
    """Writes the rules of a user's own, `own/own.toml`."""
    Path("pyproject.toml").write_text('[tool.porter]\nrule-dirs = ["own"]\n')
    Path("own").mkdir()
    return Path("own/own.toml").write_text


def test_list_has_a_line_for_every_rule(run: Run) -> None:
    lines = run("rules", "list").stdout.splitlines()
    assert any(
        line.split()[:3] == ["conv2d", "keras.layers.Conv2D", "torch.nn.Conv2d"] for line in lines
    )


def test_list_is_plain_and_whole_where_nobody_looks(run: Run) -> None:
    listed = run("rules", "list").stdout
    assert "…" not in listed
    assert {len(line.split("\t")) for line in listed.splitlines()} == {5}


def test_show_says_both_signatures_and_the_weights(run: Run) -> None:
    shown = run("rules", "show", "conv2d").stdout
    assert "keras: keras.layers.Conv2D(filters, kernel_size, strides=1, " in shown
    assert "torch: torch.nn.Conv2d(in_channels, out_channels, " in shown
    assert "weight kernel = weight.permute(2, 3, 1, 0)" in shown


def test_show_says_what_differs_what_is_proven_and_an_example(run: Run) -> None:
    shown = run("rules", "show", "leaky-relu").stdout
    assert "differs: negative_slope is 0.2 by default in Keras, 0.01 in PyTorch\n" in shown
    assert "from keras: safe (12 safe; forward, gradient, training)\n" in shown
    assert "trap: leaky-relu-slope\n" in shown
    assert "see https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.leaky" in shown
    before, _, after = shown.partition("    return keras.activations.leaky_relu(x)\n  becomes:\n")
    assert before
    assert after.startswith("    def f(x):\n        return F.leaky_relu(x, negative_slope=0.2)\n")


def test_show_of_an_unknown_rule(run: Run) -> None:
    result = run("rules", "show", "nonsense")
    assert result.exit_code == 2
    assert "no rule 'nonsense'" in result.stderr


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("attention", "attention-layer"),
        ("keras.layers.Dense", "dense"),
        ("nn.Conv2d", "conv2d"),
        ("leaky_relu", "leaky-relu"),
        ("dens", "dense"),
    ],
)
def test_show_says_which_rules_may_be_meant(run: Run, word: str, meant: str) -> None:
    said = run("rules", "show", word).stderr
    assert f"no rule {word!r}; did you mean " in said
    assert meant in said.replace(",", " ").replace("?", " ").split()


def test_coverage_of_an_area_that_the_list_does_not_have(run: Run) -> None:
    Path("uses.csv").write_text("api,uses\ntf.exp,3\n")
    result = run("rules", "coverage", "uses.csv", "--area", "op")
    assert result.exit_code == 2
    assert "has no row with 'op' in a column area" in result.stderr


def test_a_users_rule_that_goes_first_is_told_once(run: Run, own: Own) -> None:
    own(EXP.format("own-exp") + 'args = { x = "input" }\n')
    said = run("rules", "show", "own-exp").stderr
    assert said.count("your rule own-exp (own.toml:2) goes before exp for keras.ops.exp") == 1


def test_a_rule_without_its_helper_is_an_error(run: Run, own: Own) -> None:
    own(EXP.format("own-exp") + 'from = "keras"\nhelper = "nohelper"\n')
    result = run("rules", "list")
    assert result.exit_code == 2
    assert "own.toml:2: " in result.stderr
    assert "helpers/torch/nohelper.py" in result.stderr


def test_a_malformed_rule_is_not_a_wrong_use_of_the_command(run: Run, own: Own) -> None:
    own('\n[[rulle]]\nid = "x"\n')
    result = run("rules", "list")
    assert result.exit_code == 2
    assert "own.toml:2: unknown table 'rulle'" in result.stderr
    assert "Usage" not in result.stderr


def test_a_users_rule_of_a_shipped_name_says_what_it_replaces(run: Run, own: Own) -> None:
    own(EXP.format("exp") + 'args = { x = "input" }\n')
    said = run("rules", "show", "exp").stderr
    assert "your rule exp (own.toml:2) replaces the shipped one (" in said
    assert ".toml:" in said.partition("replaces")[2]


def test_coverage_counts_names_and_uses(run: Run) -> None:
    Path("uses.csv").write_text("api,uses\ntf.keras.layers.Conv2D,3\nkeras.nonsense,4\n")
    result = run("rules", "coverage", "uses.csv")
    assert "known: 1 of 2 APIs, 3 of 7 (42.9%) uses\n" in result.stdout
    assert "convertible: 1 of 2 APIs, 3 of 7 (42.9%) uses\n" in result.stdout
    assert "without: keras.nonsense (4 uses)" in result.stdout


def test_coverage_knows_methods_by_their_name_and_dtypes(run: Run) -> None:
    rows = "api,uses\n.view(),5\n.nonsense(),1\ntorch.long,2\ntf.float32,1\n"
    Path("uses.csv").write_text(rows)
    result = run("rules", "coverage", "uses.csv")
    assert "convertible: 3 of 4 APIs, 8 of 9 (88.9%) uses\n" in result.stdout


def test_coverage_tells_what_is_translated_from_what_is_left_to_people(run: Run) -> None:
    Path("uses.csv").write_text("api,uses\n.fit(),3\ntf.compat.v1.Session,2\nkeras.Sequential,5\n")
    result = run("rules", "coverage", "uses.csv")
    assert "known: 3 of 3 APIs, 10 of 10 (100.0%) uses\n" in result.stdout
    assert "convertible: 1 of 3 APIs, 5 of 10 (50.0%) uses\n" in result.stdout


def test_coverage_is_said_area_by_area(run: Run) -> None:
    Path("uses.csv").write_text("api,area,uses\ntf.exp,op,3\ntf.nonsense,op,1\ntf.data,io,2\n")
    result = run("rules", "coverage", "uses.csv")
    op = "  op: known 3 of 4 (75.0%), convertible 3 of 4 (75.0%) uses\n"
    assert f"  io: known 2 of 2 (100.0%), convertible 0 of 2 (0.0%) uses\n{op}" in result.stdout
    only = run("rules", "coverage", "uses.csv", "--area", "io")
    assert "known: 1 of 1 APIs, 2 of 2 (100.0%) uses\n" in only.stdout
    assert "nonsense" not in only.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "needs the columns"),
        ("api,uses\na,x\n", "uses.csv:2: uses is to be a whole number, not 'x'"),
    ],
)
def test_a_broken_list(run: Run, text: str, message: str) -> None:
    Path("uses.csv").write_text(text)
    result = run("rules", "coverage", "uses.csv")
    assert result.exit_code == 2
    assert message in result.stderr


def test_prove_takes_up_only_what_has_changed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[str, str]] = []

    def prove_all(starts: list[tuple[Rule, str]], *options: object) -> Iterator[Proof]:
        taken[:] = [(rule.id, side) for rule, side in starts]
        return iter([Proof(rule.id, side, {"safe": 1}) for rule, side in starts])

    monkeypatch.setattr("porter.verify.prove.prove_all", prove_all)
    ids = ("dense", "elu-layer")
    prove = ("rules", "prove", *ids, "--changed", "--record", "proofs.json")
    first = run(*prove)
    assert sorted(taken) == [(i, side) for i in ids for side in ("keras", "torch")]
    assert "4/4 dense from torch: safe (1 safe)\n4 safe\n" in first.stdout
    assert "on record: " in first.stdout
    assert run("rules", "prove", "dense").stdout.endswith("2 safe\n")
    run(*prove)
    assert taken == []


def test_prove_fails_where_less_is_proven_than_is_on_record_unless_it_is_recorded(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def prove_all(
        starts: list[tuple[Rule, str]], cases: list[int], *options: object
    ) -> Iterator[Proof]:
        asked[:] = cases
        counts = {"safe": 1, "refused": 99}
        return iter([Proof(rule.id, s, counts, asked=20) for rule, s in starts])  # type: ignore[arg-type]

    monkeypatch.setattr("porter.verify.prove.prove_all", prove_all)
    recorded = read_proofs()["dense"]["keras"]
    result = run("rules", "prove", "dense")
    total = sum(recorded.counts.values())
    assert asked == [recorded.drawn, read_proofs()["dense"]["torch"].drawn]
    assert f"  narrowed: 1 of 100 calls, {total} of {total} recorded\n" in result.stdout
    assert "2 narrowed, 2 safe\n" in result.stdout
    assert result.exit_code == 1
    shutil.copy(rules_dir() / "proofs.json", "proofs.json")
    result = run("rules", "prove", "dense", "--record", "proofs.json")
    assert (result.exit_code, "2 narrowed" in result.stdout) == (0, True)
    assert run("rules", "prove", "dense").exit_code == 1
    assert "narrowed" not in run("rules", "prove", "dense", "--record", "proofs.json").stdout


def test_a_list_that_is_no_text_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "uses.csv"
    file.write_bytes(b"api,uses\n\xff\xfe,3\n")
    result = run("rules", "coverage", file)
    assert result.exit_code == 2
    assert f"{file} is not UTF-8" in result.output


@pytest.mark.parametrize(
    "text", ["{", "", "[]", "{}", "null", '{"abs": 3}', '{"format": 99}', '{"schema": 1}',
             '{"schema": 1, "rules": []}', '{"schema": 1, "rules": {"abs": {"keras": 3}}}'],
)  # fmt: skip
def test_a_record_that_is_none_is_named(run: Run, own: Own, text: str) -> None:
    own(EXP.format("own-exp"))
    Path("proofs.json").write_text(text)
    Path("own/proofs.json").write_text(text)
    result = run("rules", "list")
    assert (result.exit_code, "own/proofs.json is no record of proofs: " in result.stderr) == (
        2,
        True,
    )
    Path("own/proofs.json").unlink()
    result = run("rules", "prove", "exp", "--record", "proofs.json")
    assert (result.exit_code, "proofs.json is no record of proofs: " in result.stderr) == (2, True)
    assert "Usage" not in result.stderr


def test_what_a_users_rule_has_earned_is_read_beside_it(run: Run, own: Own) -> None:
    own(EXP.format("own-exp"))
    book = load_rulebook((Path("own").absolute(),))
    rule = book.by_id("own-exp")
    assert rule is not None
    earned = Earned(proof_key(book, rule), "safe", {"safe": 3})
    write_proofs(Path("own/proofs.json"), {"own-exp": {"keras": earned}})
    row = next(line for line in run("rules", "list").stdout.splitlines() if "own-exp" in line)
    assert row.split("\t")[3:] == ["safe", "not proven"]


def test_a_rule_is_not_taken_for_the_file_to_record_in(run: Run) -> None:
    result = run("rules", "prove", "--record", "dense")
    assert result.exit_code == 2
    assert "a record is a .json file, not dense" in result.stderr


@pytest.mark.parametrize(("ids", "status"), [(("dense",), 1), ((), 0)])
def test_prove_of_what_could_not_be_proven(
    run: Run, monkeypatch: pytest.MonkeyPatch, ids: tuple[str, ...], status: int
) -> None:
    def prove_all(starts: list[tuple[Rule, str]], *options: object) -> Iterator[Proof]:
        why = ("invalid: source: ValueError: no", "refused: todo: unknown")
        return iter([Proof("dense", "keras", {"invalid": 8, "refused": 2}, refusals=why)])

    monkeypatch.setattr("porter.verify.prove.prove_all", prove_all)
    result = run("rules", "prove", *ids)
    assert (
        "dense from keras: unproven (8 invalid, 2 refused)\n  invalid: source: V" in result.stdout
    )
    assert result.exit_code == status
