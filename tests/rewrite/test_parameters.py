"""Parameters and buffers of a module's own, and what gives weights their first values."""

import pytest

from tests.rewrite.migrating import assert_changes, keras_of, left, migrated, on_one_line

TORCH = "import torch\nfrom torch import nn\n\n\n"


def module(made: str, more: str = "", call: str = "return x * self.w") -> str:
    return (
        f"{TORCH}class Own(nn.Module):\n    def __init__(self, n=4):\n        super().__init__()\n"
        f"        {made}\n{more}\n    def forward(self, x):\n        {call}\n"
    )


def test_a_module_with_weights_of_its_own_changes() -> None:
    text = """
    import torch
    from torch import nn


    class Scale(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1, width))
            self.register_buffer("offset", torch.zeros(width))
            self.out = nn.Linear(width, 2)
            # Good first values.
            self.reset_parameters()

        def reset_parameters(self):
            nn.init.normal_(self.scale, std=0.02)
            nn.init.zeros_(self.out.bias)

        def forward(self, x):
            return self.out(x * self.scale + self.offset)
    """
    expected = """
    import keras
    from keras import layers


    class Scale(keras.Model):
        def __init__(self, width):
            super().__init__()
            self.scale = self.add_weight(
                name="scale", shape=(1, width), \
initializer=keras.initializers.RandomNormal(stddev=0.02)
            )
            self.offset = self.add_weight(
                name="offset", shape=(width,), initializer="zeros", trainable=False
            )
            self.out = layers.Dense(2)
            # Good first values.

        def call(self, x):
            return self.out(x * self.scale + self.offset)
    """
    assert_changes(text, expected, "keras")


DATA = {
    "zeros": ("torch.zeros(n, 2)", 'shape=(n, 2), initializer="zeros"'),
    "a-tuple": ("torch.ones((n, 2))", 'shape=(n, 2), initializer="ones"'),
    "named-size": ("torch.empty(size=(n, 2))", 'shape=(n, 2), initializer="zeros"'),
    "sizes": ("torch.Tensor(3, n)", 'shape=(3, n), initializer="zeros"'),
    "drawn": ("torch.randn(n)",
              "shape=(n,), initializer=keras.initializers.RandomNormal(stddev=1.0)"),
    "scaled": ("torch.randn(n) * 0.02",
               "shape=(n,), initializer=keras.initializers.RandomNormal(stddev=0.02)"),
    "scaled-before": ("n ** -0.5 * torch.randn(n)",
                      "shape=(n,), initializer="
                      "keras.initializers.RandomNormal(stddev=n ** (-0.5))"),
    "flat": ("torch.rand(n)",
             "shape=(n,), initializer=keras.initializers.RandomUniform(minval=0.0, maxval=1.0)"),
    "filled": ("torch.full((n,), 0.1)",
               "shape=(n,), initializer=keras.initializers.Constant(value=0.1)"),
    "scaled-ones": ("1e-6 * torch.ones(n)",
                    "shape=(n,), initializer=keras.initializers.Constant(value=1e-06)"),
    "number": ("torch.tensor(0.5)",
               "shape=(), initializer=keras.initializers.Constant(value=0.5)"),
    "in-place": ("torch.empty(n).normal_(0, 0.1)",
                 "shape=(n,), initializer=keras.initializers.RandomNormal(stddev=0.1)"),
    "by-init": ("nn.init.xavier_uniform_(torch.empty(3, 4))",
                'shape=(3, 4), initializer="glorot_uniform"'),
}  # fmt: skip


@pytest.mark.parametrize(("data", "given"), DATA.values(), ids=DATA)
def test_a_parameter_starts_where_it_did(data: str, given: str) -> None:
    code = keras_of(module(f"self.w = nn.Parameter({data})"))
    assert f'self.w = self.add_weight(name="w", {given})\n' in on_one_line(code)


OTHER = {
    "computed": ("nn.Parameter(torch.arange(4.0))", "keras.Variable("),
    "frozen": ("nn.Parameter(torch.ones(n), requires_grad=False)",
               'self.add_weight(name="w", shape=(n,), initializer="ones", trainable=False)'),
    "sum": ("nn.Parameter(torch.randn(n) + 1.0)", "keras.Variable("),
}  # fmt: skip


@pytest.mark.parametrize(("made", "written"), OTHER.values(), ids=OTHER)
def test_other_parameters(made: str, written: str) -> None:
    assert f"self.w = {written}" in keras_of(module(f"self.w = {made}"))


BUFFERS = {
    "computed": ('"w", torch.tril(torch.ones(n, n))',
                 "keras.Variable(ops.tril(ops.ones((n, n))), trainable=False)"),
    "named": ('name="w", tensor=torch.zeros(n)',
              'self.add_weight(name="w", shape=(n,), initializer="zeros", trainable=False)'),
    "none": ('"w", None', "None"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "written"), BUFFERS.values(), ids=BUFFERS)
def test_a_buffer_is_a_weight_that_is_not_trained(given: str, written: str) -> None:
    code = keras_of(module(f"self.register_buffer({given})", call="return x"))
    assert f"        self.w = {written}\n" in code


def test_a_buffer_whose_name_is_not_known_is_left() -> None:
    text = module("self.register_buffer(f'w{n}', torch.zeros(n))", call="return x")
    result = migrated(text, "keras")
    assert left(result) == ["torch.nn.Module.register_buffer"]


