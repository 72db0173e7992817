"""Reading rule files: what is wrong is said with file, line and rule; twins are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.rulebook import FUNCTIONS, RuleError, load_rulebook
from porter.source import rules_dir

from .conftest import Load

DENSE = """
[[rule]]
id = "dense"
keras = "keras.layers.Dense(units, use_bias=True)"
torch = "torch.nn.Linear(out_features, bias=True)"
args = { units = "out_features", use_bias = "bias" }
"""


@pytest.mark.parametrize(
    ("text", "line", "rule", "message"),
    [
        pytest.param("x = ", 1, "", "Invalid value", id="malformed-toml"),
        pytest.param("a = 1\nb = [1,\n", 2, "", "", id="malformed-toml-further-down"),
        pytest.param("[[rule]]\nkeras = 'a.b(x)'\n", 1, "", "a rule needs an id", id="no-id"),
        pytest.param(DENSE + "argz = 1\n", 3, "dense", "unknown key 'argz'", id="unknown-key"),
        pytest.param(
            DENSE + "[[rule.case]]\nwhenn = 'x'\n", 3, "dense", "unknown key 'whenn'",
            id="unknown-key-in-a-case",
        ),
        pytest.param(
            DENSE.replace("units = ", "unit = "), 3, "dense", "no argument 'unit'",
            id="unknown-argument",
        ),
        pytest.param(
            DENSE.replace('"bias"', '"biass"'), 3, "dense", "no argument 'biass'",
            id="unknown-argument-of-the-other-side",
        ),
        pytest.param(
            DENSE + "fixed.torch = { padding = '0' }\n", 3, "dense", "no argument 'padding'",
            id="unknown-fixed",
        ),
        pytest.param(
            DENSE + "weights = { kernel = 'weight.sum()' }\n", 3, "dense", "algebra",
            id="bad-weights",
        ),
        pytest.param(
            DENSE + "when.keras = 'open(units)'\n", 3, "dense", "not a rule function",
            id="outside-the-grammar",
        ),
        pytest.param(
            DENSE + "from = 'keras'\nhelper = 'nohelper'\n", 3, "dense",
            "helper: there is no helpers/torch/nohelper.py", id="no-helper",
        ),
        pytest.param(DENSE + DENSE, 9, "dense", "also defined in", id="duplicate-id"),
        pytest.param(
            DENSE + "layout = 'chanels'\n", 3, "dense", "none of source, follow, channels",
            id="unknown-layout",
        ),
        pytest.param("[[rule]]\nid = 'x'\n", 2, "x", "needs a signature", id="no-signature"),
        pytest.param(
            DENSE + "draw = { unit = '3' }\n", 3, "dense", "draw: 'unit' is no parameter",
            id="misspelt-draw",
        ),
        pytest.param(
            DENSE + "draw.torch = { shapd = 'yes' }\n", 3, "dense", "draw: 'shapd' is no parameter",
            id="misspelt-draw-of-a-side",
        ),
        pytest.param(
            DENSE + "draw = { units = 3 }\n", 3, "dense", "draw: units must be a text",
            id="number-for-a-draw",
        ),
        pytest.param(
            "[[rule]]\nid = 'x'\nkeras = 'a.b(x: tensor)'\ntorch = 'c.d(input: tensor)'\n"
            "draw = { x = ['float[2]', 'floaty[2, 3]'] }\n", 2, "x",
            "draw: 'floaty[2, 3]' is not a tensor", id="draw-of-no-tensor",
        ),
        pytest.param(
            DENSE + "[[rulle]]\nid = 'y'\n", 7, "", "unknown table 'rulle'", id="unknown-table",
        ),
        pytest.param("ruless.x = 1\n", 1, "", "unknown table 'ruless'", id="unknown-table-inline"),
        pytest.param(
            "[[rule]]\nid = 'x'\nkeras = 'a.b(x)'\n", 2, "x", "a rule needs 'torch' too",
            id="no-other-side",
        ),
        pytest.param("rule = 'x'\n", 1, "", "no list of tables", id="no-table"),
        pytest.param(
            "[[rule]]\nid = 'x'\nkeras = 'a.b(x)'\nargs = 5\n", 2, "x", "args must be a table",
            id="number-for-a-table",
        ),
        pytest.param(
            "[[rule]]\nid = 'x'\nkeras = ['a']\n", 2, "x", "keras must be a text",
            id="list-for-a-text",
        ),
        pytest.param(
            "[[rule]]\nid = 'x'\nkeras = 'a.b(x)'\nforeach = [3]\n", 2, "x",
            "foreach must be a list of tables", id="numbers-for-tables",
        ),
        pytest.param("[[rule]]\nid = 3\nkeras = 'a.b(x)'\n", 1, "", "id must be a text", id="id"),
    ],
)  # fmt: skip
def test_errors_name_the_place(load: Load, text: str, line: int, rule: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        load(text)
    assert caught.value.path.endswith("first.toml")
    assert (caught.value.line, caught.value.rule) == (line, rule)
    assert message in caught.value.message
    assert str(caught.value).startswith(f"{caught.value.path}:{line}:")


def test_not_utf8(load: Load, tmp_path: Path) -> None:
    (tmp_path / "rules" / "a.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(RuleError, match="not UTF-8"):
        load(DENSE)


def _pool(rule_id: str, condition: str) -> str:
    return f"""
