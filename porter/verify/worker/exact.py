"""Kernels that keep a number in float32 even where their tensors are float64.

In a float64 run such an operation is evaluated by its formula instead, in float64 throughout,
and that is remarked in the report. The float32 run always uses the kernel itself.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from . import resizing

# Of a run, and of how the model was built.
REMARKS: set[str] = set()
BUILT: set[str] = set()


_SLOPE = (
    "float64: TensorFlow's LeakyReLU keeps its slope in float32; "
    "it was evaluated as where(x > 0, x, slope * x)"
)
_NUMBER = (
    "float64: TensorFlow casts a number of the program (a constant of GELU, attention's scale) "
    "by way of float32; it was taken to float64 at once"
)

_SIXTH = (
    "float64: PyTorch's gradient of hardsigmoid keeps its 1/6 in float32; "
    "it was evaluated as clamp(x + 3, 0, 6) / 6"
)

_POOL = (
    "float64: TensorFlow pools volumes in float32 only; "
    "the maximum was taken over height and width, then over depth"
)

_INPUT = (
    "float64: an Input asks for float32, and rounds the gradient that comes back to it; "
    "it was made float64"
)


_WEIGHT = (
    "float64: a weight asks for float32, and rounds what it holds and its gradient; "
    "it was made float64"
)


_MADE = (
    "float64: a tensor of the program is float32 because nothing says its dtype; "
    "it was made float64"
)


_MOMENTUM = (
    "float64: Keras 2 keeps the momentum of a BatchNormalization in float32; "
    "it was taken to float64 at once"
)

_RESIZE = (
    "float64: TensorFlow resizes images in float32 only; "
    "they were resized by the formula of its kernel"
)


def install_keras(keras: Any) -> None:
    """Make an `Input`, a weight and a momentum that are float32 take what the run goes by."""
    _install_inputs(keras)
    _install_momentum(keras)
    layer = keras.layers.Layer
    add = layer.add_weight

    @functools.wraps(add)
    def add_weight(self: Any, *args: Any, **named: Any) -> Any:
        return add(self, *args, **_widened(keras, named, _WEIGHT))

    if not hasattr(add, "_porter"):
        add_weight._porter = True  # type: ignore[attr-defined]
        layer.add_weight = add_weight


def _install_momentum(keras: Any) -> None:
    """Keras 2 makes a tensor of its own of the momentum; Keras 3 has no such method."""
    layer = keras.layers.BatchNormalization
    assign = getattr(layer, "_assign_moving_average", None)
    if assign is None or hasattr(assign, "_porter"):
        return

    @functools.wraps(assign)
    def exactly(self: Any, variable: Any, value: Any, momentum: Any, *rest: Any) -> Any:
        if getattr(variable.dtype, "name", variable.dtype) == "float64":
            REMARKS.add(_MOMENTUM)
            momentum = np.float64(momentum)
        return assign(self, variable, value, momentum, *rest)

    exactly._porter = True  # type: ignore[attr-defined]
    layer._assign_moving_average = exactly


def install_makers(tf: Any, keras: Any) -> None:
    """Make tensors of which nothing says a dtype take what the run goes by."""
    for names in (("eye", "linalg.eye"), ("zeros",), ("ones",)):
        made = _maker(keras, getattr(tf, names[0]))
        for name in names:
            home, _, short = name.rpartition(".")
            setattr(getattr(tf, home) if home else tf, short, made)


def install_resizing(tf: Any, keras: Any) -> None:
    """Make what resizes images exact where a run goes by float64."""
    resizing.install(tf, lambda: keras.backend.floatx() == "float64", lambda: REMARKS.add(_RESIZE))


def _maker(keras: Any, kernel: Any) -> Any:
    if hasattr(kernel, "_porter"):
        return kernel
    signature = inspect.signature(kernel)

    @functools.wraps(kernel)
    def maker(*args: Any, **named: Any) -> Any:
        if keras.backend.floatx() == "float64":
            bound = signature.bind(*args, **named)
            if "dtype" not in bound.arguments:
                BUILT.add(_MADE)
                return kernel(*args, **named, dtype="float64")
        return kernel(*args, **named)

    maker._porter = True  # type: ignore[attr-defined]
    return maker


def _widened(keras: Any, named: dict[str, Any], remark: str) -> dict[str, Any]:
    """Arguments that ask for float32 asking for float64 where the run goes by that."""
    floatx, dtype = keras.backend.floatx(), named.get("dtype")
    if floatx != "float64" or getattr(dtype, "name", dtype) != "float32":
        return named
    BUILT.add(remark)
    return {**named, "dtype": floatx}


def _install_inputs(keras: Any) -> None:
    layer = keras.layers.InputLayer
    begin = layer.__init__
    if hasattr(begin, "_porter"):
        return

    # Not wrapped: Keras reads the signature of what it calls in two ways, which must agree.
    def init(self: Any, *args: Any, **named: Any) -> None:
        begin(self, *args, **_widened(keras, named, _INPUT))

    init._porter = True  # type: ignore[attr-defined]
    layer.__init__ = init


def install_torch(torch: Any) -> None:
    """Make `hardsigmoid` exact in float64; modules look it up where it is replaced."""
    functional = torch.nn.functional
    if not hasattr(functional.hardsigmoid, "_porter"):
        functional.hardsigmoid = _hardsigmoid(torch, functional.hardsigmoid)


def _hardsigmoid(torch: Any, kernel: Any) -> Any:
    @functools.wraps(kernel)
    def hardsigmoid(input: Any, inplace: bool = False) -> Any:
        if input.dtype != torch.float64 or inplace:
            return kernel(input, inplace)
        REMARKS.add(_SIXTH)
        return torch.clamp(input + 3.0, 0.0, 6.0) / 6.0

    hardsigmoid._porter = True  # type: ignore[attr-defined]
    return hardsigmoid


def install(tf: Any) -> None:
    """Make `tf.nn.leaky_relu`, the pooling of volumes and the casts of numbers exact in float64."""
    # Keras 2 reads them from a module of its own.
    for nn in (tf.nn, tf.compat.v2.nn):
        if not hasattr(nn.leaky_relu, "_porter"):
            nn.leaky_relu = _leaky_relu(tf, nn.leaky_relu)
        if not hasattr(nn.max_pool, "_porter"):
            nn.max_pool = _max_pool(tf, nn.max_pool)
    from tensorflow.python.ops import math_ops

    if not hasattr(math_ops.cast, "_porter"):
        # What TensorFlow's own functions use, and both its public names.
        math_ops.cast = tf.cast = tf.dtypes.cast = _cast(tf, math_ops.cast)


def _leaky_relu(tf: Any, kernel: Any) -> Any:
    @functools.wraps(kernel)
    def leaky_relu(features: Any, alpha: Any = 0.2, name: Any = None) -> Any:
        features = tf.convert_to_tensor(features)
        if features.dtype != tf.float64:
            return kernel(features, alpha, name)
        REMARKS.add(_SLOPE)
        return tf.where(features > 0, features, alpha * features)

    leaky_relu._porter = True  # type: ignore[attr-defined]
    return leaky_relu


def _max_pool(tf: Any, kernel: Any) -> Any:
    @functools.wraps(kernel)
    def max_pool(
        input: Any, ksize: Any, strides: Any, padding: Any, *rest: Any, **named: Any
    ) -> Any:
        x = tf.convert_to_tensor(input)
        layout = named.get("data_format") or (rest[0] if rest else None) or "NDHWC"
        if x.dtype != tf.float64 or len(x.shape) != 5 or layout != "NDHWC":
            return kernel(input, ksize, strides, padding, *rest, **named)
        REMARKS.add(_POOL)
        # A maximum over a box is one over its columns of those over its planes.
        size, step = (np.broadcast_to(each, 3).tolist() for each in (ksize, strides))
        _, depth, height, width, channels = x.shape
        planes = tf.reshape(x, (-1, height, width, channels))
        planes = kernel(planes, size[1:], step[1:], padding)
        _, height, width, _ = planes.shape
        columns = tf.reshape(planes, (-1, depth, height * width, channels))
        columns = kernel(columns, (size[0], 1), (step[0], 1), padding)
        return tf.reshape(columns, (-1, columns.shape[1], height, width, channels))

    max_pool._porter = True  # type: ignore[attr-defined]
    return max_pool


def _cast(tf: Any, kernel: Any) -> Any:
    @functools.wraps(kernel)
    def cast(x: Any, dtype: Any, name: Any = None) -> Any:
        if type(x) is not float or tf.as_dtype(dtype) != tf.float64:
            return kernel(x, dtype, name)
        if float(np.float32(x)) != x:
            REMARKS.add(_NUMBER)
        return tf.constant(x, tf.float64)

    cast._porter = True  # type: ignore[attr-defined]
    return cast