def test_parameters_in_a_list() -> None:
    code = keras_of(
        module(
            "self.w = nn.ParameterList([nn.Parameter(torch.ones(n)) for _ in range(2)])",
            call="return x * self.w[0]",
        )
    )
    assert 'self.w = [self.add_weight(shape=(n,), initializer="ones") for _ in range(2)]' in code


STARTS = {
    "apply": ("self.apply(self._init)",
              "\n    def _init(self, m):\n        if isinstance(m, nn.Linear):\n"
              "            nn.init.xavier_uniform_(m.weight)\n            if m.bias is not None:\n"
              "                m.bias.data.zero_()\n"),
    "walk": ("for m in self.modules():\n            if isinstance(m, nn.Linear):\n"
             "                m.weight.data.normal_(0, 0.02)", ""),
    "parameters": ("for p in self.parameters():\n            if p.dim() > 1:\n"
                   "                nn.init.xavier_uniform_(p)", ""),
    "data": ("self.fc.weight.data.uniform_(-0.1, 0.1)", ""),
    "no-grad": ("with torch.no_grad():\n            self.fc.weight.fill_(0.1)", ""),
    "method": ("if n > 3:\n            self.init_weights(0.1)",
               "\n    def init_weights(self, std):\n        '''Small.'''\n        limit = 2 * std\n"
               "        nn.init.uniform_(self.fc.weight, -limit, limit)\n"),
    "lambda": ("self.apply(lambda m: nn.init.zeros_(m.bias))", ""),
    "own-reset": ("self.fc.reset_parameters()", ""),
}  # fmt: skip


@pytest.mark.parametrize(("made", "more"), STARTS.values(), ids=STARTS)
def test_first_values_are_left_out_and_said(made: str, more: str) -> None:
    text = module(f"self.fc = nn.Linear(n, n)\n        {made}", more, "return self.fc(x)")
    result = migrated(text, "keras")
    assert not left(result)
    assert "    def __init__(self, n=4):\n        super().__init__()\n" in result.code
    assert result.code.count("self.fc") == 2
    assert "init_" not in result.code.replace("__init__", "")
    assert [f.kind for f in result.findings if f.rule == "initializer"] == ["note"]


def test_a_function_that_initialises_falls_away_with_its_calls() -> None:
    code = keras_of(
        TORCH + "def weights_init(m):\n    name = m.__class__.__name__\n"
        "    if name.find('Linear') != -1:\n        m.weight.data.normal_(0.0, 0.02)\n\n\n"
        "net = nn.Sequential(nn.Linear(4, 2))\nnet.apply(weights_init)\n"
    )
    assert "weights_init" not in code


def test_a_function_that_others_may_call_stays_and_does_nothing() -> None:
    result = migrated(
        TORCH + "net = nn.Sequential(nn.Linear(4, 2))\n\n\n"
        "def weights_init(m):\n    nn.init.zeros_(m.weight)\n",
        "keras",
    )
    assert "def weights_init(m):\n    pass\n" in result.code


KEPT = {
    "a-tensor-of-its-own": "noise = torch.empty(3)\n        nn.init.normal_(noise)\n"
    "        self.w = noise",
    "an-attribute-of-its-own": "self.w = torch.empty(3)\n        nn.init.normal_(self.w)",
    "trained-weights": "self.fc = nn.Linear(4, 4)\n        self.fc.weight.data.copy_(n)",
}


@pytest.mark.parametrize("made", KEPT.values(), ids=KEPT)
def test_what_is_no_first_value_is_left(made: str) -> None:
    assert left(migrated(module(made), "keras"))


def test_what_has_no_equal_leaves_a_weight_to_keras() -> None:
    code = keras_of(
        module(
            "self.w = nn.Parameter(torch.empty(2, 3, n))\n        nn.init.xavier_normal_(self.w)"
        )
    )
    assert 'self.w = self.add_weight(name="w", shape=(2, 3, n))\n' in code


def test_a_weight_that_may_not_be_there_has_its_name() -> None:
    code = keras_of(module("self.w = nn.Parameter(torch.ones(n)) if n else None"))
    assert 'self.add_weight(name="w", shape=(n,), initializer="ones") if n else None' in code


def test_a_walk_over_named_parameters_falls_away() -> None:
    walk = "for name, p in self.named_parameters():\n            if name.endswith('proj.weight'):\n"
    code = keras_of(
        module(
            f"self.w = nn.Linear(n, n)\n        {walk}                nn.init.normal_(p)",
            call="return self.w(x)",
        )
    )
    assert "named_parameters" not in code


CHANGES = {
    "set": ("self.w = self.w * 0.9 + x.mean(0) * 0.1",
            "self.w.assign(self.w * 0.9 + ops.mean(x, axis=0) * 0.1)"),
    "added": ("self.w += 1.0", "self.w.assign_add(1.0)"),
    "in-place": ("self.w.add_(1.0)", "self.w.assign(self.w + 1.0)"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "written"), CHANGES.values(), ids=CHANGES)
def test_a_buffer_that_changes_keeps_its_place(change: str, written: str) -> None:
    code = keras_of(
        module(
            "self.register_buffer('w', torch.zeros(n))",
            call=f"{change}\n        return x * self.w",
        )
    )
    assert f"        {written}\n" in code
