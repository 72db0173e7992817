"""`self.model.compile(…)`: an optimiser and a loss of its own."""

import pytest

from tests.rewrite.migrating import left, migrated, on_one_line, torch_of

GAN = """\
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam


class Gan:
    def __init__(self):
        {before}
        self.critic = self.build()
        {compile}

    def build(self):
        return Sequential([Dense(3, input_shape=(4,))])
"""
ADAM = "self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), {}eps=1e-07)"


def gan(compile: str, before: str = "self.size = 4") -> str:
    return GAN.format(compile=compile, before=before)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("self.critic.compile('adam')", [ADAM.format("")]),
        ("self.critic.compile(optimizer=Adam(0.01))", [ADAM.format("lr=0.01, ")]),
        (
            "self.critic.compile(loss='mse', optimizer='adam')",
            [ADAM.format(""), "self.critic_loss = MeanSquaredError()"],
        ),
        (
            "self.critic.compile('adam', ['mse', 'mae'])",
            [ADAM.format(""), "self.critic_loss = [MeanSquaredError(), MeanAbsoluteError()]"],
        ),
        (
            "self.critic.compile('adam', loss=self.distance)",
            [ADAM.format(""), "self.critic_loss = self.distance"],
        ),
    ],
)
def test_changes(text: str, lines: list[str]) -> None:
    code = torch_of(gan(text))
    assert ".compile(" not in code
    assert "\n".join(f"        {line}" for line in lines) in code


def test_an_optimiser_that_comes_before_its_models() -> None:
    two = "self.critic.compile('mse', opt)\n        self.other = self.build()\n        "
    two = two.replace("'mse', opt", "opt, 'mse'") + "self.other.compile(optimizer=opt)"
    result = migrated(gan(two, "opt = Adam(0.01, 0.5)"), "torch")
    assert "opt = " not in result.code
    assert ADAM.format("lr=0.01, betas=(0.5, 0.999), ") in on_one_line(result.code)
    other = ADAM.format("lr=0.01, betas=(0.5, 0.999), ").replace("critic", "other")
    assert other in on_one_line(result.code)
    assert any("counts the steps" in f.message for f in result.findings)
    assert not left(result)


def test_metrics_are_said() -> None:
    result = migrated(gan("self.critic.compile('adam', 'mse', metrics=['accuracy'])"), "torch")
    (note,) = [f for f in result.findings if "metrics=['accuracy']" in f.message]
    assert (note.kind, note.line) == ("note", 10)


@pytest.mark.parametrize(
    "text",
    [
        "self.critic.compile('adam', 'mse', loss_weights=[1.0])",
        "self.critic.compile('adam', {'a': 'mse'})",
        "self.critic.compile('adam', 'no_such_loss')",
        "self.critic.compile('adam', 'mse', ['accuracy'])",
        "self.critic.compile(opt, 'mse')",
        "self.critic_loss = 3; self.critic.compile('adam', 'mse')",
        "self.critic_loss = 3\n        self.critic.compile('adam', 'mse')",
    ],
)
def test_noop(text: str) -> None:
    result = migrated(gan(text, "opt = make(4)"), "torch")
    assert text.rpartition("\n")[2].strip() in result.code
    assert ".compile()" in left(result)


def test_a_file_whose_imports_are_in_a_try() -> None:
    head, _, rest = gan("self.critic.compile('adam')").partition("\n\n\n")
    tried = "".join(f"    {line}\n" for line in head.splitlines())
    text = f'"""A model."""\n\ntry:\n{tried}except ImportError:\n    raise\n\n\n{rest}'
    code = torch_of(text)
    assert ADAM.format("") in code
    assert code.startswith('"""A model."""\n\nimport torch\nfrom torch import nn\n\n\nclass Gan')
