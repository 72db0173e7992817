"""Whatever a small program does, it is understood and migrated without a crash."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from porter.rewrite import migrate_source

NAMES = st.sampled_from(["x", "y", "f", "layers", "self", "net", "tf", "n"])
ATOMS = st.one_of(
    NAMES,
    st.sampled_from([
        "1", "0", "-1", "2.5", "'relu'", "None", "True", "[]", "()", "{}", "...", "(2, 3)",
        "tf.zeros((2, 3))", "keras.Input((4,))", "keras.Input((8, 8, 3))", "layers.Dense(3)",
        "layers.Conv2D(4, 3)", "layers.LSTM(3)", "layers.NoSuch()", "keras.Sequential()",
    ]),
)  # fmt: skip
CALLED = ["f", "tf.concat", "tf.reshape", "tf.nn.relu", "len", "range", "zip", "list", "super",
          "layers.Dense", "layers.Flatten", "layers.Conv2D", "keras.Model", "keras.Sequential",
          "getattr", "layers.Concatenate", "tf.transpose"]  # fmt: skip


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    listed = st.lists(inner, max_size=3).map(", ".join)
    operator = st.sampled_from(["+", "*", "-", "/", "@", "==", "in", "and", "**", "//", "%"])
    attribute = st.sampled_from(["shape", "add", "append", "output", "n", "numpy", "T", "extend"])
    index = st.sampled_from(["0", "-1", ":", "1:", "..., None", "'a'", "x", "::0", "5"])
    return st.one_of(
        st.builds("({} {} {})".format, inner, operator, inner),
        st.builds("{}({})".format, st.sampled_from(CALLED), listed),
        st.builds("{}({})".format, inner.filter(_callable), listed),
        st.builds("{}({}, activation={})".format, st.sampled_from(CALLED), inner, inner),
        st.builds("{}.{}({})".format, NAMES, attribute, listed),
        st.builds("{}.{}".format, NAMES, attribute),
        st.builds("{}[{}]".format, NAMES, index),
        listed.map("[{}]".format),
        listed.map("({},)".format).filter(lambda text: text != "(,)"),
        st.builds("[{} for {} in {}]".format, inner, NAMES, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("(lambda {}: {})".format, NAMES, inner),
        st.builds("f(*{}, **{})".format, inner, inner),
    )


def _callable(text: str) -> bool:
    return text[0].isalpha() and text not in ("None", "True")


EXPRESSIONS = st.recursive(ATOMS, _grown, max_leaves=6)
TARGETS = st.sampled_from(["x", "y", "self.n", "x, y", "x[0]", "(x, *y)", "net", "layers", "tf"])
SIMPLE = st.one_of(
    st.builds("{} = {}".format, TARGETS, EXPRESSIONS),
    st.builds("{} {} {}".format, NAMES, st.sampled_from(["+=", "*=", "@="]), EXPRESSIONS),
    EXPRESSIONS,
    st.just("net.add(layers.Dense(3))  # kept"),
    st.builds("global {}".format, NAMES),
    st.builds("del {}".format, NAMES),
)


def _indented(lines: list[str]) -> str:
    return "\n".join("    " + line for text in lines for line in text.split("\n"))


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map(_indented)
    return st.one_of(
        st.builds("if {}:\n{}\nelse:\n{}".format, EXPRESSIONS, body, body),
        st.builds("for {} in {}:\n{}".format, TARGETS, EXPRESSIONS, body),
        st.builds("while {}:\n{}".format, EXPRESSIONS, body),
        st.builds("with {} as x:\n{}".format, EXPRESSIONS, body),
        st.builds("try:\n{}\nexcept ValueError as y:\n{}".format, body, body),
        st.builds("def f(x, y=1, *n, **k):\n{}\n    return {}".format, body, EXPRESSIONS),
        st.builds("class net(keras.Model):\n{}".format, body),
        st.builds(
            "class net(layers.Layer):\n    def __init__(self, n=2):\n    {}\n"
            "    def call(self, x):\n        return {}".format,
            st.just("    self.n = layers.Dense(n)"),
            EXPRESSIONS,
        ),
    )


PROGRAMS = st.lists(st.recursive(SIMPLE, _compound, max_leaves=4), min_size=1, max_size=6)
KERAS = "import tensorflow as tf\nfrom tensorflow import keras\nfrom keras import layers\n"
TORCH = "import torch\nimport torch as tf\nfrom torch import nn as layers\nkeras = layers\n"
SLOW = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def _valid(text: str) -> bool:
    try:
        compile(text, "model.py", "exec")
    except SyntaxError:
        return False
    return True


@SLOW
@given(PROGRAMS.map("\n".join).filter(lambda text: _valid(KERAS + text)))
def test_a_keras_program_does_not_crash(text: str) -> None:
    result = migrate_source(KERAS + text + "\n", to="torch")
    compile(result.code, "model.py", "exec")


@SLOW
@given(PROGRAMS.map("\n".join).filter(lambda text: _valid(TORCH + text)))
def test_a_torch_program_does_not_crash(text: str) -> None:
    text = text.replace("layers.Dense(3)", "layers.Linear(2, 3)")
    text = text.replace("layers.Conv2D(4, 3)", "layers.Conv2d(3, 4, 3)")
    text = text.replace("keras.Sequential", "layers.Sequential").replace("tf.concat", "tf.cat")
    result = migrate_source(TORCH + text + "\n", to="keras")
    compile(result.code, "model.py", "exec")