[[rule]]
id = "{rule_id}"
keras = "keras.layers.Pool(size, rank, same=False)"
torch = "torch.nn.Pool{rule_id}(size)"
args = {{ size = "size" }}
from = "keras"
{condition}
"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("", "", id="no-conditions"),
        pytest.param("when.keras = 'rank == 2'", "when.keras = 'rank == 2'", id="the-same"),
        pytest.param("when.keras = 'rank == 2'", "when.keras = 'size == 1'", id="both-can-hold"),
        pytest.param("when.keras = 'rank > 2'", "when.keras = 'rank in (3, 4)'", id="overlap"),
    ],
)
def test_twins_are_refused(load: Load, one: str, other: str) -> None:
    with pytest.raises(RuleError, match=r"keras.layers.Pool has a case that rule 'A' .* has too"):
        load(_pool("A", one) + _pool("B", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("when.keras = 'rank == 2'", "when.keras = 'rank == 3'", id="equal"),
        pytest.param("when.keras = 'rank in (2, 3)'", "when.keras = 'rank == 4'", id="member"),
        pytest.param("when.keras = 'rank <= 2'", "when.keras = 'rank > 2'", id="order"),
        pytest.param("when.keras = 'same'", "when.keras = 'not same'", id="negation"),
        pytest.param("fixed.keras = { same = 'True' }", "when.keras = 'not same'", id="fixed"),
        pytest.param("when.keras = 'size is None'", "when.keras = 'size is not None'", id="none"),
    ],
)
def test_rules_that_exclude_each_other_are_welcome(load: Load, one: str, other: str) -> None:
    book = load(_pool("A", one) + _pool("B", other))
    assert [rule.id for rule in book.find("keras.layers.Pool", "keras")] == ["A", "B"]


def test_the_more_specific_rule_is_tried_first(load: Load) -> None:
    special = "when.keras = 'rank == 2 and same'"
    book = load(_pool("A", "when.keras = 'rank == 2'") + _pool("B", special))
    assert [rule.id for rule in book.find("keras.layers.Pool", "keras")] == ["B", "A"]


def test_a_rule_is_found_only_where_it_starts(load: Load) -> None:
    book = load(DENSE + "from = 'torch'\n")
    assert book.find("torch.nn.Linear", "torch")
    assert not book.find("keras.layers.Dense", "keras")


def test_a_users_rule_goes_first_and_is_reported(load: Load) -> None:
    mine = DENSE.replace('"dense"', '"my-dense"').replace("torch.nn.Linear", "my.Linear")
    book = load(DENSE, users=mine)
    assert [r.id for r in book.find("keras.layers.Dense", "keras")] == ["my-dense", "dense"]
    [(api, user, shipped)] = book.overrides
    assert (api, user.id, shipped.id) == ("keras.layers.Dense", "my-dense", "dense")


