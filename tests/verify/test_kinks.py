"""Arrays that fall on the kink of an activation are drawn again; nothing else is."""

from pathlib import Path

import pytest

from porter.verify import Case, Verification, run
from porter.verify.result import Comparison

CLOSE, OFF = Comparison(True, 1e-6, 1e-14), Comparison(False, 1e-2, 1e-14)
WRONG = Comparison(False, 1e-2, 1e-2)
CASE = Case("net", Path("a.py"), Path("b.py"), "model", ())


def verdict(status: str, **phases: Comparison) -> Verification:
    return Verification("net", status, **phases)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (verdict("different", forward=CLOSE, gradient=OFF, training=OFF), True),
        (verdict("different", forward=CLOSE, gradient=CLOSE, training=OFF), True),
        (verdict("different", forward=CLOSE, gradient=WRONG, training=OFF), False),
        (verdict("different", forward=OFF, gradient=OFF), False),
        (verdict("different", forward=CLOSE, gradient=Comparison(False, 1e-2)), False),
        (verdict("equal", forward=CLOSE, gradient=CLOSE), False),
        (verdict("error"), False),
    ],
)
def test_only_float32_gradients_fall_on_a_kink(result: Verification, expected: bool) -> None:
    assert run.on_a_kink(result) == expected


def verified(monkeypatch: pytest.MonkeyPatch, *results: Verification) -> tuple[str, list[int]]:
    seeds: list[int] = []

    def draw(case: Case, path: Path) -> Verification:
        seeds.append(case.seed)
        return results[len(seeds) - 1]

    monkeypatch.setattr(run, "_verified", draw)
    return run.verify_case(CASE).status, seeds


def test_other_arrays_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    kink = verdict("different", forward=CLOSE, gradient=OFF)
    good = verdict("equal", forward=CLOSE, gradient=CLOSE)
    assert verified(monkeypatch, kink, kink, good) == ("equal", [0, 1000, 2000])


def test_what_differs_at_every_draw_is_different(monkeypatch: pytest.MonkeyPatch) -> None:
    kink = verdict("different", forward=CLOSE, gradient=OFF)
    assert verified(monkeypatch, *[kink] * 4) == ("different", [0, 1000, 2000, 3000])


def test_a_difference_is_not_drawn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = verdict("different", forward=WRONG, gradient=WRONG)
    assert verified(monkeypatch, wrong) == ("different", [0])
