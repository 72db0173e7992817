"""Shapes through straight-line code, branches, loops, functions and classes."""

import pytest

from tests.facts.interpreting import shape_of

INPUT = "x = keras.Input((32, 32, 3))\n"
FLAT = "x = keras.Input((8,))\n"

KERAS = {
    "dense": (FLAT + "y = layers.Dense(4)(x)", "? 4"),
    "conv-valid": (INPUT + "y = layers.Conv2D(16, 3)(x)", "? 30 30 16"),
    "conv-same": (INPUT + "y = layers.Conv2D(16, 3, strides=2, padding='same')(x)", "? 16 16 16"),
    "pool": (INPUT + "y = layers.MaxPooling2D()(x)", "? 16 16 3"),
    "odd-pool": ("x = keras.Input((7, 7, 3))\ny = layers.MaxPooling2D()(x)", "? 3 3 3"),
    "global-pool": (INPUT + "y = layers.GlobalAveragePooling2D()(x)", "? 3"),
    "flatten": (INPUT + "y = layers.Flatten()(x)", "? 3072"),
    "two-steps": (INPUT + "y = layers.Conv2D(8, 3)(x)\ny = layers.Flatten()(y)", "? 7200"),
    "sum": (INPUT + "y = x + tf.reduce_sum(x, axis=-1, keepdims=True)", "? 32 32 3"),
    "reduced": (INPUT + "y = tf.reduce_mean(x, axis=[1, 2])", "? 3"),
    "eye": ("y = tf.eye(3)", "3 3"),
    "eye-not-square": ("y = tf.eye(3, 4) * 2", "3 4"),
    "eye-of-a-batch": ("y = tf.eye(3, batch_shape=[2])", None),
    "transposed": (INPUT + "y = tf.transpose(x, [0, 3, 1, 2])", "? 3 32 32"),
    "sequences": ("x = keras.Input((10, 4))\n"
                  "y = layers.LSTM(7, return_sequences=True)(x)", "? 10 7"),
    "last-state": ("x = keras.Input((10, 4))\ny = layers.LSTM(7)(x)", "? 7"),
    "embedding": ("x = keras.Input((10,))\ny = layers.Embedding(100, 6)(x)", "? 10 6"),
    "sequential": (FLAT + "y = keras.Sequential([layers.Dense(4), layers.Dense(2)])(x)", "? 2"),
    "own-constant": ("N = 5\n" + FLAT + "y = layers.Dense(2 * N)(x)", "? 2 * N"),
    "branches-agree": (FLAT + "if input():\n    y = layers.Dense(4)(x)\nelse:\n"
                       "    y = layers.Dense(4, use_bias=False)(x)", "? 4"),
    "branches-differ": (FLAT + "if input():\n    y = layers.Dense(4)(x)\nelse:\n"
                        "    y = layers.Dense(5)(x)", "? ?"),
    "branch-maybe": (FLAT + "y = layers.Dense(4)(x)\n"
                     "if input():\n    y = layers.Dense(5)(y)", "? ?"),
    "branch-known": ("deep = False\n" + FLAT + "y = layers.Dense(4)(x)\n"
                     "if deep:\n    y = layers.Dense(5)(y)", "? 4"),
    "conditional": (FLAT + "y = layers.Dense(4 if input else 4)(x)", "? 4"),
    "early-return": (FLAT + "def f(x, deep):\n    if not deep:\n        return layers.Dense(3)(x)\n"
                     "    return layers.Dense(4)(x)\ny = f(x, True)", "? 4"),
    "loop": (FLAT + "y = x\nfor n in (4, 5, 6):\n    y = layers.Dense(n)(y)", "? n"),
    "loop-over-range": (INPUT + "y = x\nfor i in range(2):\n    y = layers.MaxPooling2D()(y)",
                        "? 8 8 3"),
    "loop-over-pairs": (FLAT + "y = x\nfor i, (n, a) in enumerate(zip([4, 5], ['a', 'b'])):\n"
                        "    y = layers.Dense(7)(y)", "? 7"),
    "loop-unknown": (FLAT + "y = x\nfor _ in input():\n    y = layers.Dense(8)(y)", "? 8"),
    "loop-that-grows": (FLAT + "y = x\nfor _ in input():\n    y = layers.Dense(4)(y)", "? ?"),
    "layers-in-a-list": (FLAT + "y = x\nfor f in [layers.Dense(4), layers.Dense(2)]:\n    y = f(y)",
                         "? 2"),
    "layers-in-a-dict": (FLAT + "d = {'a': layers.Dense(4)}\ny = d['a'](x)", "? 4"),
    "layers-in-a-tuple": (FLAT + "a, b = layers.Dense(4), layers.Dense(2)\ny = b(a(x))", "? 2"),
    "comprehension": (FLAT + "fs = [layers.Dense(n) for n in (4, 2)]\ny = fs[-1](fs[0](x))", "? n"),
    "closure": (FLAT + "def make(n):\n    def f(x):\n        return layers.Dense(4)(x)\n"
                "    return f\ny = make(3)(x)", "? 4"),
    "default": (FLAT + "def f(x, n=4):\n    return layers.Dense(n)(x)\ny = tf.reduce_sum(f(x), 1)",
                "?"),
    "star-arguments": (FLAT + "def f(*xs, **k):\n    return layers.Dense(4)(xs[1])\ny = f(1, x)",
                       "? 4"),
    "lambda": (FLAT + "f = lambda x: layers.Dense(4)(x)\ny = f(x)", "? 4"),
    "getattr": (FLAT + "y = getattr(layers, 'Dense')(4)(x)", "? 4"),
    "getattr-of-a-name": (FLAT + "kind = 'GRU'\nx = keras.Input((10, 4))\n"
                          "y = getattr(layers, kind)(5)(x)", "? 5"),
    "several-results": (FLAT + "def f(x):\n    return x, layers.Dense(4)(x)\n_, y = f(x)", "? 4"),
    "recursion": (FLAT + "def f(x, n):\n    if n == 0:\n        return x\n"
                  "    return f(layers.Dense(4)(x), n - 1)\ny = f(x, 2)", "? 4"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "shape"), KERAS.values(), ids=KERAS)
