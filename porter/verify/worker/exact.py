"""TensorFlow kernels that keep a number in float32 even where their tensors are float64.

In a float64 run such an operation is evaluated by its formula instead, in float64 throughout,
and that is remarked in the report. The float32 run always uses the kernel itself.
"""

from __future__ import annotations

import functools
from typing import Any

REMARKS: set[str] = set()


def install(tf: Any) -> None:
    """Make `tf.nn.leaky_relu` exact on float64 (its slope is a float32 attribute)."""
    kernel = tf.nn.leaky_relu
    if hasattr(kernel, "_porter"):
        return

    @functools.wraps(kernel)
    def leaky_relu(features: Any, alpha: Any = 0.2, name: Any = None) -> Any:
        features = tf.convert_to_tensor(features)
        if features.dtype != tf.float64:
            return kernel(features, alpha, name)
        REMARKS.add(
            "float64: TensorFlow's LeakyReLU keeps its slope in float32; "
            "it was evaluated as where(x > 0, x, slope * x)"
        )
        return tf.where(features > 0, features, alpha * features)

    leaky_relu._porter = True  # type: ignore[attr-defined]
    tf.nn.leaky_relu = leaky_relu
