"""Small files in both frameworks, and what the promise tests ask of the output."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Porter = Callable[..., subprocess.CompletedProcess[str]]

CNN = '''# Copyright Ann Author. Licensed under the MIT licence.
"""A small image model."""
from tensorflow import keras
from tensorflow.keras import layers


def make_cnn(classes=10, width=8):
    """Classify 32x32 images."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            # Edges first.
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(classes),
        ]
    )
    return model
'''


NET = '''"""A small network."""
import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    """Two layers."""

    def __init__(self, hidden=16, classes=4):
        super().__init__()
        self.fc1 = nn.Linear(8, hidden)
        self.fc2 = nn.Linear(hidden, classes)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return self.fc2(x)  # logits
'''


SOURCES = {"torch": CNN, "keras": NET}


BOTH = pytest.mark.parametrize("to", SOURCES)


def imported(text: str) -> set[str]:
    """The top-level packages that `text` imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def migrated(porter: Porter, text: str, to: str, *more: str) -> str:
    """What `migrate -o` makes of `text`; everything in it must be translated."""
    Path("model.py").write_text(text)
    done = porter("migrate", "model.py", "--to", to, "-o", "out", *more)
    assert done.returncode == 0, done.stderr
    return Path("out/model.py").read_text()


def python(code: str) -> str:
    """What `code` prints when it runs in the folder of the output."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd="out", check=True, capture_output=True, text=True).stdout


UNKNOWN = """import tensorflow as tf
from tensorflow import keras


def f(x, thing):
    y = tf.nn.relu(x)
    z = tf.no_such_function(y)
    return thing.numpy() + z
"""


def parameters(text: str, name: str) -> str:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.unparse(node.args)
    raise AssertionError(f"{name} is gone")