def test_keras_shapes(text: str, shape: str | None) -> None:
    assert _words(shape_of(text)) == shape


def _words(shape: list[str] | None) -> str | None:
    return None if shape is None else " ".join(shape)


NET = """
class Base(keras.Model):
    width = 6

    def __init__(self, n=4):
        super().__init__()
        self.n = n
        self.first = layers.Dense(n)

    def head(self, x):
        return self.first(x)

    def call(self, x):
        return self.head(x)
"""

CLASSES = {
    "called": ("y = Base()(x)", "? 4"),
    "inherited": ("class Net(Base):\n    pass\ny = Net(5)(x)", "? 5"),
    "overridden": (
        "class Net(Base):\n    def head(self, x):\n        return layers.Dense(9)(x)\ny = Net()(x)",
        "? 9",
    ),
    "super": (
        "class Net(Base):\n    def call(self, x):\n        x = super().call(x)\n"
        "        return layers.Dense(3)(x)\ny = Net()(x)",
        "? 3",
    ),
    "class-attribute": (
        "class Net(Base):\n    def call(self, x):\n        return layers.Dense(7)(x)\n"
        "y = keras.Sequential([Net(), layers.Dense(Net.width)])(x)",
        "? 6",
    ),
    "static-method": (
        "class Net(Base):\n    @staticmethod\n    def f(x):\n        return layers.Dense(7)(x)\n"
        "    def call(self, x):\n        return self.f(x)\ny = Net()(x)",
        "? 7",
    ),
    "layers-kept-in-a-list": (
        "class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fs = []\n        for _ in range(2):\n"
        "            self.fs.append(layers.Dense(5))\n"
        "    def call(self, x):\n        for f in self.fs:\n            x = f(x)\n"
        "        return x\n"
        "y = Net()(x)",
        "? 5",
    ),
}


@pytest.mark.parametrize(("text", "shape"), CLASSES.values(), ids=CLASSES)
def test_shapes_through_classes(text: str, shape: str) -> None:
    assert _words(shape_of(FLAT + NET + text)) == shape


TORCH = {
    "linear": ("y = nn.Linear(8, 4)(torch.zeros(2, 8))", "2 4"),
    "conv": ("y = nn.Conv2d(3, 8, 3, padding=1, stride=2)(torch.zeros(2, 3, 9, 9))", "2 8 5 5"),
    "cat": ("a = torch.zeros(2, 3)\ny = torch.cat([a, a, a], dim=1)", "2 9"),
    "view": ("a = torch.zeros(2, 3, 4)\ny = a.view(2, 12)", "2 12"),
    "view-rest": ("a = torch.zeros(2, 3, 4)\ny = a.view(a.size(0), -1)", "2 12"),
    "permute": ("y = torch.zeros(2, 3, 4).permute(0, 2, 1)", "2 4 3"),
    "index": ("y = torch.zeros(2, 3, 4)[:, 0]", "2 4"),
    "slice": ("y = torch.zeros(2, 9, 4)[:, 1:8:2]", "2 4 4"),
    "ellipsis": ("y = torch.zeros(2, 3, 4)[..., 0]", "2 3"),
    "new-axis": ("y = torch.zeros(2, 3)[:, None]", "2 1 3"),
    "mean": ("y = torch.zeros(2, 3, 4).mean(dim=(1, 2), keepdim=True)", "2 1 1"),
    "eye": ("y = torch.zeros(3, 3) + torch.eye(3)", "3 3"),
    "broadcast": ("y = torch.zeros(2, 1, 4) * torch.zeros(3, 1)", "2 3 4"),
    "module-list": (
        "fs = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 2)])\ny = torch.zeros(3, 4)\n"
        "for f in fs:\n    y = f(y)",
        "3 2",
    ),
}


@pytest.mark.parametrize(("text", "shape"), TORCH.values(), ids=TORCH)
def test_torch_shapes(text: str, shape: str) -> None:
    assert _words(shape_of(text, side="torch")) == shape
