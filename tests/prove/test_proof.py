"""A proof that can fail: a right rule earns its keep, a wrong one is refuted by a small call."""

from __future__ import annotations

from pathlib import Path

from porter.rulebook import load_rulebook
from porter.verify.prove import prove_all

WRONG = """
[[rule]] # the slopes that are the defaults differ: this one forgets to write them
id = "leaky-relu-layer"
keras = "keras.layers.LeakyReLU(negative_slope=0.3, *, name: name = None)"
torch = "torch.nn.LeakyReLU(negative_slope=0.3, inplace=False)"
args = { negative_slope = "negative_slope" }
layout = "follow"
shape = "input.shape"
draw = { negative_slope = "0.0..0.9" }
"""


def test_a_right_rule_and_a_wrong_one(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(WRONG, encoding="utf-8")
    dirs = (tmp_path,)
    book = load_rulebook(dirs)
    assert book.replaced == ("leaky-relu-layer",)
    rules = [rule for rule in book if rule.id in ("leaky-relu-layer", "elu-layer")]
    proofs = {(p.rule, p.side): p for p in prove_all(rules, 6, rule_dirs=dirs)}
    for side in ("keras", "torch"):
        assert proofs["elu-layer", side].earned == "safe"
        wrong = proofs["leaky-relu-layer", side]
        assert wrong.earned == "failed"
        assert wrong.refuted is not None
        assert "LeakyReLU()" in wrong.refuted.source
        assert "differs" in wrong.refuted.reason
