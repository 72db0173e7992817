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
