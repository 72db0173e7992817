"""Keras's and TensorFlow's random functions, drawing from the shared stream in a compared run."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .dice import DICE


def _patch(home: Any, name: str, replacement: Any) -> None:
    original = getattr(home, name, None)
    if original is None or hasattr(original, "_porter"):
        return

    @functools.wraps(original)
    def patched(*args: Any, **options: Any) -> Any:
        if not DICE.active:
            return original(*args, **options)
        return replacement(*args, **options)

    patched._porter = True  # type: ignore[attr-defined]
    setattr(home, name, patched)


def _shape(shape: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in np.array(shape).reshape(-1)) if len(shape) else ()


class _Draws:
    """The shared stream as tensors of one framework version."""

    def __init__(self, tf: Any, floatx: Any) -> None:
        self.tf = tf
        self.floatx = floatx

    def _cast(self, array: Any, dtype: Any) -> Any:
        kind = dtype or self.floatx()
        return self.tf.cast(self.tf.convert_to_tensor(array), kind)

    def normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = None,
        seed: Any = None,
        **_: Any,
    ) -> Any:
        return self._cast(DICE.normal(_shape(shape)), dtype) * stddev + mean

    def truncated(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = None,
        seed: Any = None,
        **_: Any,
    ) -> Any:
        return self._cast(np.clip(DICE.normal(_shape(shape)), -2, 2), dtype) * stddev + mean

    def uniform(
        self,
        shape: Any,
        minval: Any = 0.0,
        maxval: Any = 1.0,
        dtype: Any = None,
        seed: Any = None,
        **_: Any,
    ) -> Any:
        maxval = 1.0 if maxval is None else maxval
        if dtype is not None and self.tf.as_dtype(dtype).is_integer:
            return self.integers(shape, minval, maxval, dtype)
        return self._cast(DICE.uniform(_shape(shape)), dtype) * (maxval - minval) + minval

    def integers(
        self, shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None
    ) -> Any:
        drawn = np.floor(DICE.uniform(_shape(shape)) * (maxval - minval)) + minval
        return self._cast(drawn, dtype)

    def dropout(
        self, inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None, **_: Any
    ) -> Any:
        if rate == 0:
            return inputs
        inputs = self.tf.convert_to_tensor(inputs)
        sizes = list(inputs.shape)
        if noise_shape is not None:
            sizes = [s if n is None else int(n) for n, s in zip(noise_shape, sizes)]
        keep = self._cast(DICE.uniform(sizes) >= rate, inputs.dtype)
        return inputs * keep / (1.0 - rate) if rate < 1 else inputs * 0

    def categorical(
        self, logits: Any, num_samples: int, dtype: Any = "int64", seed: Any = None, **_: Any
    ) -> Any:
        rows, classes = (int(n) for n in logits.shape)
        noise = -np.log(-np.log(DICE.uniform((rows, num_samples, classes)) + 1e-12))
        picked = np.argmax(np.asarray(logits)[:, None, :] + noise, axis=-1)
        return self._cast(picked, dtype or "int64")

    def shuffled(self, x: Any, axis: int = 0, seed: Any = None, **_: Any) -> Any:
        x = self.tf.convert_to_tensor(x)
        order = np.argsort(DICE.uniform((int(x.shape[axis]),)))
        return self.tf.gather(x, order, axis=axis)


def install_keras(keras: Any) -> None:
    """Patch what the layers of one Keras draw with."""
    import tensorflow as tf

    draws = _Draws(tf, keras.backend.floatx)
    if hasattr(keras, "random"):
        from importlib import import_module

        home = import_module("keras.src.backend.tensorflow.random")
        names = {
            "normal": draws.normal,
            "uniform": draws.uniform,
            "truncated_normal": draws.truncated,
            "randint": draws.integers,
            "dropout": draws.dropout,
            "categorical": draws.categorical,
            "shuffle": draws.shuffled,
        }
        for name, replacement in names.items():
            _patch(home, name, replacement)
        return
    from importlib import import_module

    generator = getattr(import_module(keras.__name__ + ".src.backend"), "RandomGenerator", None)
    if generator is not None:
        for name, replacement in {
            "random_normal": draws.normal,
            "random_uniform": draws.uniform,
            "truncated_normal": draws.truncated,
            "dropout": draws.dropout,
        }.items():
            _patch(generator, name, lambda self, *a, _r=replacement, **o: _r(*a, **o))


def install_tensorflow(tf: Any) -> None:
    """Patch `tf.random` and `tf.nn.dropout`."""
    draws = _Draws(tf, lambda: "float32")

    def stateless(draw: Any) -> Any:
        return lambda shape, seed=None, *a, **o: draw(shape, *a, **o)

    for home in (tf, tf.compat.v2, tf.compat.v1):
        for name, replacement in {
            "normal": draws.normal,
            "uniform": draws.uniform,
            "truncated_normal": draws.truncated,
            "categorical": draws.categorical,
            "shuffle": lambda value, seed=None, name=None: draws.shuffled(value),
            "stateless_normal": stateless(draws.normal),
            "stateless_uniform": stateless(draws.uniform),
        }.items():
            _patch(home.random, name, replacement)
    _patch(
        tf.compat.v1,
        "multinomial",
        lambda logits, num_samples, seed=None, name=None, output_dtype=None: draws.categorical(
            logits, num_samples, output_dtype
        ),
    )
    _patch(
        tf.nn, "dropout", lambda x, rate, noise_shape=None, **_: draws.dropout(x, rate, noise_shape)
    )
