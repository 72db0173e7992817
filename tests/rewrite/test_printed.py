"""Versions of the framework: printed, or compared."""

import pytest

from tests.rewrite.migrating import keras_of, left, migrated, torch_of

PRINTED = [
    'print("version", {})\n',
    'print(f"{{{}}}")\n',
    'log.info("%s", {})\n',
    'text = "%s %s" % (1, {})\n',
    'text = "version " + {}\n',
    'text = "{{}}".format({})\n',
]


@pytest.mark.parametrize("line", PRINTED)
def test_a_version_that_is_printed_is_the_target_s(line: str) -> None:
    text = "import tensorflow as tf\nimport logging as log\n\n" + line
    assert line.format("torch.__version__") in torch_of(text.format("tf.__version__"))
    text = "import torch\nimport logging as log\n\n" + line
    assert line.format("keras.__version__") in keras_of(text.format("torch.__version__"))


@pytest.mark.parametrize("line", ["if {} < '2':\n    pass\n", "x = int({}.split('.')[0])\n"])
def test_a_version_that_is_read_stays(line: str) -> None:
    result = migrated("import tensorflow as tf\n\n" + line.format("tf.__version__"), "torch")
    assert len(left(result)) == 1
    assert {f.kind for f in result.findings} == {"todo"}
    assert line.format("tf.__version__") in result.code


SUMMARISED = """
import keras
from keras import layers


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = layers.Dense(2)
        {in_class}

    def call(self, x):
        return self.out(x)


def head():
    inputs = keras.Input((4,))
    made = keras.Model(inputs, layers.Dense(2)(inputs))
    {in_function}
    return made


stack = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
{at_top}
"""


def summarised(at_top: str, in_function: str = "pass", in_class: str = "pass") -> str:
    return SUMMARISED.format(at_top=at_top, in_function=in_function, in_class=in_class)


def test_a_model_s_summary_is_the_printed_model() -> None:
    code = torch_of(summarised("stack.summary()", "made.summary(line_length=120)"))
    assert "\nprint(stack)\n" in code
    assert code.count("print(") == 2
    assert ".summary(" not in code


@pytest.mark.parametrize(
    "line", ["print(stack.summary())", "stack.summary(120)", "stack.summary(print_fn=print)"]
)
def test_what_only_sets_a_summary_out_goes(line: str) -> None:
    assert torch_of(summarised(line)).endswith("\nprint(stack)\n")


def test_a_summary_of_the_class_s_own_is_printed() -> None:
    code = torch_of(summarised("net = Net()\nnet.summary()", in_class="self.summary()"))
    assert "        print(self)\n" in code
    assert code.endswith("\nprint(net)\n")


@pytest.mark.parametrize(
    "line",
    [
        "stack.summary(print_fn=lines.append)",
        "text = stack.summary()",
        "stack.summary(detail=2)",
        "stack.summary(*sizes)",
    ],
)
def test_a_summary_that_goes_elsewhere_is_left(line: str) -> None:
    text = summarised("lines, sizes = [], []\n" + line)
    result = migrated(text, "torch")
    assert len(left(result)) == 1
    assert line in result.code
