"""Optimisers are proven by the way they take; one that goes elsewhere is refuted."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.rulebook import load_rulebook
from porter.verify.prove import prove_all
from porter.verify.prove.way import bound

SIGNATURES = """
kind = "optimizer"
infer = { params = "parameters" }
"""
BETAS = 'draw = { learning_rate = ["0.1"], beta_1 = ["0.9"], beta_2 = ["0.999"] }\n'
CHANGED = {
    # Keras's correction for bias takes 0.96 to the power of the step.
    "momentum-decay-forgotten": (
        "nadam",
        BETAS
        + """
keras = "keras.optimizers.Nadam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07)"
torch = "torch.optim.NAdam(params, lr=0.002, betas=(0.9, 0.999), eps=1e-08, momentum_decay=0.004)"
args = { learning_rate = "lr", beta_1 = "betas[0]", beta_2 = "betas[1]", epsilon = "eps" }
fixed.torch = { momentum_decay = "0.004" }
""",
    ),
    "no-bound": (
        "rmsprop",
        """
keras = "keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-07)"
torch = "torch.optim.RMSprop(params, lr=0.01, alpha=0.99, eps=1e-08)"
args = { learning_rate = "lr", rho = "alpha", epsilon = "eps" }
draw = { learning_rate = ["0.1"] }
""",
    ),
    "beyond-the-bound": (
        "adam",
        BETAS
        + """
keras = "keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07)"
torch = "torch.optim.Adam(params, lr=0.001, betas=(0.9, 0.999), eps=1e-08)"
args = { learning_rate = "lr", beta_1 = "betas[0]", beta_2 = "betas[1]", epsilon = "eps" }
bound.keras = "epsilon * 1e-3 / gradient"
bound.torch = "eps * 1e-3 / gradient"
""",
    ),
}


@pytest.fixture(scope="module")
def dirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("rules")
    for name, (rule_id, text) in CHANGED.items():
        rule = f'[[rule]]\nid = "{rule_id}"{SIGNATURES}{text}'
        (folder / f"{name}.toml").write_text(rule, encoding="utf-8")
    return (folder,)


def test_an_optimiser_that_goes_another_way_is_refuted(dirs: tuple[Path, ...]) -> None:
    book = load_rulebook(dirs)
    rules = [book.by_id(rule_id) for rule_id in (*dict(CHANGED.values()), "sgd")]
    starts = [(rule, side) for rule in rules if rule for side in ("keras", "torch")]
    proofs = {(p.rule, p.side): p for p in prove_all(starts, 3, rule_dirs=dirs)}  # type: ignore[arg-type]
    for rule_id in dict(CHANGED.values()):
        for side in ("keras", "torch"):
            proof = proofs[rule_id, side]  # type: ignore[index]
            assert proof.earned == "failed", (rule_id, side)
            assert proof.refuted is not None
            assert "apart by" in proof.refuted.reason
    assert proofs["sgd", "torch"].earned == "safe"
    assert proofs["sgd", "torch"].phases == ("steps",)


def test_a_bound_is_worked_out_from_the_arguments() -> None:
    adam = load_rulebook().by_id("adam")
    assert adam is not None
    share = bound(adam, "torch", "torch.optim.Adam", {"eps": 1e-8, "betas": (0.9, 0.99)}, 0.5)
    assert share == pytest.approx(1e-8 / (0.1 * 0.5))
    sgd = load_rulebook().by_id("sgd")
    assert sgd is not None
    assert bound(sgd, "torch", "torch.optim.SGD", {}, 0.5) is None
