"""What rules say of parameters and defaults is what the installed frameworks say of them."""

from __future__ import annotations

import pytest

from porter.rulebook import load_rulebook
from porter.verify import Drift, signature_drift

# What Keras 2 had at some time and tf_keras no longer shows, and methods of variables.
OLDER = {
    "keras.applications.imagenet_utils.correct_pad",
    "keras.backend.log_softmax",
    "keras.backend.logsumexp",
    "keras.layers.convolutional_recurrent.ConvLSTM2D",
    "tensorflow.Tensor.assign",
    "tensorflow.Tensor.assign_add",
    "tensorflow.Tensor.assign_sub",
    "tensorflow.Tensor.numpy",
    "torch.nn.init.ones",
    "torch.nn.init.trunc_normal",
    "torch.nn.init.zeros",
}


@pytest.fixture(scope="module")
def shipped() -> dict[str, list[Drift]]:
    found: dict[str, list[Drift]] = {}
    for drift in signature_drift(load_rulebook()):
        found.setdefault(drift.standing, []).append(drift)
    return found


def test_no_signature_of_a_rule_has_drifted(shipped: dict[str, list[Drift]]) -> None:
    assert [(d.rule, d.api, d.problems) for d in shipped.get("drifted", [])] == []


def test_every_name_is_there_but_older_ones(shipped: dict[str, list[Drift]]) -> None:
    assert {drift.api for drift in shipped["not there"]} <= OLDER


def test_nearly_every_signature_can_be_compared(shipped: dict[str, list[Drift]]) -> None:
    assert len(shipped["not told"]) < 20 < 1000 < len(shipped["agrees"])


def test_a_parameter_that_no_rule_knows_is_told(shipped: dict[str, list[Drift]]) -> None:
    (linspace,) = (d for d in shipped["agrees"] if d.api == "keras.ops.linspace")
    assert "endpoint" in linspace.unlisted


WRONG = {
    "keras": {
        "keras.ops.cumsum(x, axes=None)": "it has no parameter axes",
        "keras.ops.cumprod(x, dtype=None, axis=None)": "by position it takes x, axis",
        "keras.layers.ELU(alpha=0.5)": "alpha is 1.0 by default",
        "tensorflow.nn.silu(features, name=None)": "by position it takes features, beta",
    },
    "torch": {
        "torch.argsort(input, dim=-1, descending=True)": "descending is False by default",
        "torch.sort(input, dim=-1, descending=False, stable=False)": "stable is taken by name only",
        "torch.linalg.norm(A, p=None)": "it has no parameter p",
        "torch.Tensor.sum(self, keepdim=False)": "by position it takes dim, keepdim",
        "torch.nn.LSTM(hidden_size, input_size)": "by position it takes input_size, hidden_size",
        "torch.nn.functional.one_hot(tensor, num_classes)": "num_classes has a default",
        "torch.mean(input, dim=None, keepdim=True)": "keepdim is False by default",
        "torch.nn.functional.max_pool2d(input, kernel_size=2)": "kernel_size is required",
    },
}


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Drift]:
    folder = tmp_path_factory.mktemp("rules")
    rules = [
        f"[[rule]]\nid = 'wrong-{side}-{n}'\n{side} = '{text}'\nmanual = 'no'\n"
        for side, texts in WRONG.items()
        for n, text in enumerate(texts)
    ]
    (folder / "wrong.toml").write_text("\n".join(rules))
    book = load_rulebook((folder,))
    return {d.api: d for d in signature_drift(r for r in book if r.id.startswith("wrong-"))}


@pytest.mark.parametrize(
    ("text", "problem"), [pair for texts in WRONG.values() for pair in texts.items()]
)
def test_a_wrong_signature_is_seen(wrong: dict[str, Drift], text: str, problem: str) -> None:
    drift = wrong[text.partition("(")[0]]
    assert drift.standing == "drifted"
    assert problem in "; ".join(drift.problems)