def test_rows_of_one_table_share_what_they_draw(load: Load) -> None:
    rows = "foreach = [{ n = 'x', p = 'alpha' }, { n = 'y', p = 'beta' }]\n"
    text = "keras = 'k.{n}(x, {p}=1)'\ntorch = 't.{n}(input, {p}=1)'\ndraw = { alpha = '1..3' }\n"
    assert len(load("[[rule]]\nid = '{n}'\n" + rows + text)) == 2


def test_a_users_rule_of_the_same_id_takes_its_place(load: Load) -> None:
    book = load(DENSE, users=DENSE.replace("torch.nn.Linear", "my.Linear"))
    [rule] = book.find("keras.layers.Dense", "keras")
    assert rule.signatures["torch"].api == "my.Linear"
    [(rule_id, place)] = book.replaced.items()
    assert rule_id == "dense"
    assert place.endswith(".toml:3")


def test_names_have_one_form(load: Load) -> None:
    book = load(
        '[renamed]\n"tf." = "tensorflow."\n"tensorflow.math." = "tensorflow."\n'
        '[[rule]]\nid = "log"\nkeras = "tensorflow.math.log(x)"\ntorch = "torch.log(input)"\n'
    )
    assert book.canonical("tf.math.log") == "tensorflow.log"
    [rule] = book.find("tensorflow.log", "keras")
    assert rule.spelled == {"tensorflow.log": "tensorflow.math.log"}


def test_foreach_writes_a_rule_a_row(load: Load) -> None:
    text = DENSE.replace('id = "dense"', 'id = "dense-{n}"\nforeach = [{ n = "1" }, { n = "2" }]')
    book = load(
        text.replace("keras.layers.Dense", "keras.layers.Dense{n}").replace("Linear", "L{n}")
    )
    assert [rule.id for rule in book] == ["dense-1", "dense-2"]


def test_a_case_adds_to_what_the_rule_says(load: Load) -> None:
    book = load(
        DENSE + "set.torch = { bias = 'True' }\n[[rule.case]]\nset.torch = { out_features = '7' }\n"
    )
    case = book.find("keras.layers.Dense", "keras")[0].cases[0]
    assert set(case.torch.set) == {"bias", "out_features"}


def test_a_warm_cache_gives_what_a_cold_one_gave(load: Load, tmp_path: Path) -> None:
    cold = load(DENSE)
    load_rulebook.cache_clear()
    warm = load_rulebook((), tmp_path / "cache")
    assert warm is not cold
    assert list(warm) == list(cold)
    assert warm.index == cold.index


@pytest.mark.parametrize("torn", [b"{", b"[1]\n", b"{}\n{}", None])
def test_a_cache_that_is_not_whole_is_written_anew(
    load: Load, tmp_path: Path, torn: bytes | None
) -> None:
    cold = load(DENSE)
    [place] = (tmp_path / "cache").iterdir()
    whole = place.read_bytes()
    place.write_bytes(whole[:-9] if torn is None else torn)
    load_rulebook.cache_clear()
    assert list(load_rulebook((), tmp_path / "cache")) == list(cold)
    assert place.read_bytes() == whole


def test_a_cache_keeps_the_last_few(load: Load, tmp_path: Path) -> None:
    for size in range(12):
        book = load(DENSE.replace("use_bias=True", f"use_bias={size}"))
    assert len(list((tmp_path / "cache").iterdir())) == 8
    load_rulebook.cache_clear()
    assert list(load_rulebook((), tmp_path / "cache")) == list(book)


def test_another_rule_is_another_cache_entry(load: Load, tmp_path: Path) -> None:
    load(DENSE)
    load(DENSE.replace("use_bias=True", "use_bias=False"))
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_every_function_is_for_more_than_nothing() -> None:
    """A hook that no rule calls is dead; what an expression can say needs none."""
    rules = "".join(path.read_text(encoding="utf-8") for path in rules_dir().glob("*.toml"))
    assert [name for name in FUNCTIONS if f"{name}(" not in rules] == []
