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


class Quiet:
    """A source that is not run."""

    def __init__(self, worker: object, side: object, seed: int) -> None:
        self.seed = seed

    def finish(self) -> None:
        pass


def drawn_again(
    monkeypatch: pytest.MonkeyPatch, *results: Verification
) -> tuple[str | None, list[int]]:
    """The verdict of other draws, and which they were."""
    seeds: list[int] = []

    def compare(reference: Quiet, *_: object, **__: object) -> Verification:
        seeds.append(reference.seed)
        return results[min(len(seeds), len(results)) - 1]

    monkeypatch.setattr(run, "Reference", Quiet)
    monkeypatch.setattr(run, "_sides", lambda case, path: (None, None))
    monkeypatch.setattr(run, "compare_target", compare)
    found = run._drawn_again(CASE, CASE.source, (None, None), None)  # type: ignore[arg-type]
    return found and found.status, seeds


KINK = verdict("different", forward=CLOSE, gradient=OFF)
GOOD = verdict("equal", forward=CLOSE, gradient=CLOSE)


def test_other_arrays_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn_again(monkeypatch, KINK, GOOD) == ("equal", [1000, 2000])


def test_what_differs_at_every_draw_is_no_more_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = [1000 * again for again in range(1, run.DRAWS)]
    assert drawn_again(monkeypatch, KINK) == (None, seeds)


def test_a_difference_is_not_drawn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = verdict("different", forward=WRONG, gradient=WRONG)
    assert drawn_again(monkeypatch, KINK, wrong) == ("different", [1000, 2000])
