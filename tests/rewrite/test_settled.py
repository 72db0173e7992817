"""A file that an earlier run marked is for people now."""

from porter.rewrite import migrate_source

LEFT = """\
from tensorflow import keras
from keras import layers

model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
model.fit(x, y)
"""


def test_a_marked_file_stays_as_it_is() -> None:
    first = migrate_source(LEFT, to="torch")
    assert "# porter: todo[.fit()]" in first.code
    second = migrate_source(first.code, to="torch")
    assert second.code == first.code
    (mark,) = second.findings
    assert (mark.kind, mark.rule) == ("todo", ".fit()")
    assert "todo[.fit()]" in first.code.splitlines()[mark.line - 1]


def test_a_mark_in_a_string_is_none() -> None:
    text = LEFT.replace("model.fit(x, y)", 'print("# porter: todo[.fit()] not translated yet")')
    assert "nn.Linear(4, 3)" in migrate_source(text, to="torch").code


def test_marks_of_a_migration_the_other_way_do_not_settle_a_file() -> None:
    text = LEFT.replace("model.fit(x, y)", "# porter: todo[torch.jit.script] no rule\n")
    assert "nn.Linear(4, 3)" in migrate_source(text, to="torch").code
    assert migrate_source(text + "import torch\n", to="keras").code == text + "import torch\n"
