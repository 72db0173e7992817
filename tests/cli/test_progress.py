from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_a_terminal_is_shown_which_file_is_next_and_results_stay_the_same(run: Run) -> None:
    for number in range(6):
        Path(f"f{number}.py").write_text("x = keras.safe()\n")
    plain = run("migrate", ".", "--to", "torch")
    shown = run("migrate", ".", "--to", "torch", env={"FORCE_COLOR": "1"})
    assert shown.stdout == plain.stdout
    assert "f0.py" in shown.stderr
    assert "f0.py" not in plain.stderr
