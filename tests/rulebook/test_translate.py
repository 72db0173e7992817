"""Calls in pairs: what a rule makes of one, and what it must leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from porter.rulebook import (
    SIDES,
    UNKNOWN,
    Named,
    Rule,
    Side,
    Symbol,
    Tensor,
    Translation,
    Untranslatable,
    load_rulebook,
    other,
    translate,
    write,
)  # fmt: skip

IMAGE, EVEN, ROWS = Tensor((None, 7, 7, 3)), Tensor((None, 8, 8, 3)), Tensor((None, 10))
BOOK = load_rulebook()
N = Symbol.parse("filters")


def rule(rule_id: str) -> Rule:
    found = BOOK.by_id(rule_id)
    assert found is not None, rule_id
    return found


def shown(translation: Translation) -> str:
    """The call as text: the plain call, or the template with `before` and `after` around it."""
    half = translation.half
    if half.write is not None:
        text = half.write.text
    else:
        parts = []
        for output in translation.outputs:
            tensor = isinstance(output.term, Tensor)
            value = output.source or output.name if tensor else write(output.term)
            parts.append(value if output.positional else f"{output.name}={value}")
        text = f"{translation.target.name}({', '.join(parts)})"
    around = [e.text.split("(")[0] for e in (*half.before, *half.after)]
    return " & ".join([text, *around])


def call(rule_id: str, side: Side, given: dict[str, Any], **facts: Any) -> str:
    facts.setdefault("input", Tensor())
    return shown(translate(rule(rule_id), side, given, {"used": "all", **facts}))


@pytest.mark.parametrize(
    ("rule_id", "given", "input", "expected"),
    [
        ("dense", {"units": 4}, ROWS, "Linear(10, 4)"),
        ("dense", {"units": 4, "use_bias": False}, ROWS, "Linear(10, 4, bias=False)"),
        ("dense", {"units": N}, ROWS, "Linear(10, filters)"),
        ("conv2d", {"filters": 8, "kernel_size": (3, 3)}, IMAGE, "Conv2d(3, 8, 3)"),
        ("conv2d", {"filters": 8, "kernel_size": 3, "padding": "same"}, IMAGE,
         "Conv2d(3, 8, 3, padding=1)"),
        ("conv2d", {"filters": 8, "kernel_size": 3, "padding": "same", "strides": 2}, IMAGE,
         "Conv2d(3, 8, 3, stride=2, padding=1)"),
        ("conv2d", {"filters": 8, "kernel_size": 3, "padding": "same", "strides": 2}, EVEN,
         "Conv2d(3, 8, 3, stride=2) & torch.nn.ZeroPad2d"),
        ("conv2d", {"filters": 8, "kernel_size": 2, "padding": "same"}, IMAGE,
         'Conv2d(3, 8, 2, padding="same")'),
        ("batchnorm-2d", {}, IMAGE, "BatchNorm2d(3, eps=0.001, momentum=0.01)"),
        ("batchnorm-1d", {"momentum": 0.9, "epsilon": 1e-5}, ROWS, "BatchNorm1d(10)"),
        ("batchnorm-3d", {"center": False, "scale": False}, Tensor((None, 2, 2, 2, 5)),
         "BatchNorm3d(5, eps=0.001, momentum=0.01, affine=False)"),
        ("batchnorm-2d", {"scale": False}, IMAGE,
         "without_scale(torch.nn.BatchNorm2d(num_features, eps=epsilon, momentum=1 - momentum))"),
        ("layernorm", {}, ROWS, "LayerNorm(10, eps=0.001)"),
        ("groupnorm", {"groups": 3}, IMAGE, "GroupNorm(3, 3, eps=0.001)"),
        ("instancenorm-2d", {"groups": -1}, IMAGE, "InstanceNorm2d(3, eps=0.001, affine=True)"),
        ("leaky-relu-layer", {}, IMAGE, "LeakyReLU(0.3)"),
        ("softmax-layer", {}, ROWS, "Softmax(dim=-1)"),
        ("max-pool-2d", {"pool_size": (2, 2)}, IMAGE, "MaxPool2d(2)"),
        ("zero-padding-2d", {"padding": ((0, 1), (0, 1))}, IMAGE, "ZeroPad2d((0, 1, 0, 1))"),
        ("upsampling-2d", {"size": (2, 2)}, IMAGE, "Upsample(scale_factor=2)"),
        ("lstm", {"units": 4, "return_sequences": True}, Tensor((None, 5, 3)),
         "LSTM(3, 4, batch_first=True)"),
        ("depthwise-conv2d", {"kernel_size": 3}, IMAGE, "Conv2d(3, 3, 3, groups=3)"),
        ("embedding", {"input_dim": 5, "output_dim": 2}, ROWS, "Embedding(5, 2)"),
    ],
)  # fmt: skip
def test_layers_to_torch(rule_id: str, given: dict[str, Any], input: Tensor, expected: str) -> None:
    facts = {"initial_state": None, "mask": None}
    assert call(rule_id, "keras", given, input=input, **facts) == expected


@pytest.mark.parametrize(
    ("rule_id", "given", "input", "expected"),
    [
        ("dense", {"in_features": 10, "out_features": 4}, ROWS, "Dense(4)"),
        ("conv2d", {"in_channels": 3, "out_channels": 8, "kernel_size": 3}, Tensor(),
         "Conv2D(8, 3)"),
        ("conv2d", {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1}, Tensor(),
         'Conv2D(8, 3, padding="same")'),
        ("conv2d",
         {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1, "stride": 2},
         Tensor(), "Conv2D(8, 3, strides=2) & keras.layers.ZeroPadding2D"),
        ("batchnorm-2d", {"num_features": 3}, Tensor((2, 3, 4, 5)),
         "BatchNormalization(momentum=0.9, epsilon=1e-05)"),
        ("layernorm", {"normalized_shape": 10}, ROWS, "LayerNormalization(epsilon=1e-05)"),
        ("layernorm", {"normalized_shape": (4, 5)}, Tensor((2, 4, 5)),
         "LayerNormalization(axis=[-2, -1], epsilon=1e-05)"),
        ("leaky-relu-layer", {}, Tensor(), "LeakyReLU(negative_slope=0.01)"),
        ("gelu-layer", {}, Tensor(), 'Activation("gelu")'),
        ("max-pool-2d", {"kernel_size": 3, "stride": 2, "padding": 1}, Tensor(),
         "MaxPooling2D(pool_size=3, strides=2) & keras.layers.Lambda"),
        ("adaptive-avg-pool-2d", {"output_size": (1, 1)}, Tensor(),
         "GlobalAveragePooling2D(keepdims=True)"),
        ("dropout", {}, Tensor(), "Dropout(0.5)"),
    ],
)  # fmt: skip
def test_layers_to_keras(rule_id: str, given: dict[str, Any], input: Tensor, expected: str) -> None:
    assert call(rule_id, "torch", given, input=input) == expected


@pytest.mark.parametrize(
    ("rule_id", "side", "given", "expected"),
    [
        ("reduce-mean", "keras", {"x": ROWS, "axis": [1]}, "mean(x, dim=[1])"),
        ("reduce-mean", "torch", {"input": ROWS, "dim": 1}, "mean(input, axis=1)"),
        ("reduce-max", "keras", {"x": ROWS, "axis": 1}, "amax(x, dim=1)"),
        ("reduce-std", "keras", {"x": ROWS, "axis": 1}, "std(x, dim=1, correction=0)"),
        ("clip", "keras", {"x": ROWS, "x_min": 0.0, "x_max": 1.0}, "clamp(x, min=0.0, max=1.0)"),
        ("clip", "torch", {"input": ROWS, "min": 0}, "keras.ops.maximum(input, min)"),
        ("gelu", "keras", {"x": ROWS, "approximate": True}, 'gelu(x, approximate="tanh")'),
        ("gelu", "torch", {"input": ROWS}, "gelu(input)"),
        ("cast", "keras", {"x": ROWS, "dtype": "float32"}, "to(x, torch.float32)"),
        ("cast-float", "torch", {"self": ROWS}, 'cast(self, "float32")'),
        ("expand-dims", "keras", {"x": ROWS, "axis": -1}, "unsqueeze(x, -1)"),
        ("squeeze", "torch", {"input": Tensor((2, 1)), "dim": 1}, "squeeze(input, axis=1)"),
        ("squeeze", "torch", {"input": Tensor((2, 3)), "dim": 1}, "input"),
        ("split-sizes", "torch", {"tensor": ROWS, "split_size_or_sections": [2, 3, 5], "dim": 1},
         "split(tensor, [2, 5], axis=1)"),
        ("pad", "torch", {"input": Tensor((1, 2, 3)), "pad": (1, 2)},
         "pad(input, ((0, 0), (0, 0), (1, 2)))"),
        ("pad", "keras", {"x": Tensor((1, 2, 3)), "pad_width": [[0, 0], [1, 0], [0, 2]]},
         "pad(x, (0, 2, 1, 0))"),
        ("expand", "torch", {"self": Tensor((2, 1, 3)), "size": (-1, 4, -1)},
         "broadcast_to(self, (2, 4, 3))"),
    ],
)  # fmt: skip
def test_functions(rule_id: str, side: Side, given: dict[str, Any], expected: str) -> None:
    assert call(rule_id, side, given) == expected


@pytest.mark.parametrize(
    ("rule_id", "side", "given", "facts", "message"),
    [
        ("conv2d", "keras", {"filters": 8, "kernel_size": 3, "data_format": "channels_first"},
         {"input": IMAGE}, "no equivalent is known"),
        ("batchnorm-2d", "keras", {}, {"input": ROWS}, "no equivalent is known"),
        ("batchnorm-2d", "keras", {}, {"input": Tensor()}, "whether input.rank in"),
        ("batchnorm-2d", "keras", {"scale": Symbol.parse("flag")}, {"input": IMAGE},
         "whether scale is"),
        ("batchnorm-2d", "torch", {"num_features": 3, "track_running_stats": False}, {},
         "no equivalent is known"),
        ("layernorm", "keras", {"axis": 1}, {"input": Tensor((2, 3, 4))}, "whether"),
        ("gelu", "keras", {"x": ROWS, "approximate": Symbol.parse("flag")}, {},
         "approximate could not be worked out"),
        ("softmax", "torch", {"input": ROWS}, {}, "no equivalent is known"),
        ("embedding", "keras", {"input_dim": 5, "output_dim": 2, "mask_zero": True}, {},
         "no equivalent is known"),
        ("dense", "torch", {"in_features": 3, "out_features": 4, "dtype": Symbol.parse("d")}, {},
         "the argument dtype has no counterpart"),
        ("lstm", "torch", {"input_size": 3, "hidden_size": 4, "proj_size": 2, "batch_first": True},
         {"hx": None}, "no equivalent is known"),
    ],
)  # fmt: skip
def test_left_alone(
    rule_id: str, side: Side, given: dict[str, Any], facts: dict[str, Any], message: str
) -> None:
    with pytest.raises(Untranslatable, match=message):
        call(rule_id, side, given, **facts)


def test_an_assumption_makes_it_unsafe() -> None:
    given = {"input": Tensor((None, None)), "chunks": 2, "dim": 1}
    with pytest.raises(Untranslatable) as caught:
        translate(rule("chunk"), "torch", given, {})
    assert caught.value.kind == "unsafe"
    unknown = translate(rule("chunk"), "torch", given, {}, unsafe=True)
    assert unknown.assumed == ("input.shape[dim] % chunks == 0",)
    known = translate(rule("chunk"), "torch", given | {"input": Tensor((None, 6))}, {})
    assert known.assumed == ()
    with pytest.raises(Untranslatable):
        translate(rule("chunk"), "torch", given | {"input": Tensor((None, 7))}, {})


def test_a_spelling_brings_its_defaults() -> None:
    concatenate = rule("cat")
    given = {"xs": [ROWS, ROWS]}
    layer = translate(concatenate, "keras", given, {}, "keras.layers.concatenate")
    function = translate(concatenate, "keras", given, {}, "keras.ops.concatenate")
    assert [o.term for o in layer.outputs if o.name == "dim"] == [-1]
    assert [o.term for o in function.outputs if o.name == "dim"] == []


def test_a_former_name_of_an_argument() -> None:
    spelling = rule("leaky-relu-layer").spelling("keras", "keras.layers.LeakyReLU")
    assert spelling.bind([], {"alpha": 0.1}) == {"negative_slope": 0.1}


def test_names_of_the_source_are_kept() -> None:
    hidden = Named("hidden", Symbol.parse("hidden").node, 64)
    assert call("dense", "keras", {"units": hidden}, input=ROWS) == "Linear(10, hidden)"


def test_what_only_facts_could_give_is_named() -> None:
    translation = translate(rule("dense"), "keras", {"units": 4}, {"input": Tensor()})
    assert translation.missing == ("in_features",)


def test_adam_takes_the_parameters() -> None:
    facts = {"parameters": Symbol.parse("model.parameters()")}
    given = {"learning_rate": 0.01, "beta_1": 0.5}
    expected = "Adam(model.parameters(), lr=0.01, betas=(0.5, 0.999), eps=1e-07)"
    assert shown(translate(rule("adam"), "keras", given, facts)) == expected
    given = {"params": Symbol.parse("p"), "lr": 0.01, "betas": (0.5, 0.9)}
    expected = "Adam(learning_rate=0.01, beta_1=0.5, beta_2=0.9, epsilon=1e-08)"
    assert shown(translate(rule("adam"), "torch", given, {})) == expected


def test_a_tensor_where_a_flag_is_negated_is_refused() -> None:
    given = {"a": IMAGE, "b": IMAGE, "lower": Tensor()}
    with pytest.raises(Untranslatable):
        translate(BOOK.by_id("solve-triangular"), "keras", given, {"input": IMAGE, "used": "all"})


@st.composite
def terms(draw: st.DrawFn) -> object:
    """What an argument may be: a literal, a symbol, or something that nobody knows."""
    return draw(
        st.one_of(
            st.sampled_from([None, True, False, 0, 1, 2, 0.5, "same", "valid", (1, 2), [1]]),
            st.sampled_from([Symbol.parse("n"), UNKNOWN, IMAGE, ROWS, Tensor()]),
        )
    )


STARTS = [
    (r, side) for r in BOOK for side in SIDES if r.starts_from(side) and len(r.signatures) == 2
]


@pytest.mark.parametrize(("r", "side"), STARTS, ids=[f"{r.id}-{side}" for r, side in STARTS])
def test_any_arguments_give_a_call_or_a_reason(r: Rule, side: Side) -> None:
    """Never an exception of another kind; what is written is in the target's signature."""

    # The plugin nests the settings of a hypothesis test once per parameter, without end.
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        _gives_a_call_or_a_reason(r, side, data)

    check()


def _gives_a_call_or_a_reason(r: Rule, side: Side, data: st.DataObject) -> None:
    names = [p.name for p in r.signatures[side].parameters]
    given_terms = data.draw(st.fixed_dictionaries({}, optional={n: terms() for n in names}))
    facts = {"input": data.draw(st.sampled_from([IMAGE, ROWS, Tensor()])), "used": "all"}
    try:
        translation = translate(r, side, given_terms, facts)
    except Untranslatable:
        return
    target = r.signatures[other(side)]
    by_keyword = False
    for output in translation.outputs:
        assert output.name in target.by_name
        assert output.term is not UNKNOWN or output.source in given_terms
        assert not (by_keyword and output.positional)
        by_keyword = by_keyword or not output.positional


def test_a_dtype_is_written_as_the_target_spells_it() -> None:
    given = {"self": Tensor((2, 3)), "dtype": Named("torch.float32", N.node, "float32")}
    translation = translate(rule("cast"), "torch", given, {"used": "all"})
    dtype = translation.outputs[1]
    assert (dtype.name, dtype.term, dtype.source) == ("dtype", "float32", None)
