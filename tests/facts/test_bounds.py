"""Programs that would never end, or never fit, are understood in bounded work all the same."""

import pytest

from tests.facts.interpreting import facts_of

HOSTILE = {
    "nested-comprehension": (
        "x = [[[[i + j + k + m for i in range(200)] for j in range(200)]"
        " for k in range(200)] for m in range(200)]"
    ),
    "nested-loops": (
        "for i in range(250):\n    for j in range(250):\n        for k in range(250):\n"
        "            x = i * j * k\n"
    ),
    "endless-loop": "while True:\n    x = 1\n",
    "recursion": "def f(n):\n    return f(n - 1) + f(n - 2)\nf(50)\n",
    "mutual-recursion": (
        "def f(n):\n    return g(n) + g(n)\ndef g(n):\n    return f(n) + f(n)\nf(3)\n"
    ),
    "recursion-over-lists": "def f(a):\n    return [f(a), f(a), f(a)]\nf([])\n",
    "deep-calls": "def f0():\n    return 1\n"
    + "".join(f"def f{i}():\n    return f{i - 1}() + f{i - 1}()\n" for i in range(1, 30)),
    "growing-list": "x = [0]\nfor _ in range(250):\n    x = x + x\n",
    "growing-in-place": "x = [0]\nfor _ in range(250):\n    x.extend(x)\n",
    "appended-to-itself": "x = [0]\nfor _ in range(250):\n    x.append(list(x))\n",
    "multiplied-list": "x = [0] * 256 * 256 * 256 * 256 * 256\n",
    "growing-number": "x = 3\nfor _ in range(250):\n    x = x * x\n",
    "growing-power": "x = 10 ** 60\nx = x ** 60\nx = x ** 60\nx = x ** 60\nx = x ** 60\n",
    "growing-expression": "def f(n):\n    for _ in range(250):\n        n = n + n\n    return n\n",
    "growing-expression-of-a-loop": "n = int(input())\nfor i in range(250):\n    n = n * (n + i)\n",
    "growing-tuple": "x = ()\nfor _ in range(250):\n    x = (x, x)\nprint(x == x)\n",
    "long-sum": "x = " + " + ".join(["1"] * 300) + "\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_interpretation_ends(text: str) -> None:
    facts = facts_of(text)
    assert len(facts.values) > 0


CYCLIC = {
    "list": "a = []\na.append(a)\n",
    "item": "a = [1]\na[0] = a\n",
    "dict": "a = {}\na['a'] = a\nb = list(a.values())\n",
    "two-lists": "a = []\nb = [a]\na.append(b)\n",
}
USES = {
    "call": "y = layers.Dense(3)(a)\n",
    "compared": "y = a == a\n",
    "joined": "if input():\n    a = [a]\n",
    "argument": "y = tf.zeros(a)\n",
    "model": "m = keras.Sequential(a)\n",
    "output": "m = keras.Model(a, a)\n",
    "returned": "def f():\n    return a\ny = f()\n",
    "indexed": "y = a[0][0][0][0]\n",
    "tensors": "y = tf.concat(a, 0)\n",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("text", CYCLIC.values(), ids=CYCLIC)
def test_cyclic_data(text: str, use: str) -> None:
    assert facts_of(text + use).scope.find("a") is not None


MODELS = {
    "sequential-in-itself": "m = keras.Sequential()\nm.add(m)\ny = m(keras.Input((3,)))\n",
    "doubling": (
        "m = keras.Sequential([layers.Dense(3)])\nfor _ in range(200):\n"
        "    m = keras.Sequential([m, m])\ny = m(keras.Input((3,)))\n"
    ),
    "class-of-itself": "class A(A):\n    pass\nA().x\n",
    "module-in-itself": (
        "class A(keras.Model):\n    def __init__(self):\n        self.a = self\n"
        "    def call(self, x):\n        return self.a(x)\nA()(keras.Input((3,)))\n"
    ),
    "constructs-itself": (
        "class A(keras.Model):\n    def __init__(self):\n        self.a = A()\n"
        "    def call(self, x):\n        return self.a(x)\nA()(keras.Input((3,)))\n"
    ),
}


@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS)
def test_models_of_themselves(text: str) -> None:
    assert facts_of(text).calls is not None


ODD = {
    "step-of-zero": "x = range(0, 10, 0)\ny = [1, 2][::0]\n",
    "infinity": "x = int(1e999)\n",
    "huge-repeat": "x = [0] * 10 ** 12\n",
    "huge-index": "x = [0][10 ** 12]\n",
    "star-of-nothing": "x = f(*y, **z)\n",
    "empty-call": "super()\nlen()\nint()\nzip()\nenumerate()\nsum()\nmax()\ngetattr()\nrange()\n",
    "too-many": "def f(a):\n    return a\nf(1, 2, 3, b=4)\n",
    "fraction-of-a-power": "x = (-1) ** 0.5\n",
    "zero-to-minus-one": "x = 0 ** -1\ny = 1 % 0\nz = 1.0 // 0\n",
    "no-receiver": "class A(keras.Model):\n    def call():\n        return super().call()\n",
    "keyword-as-name": "class A:\n    pass\nA.__init__(A)\nA.b.c.d = 3\n",
    "unpacked-too-far": "(a, (b, *c), d) = 1, 2\n[e, f] = [1]\n",
    "walrus": "if (n := 3) > 2:\n    x = n\n",
    "match": "match 3:\n    case 3:\n        x = 4\n",
    "lambda": "f = lambda *a, b=3, **c: (a, b, c)\nf(1)\n",
    "async": "async def f():\n    async with a as b:\n        return [c async for c in b]\n",
    "decorated": "@tf.function\ndef f(x, /, y=2, *, z=3):\n    yield x\nf(1)\n",
    "deleted": "x = 3\ndel x, layers\nx = layers.Dense(3)\n",
    "nonlocal": "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    g()\n",
    "strings": "x = 'a' 'b'\ny = f'{x!r:>{3}}'\nz = b'c' + x\nw = 'a' * 3\n",
    "slices": "x = [1, 2, 3]\ny = x[1:, 2]\nz = x[...]\nw = tf.zeros((2, 3))[:, None, ..., 0]\n",
    "pop-too-much": "x = [1]\nx.pop()\nx.pop()\nx.pop(3)\nx.insert(0, 1)\nx.clear()\n",
    "unhashable-key": "x = {[]: 1, (1, []): 2, **y}\ny = x[[]]\nz = {}.get([])\n",
}


@pytest.mark.parametrize("side", ["keras", "torch"])
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_programs(text: str, side: str) -> None:
    assert facts_of(text, side).module is not None
