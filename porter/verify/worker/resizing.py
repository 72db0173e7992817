"""TensorFlow's kernels that resize images, by their formulas in float64.

The kernels answer in float32 whatever they are given. Resizing is linear along either axis, so
that a kernel is two matrices. Their numbers are those of TensorFlow's sources, in
`tensorflow/core`: `util/image_resizer_state.h` (where a pixel of the output lies in the input),
`kernels/image/resize_bilinear_op.cc`, `resize_bicubic_op.cc`, `scale_and_translate_op.cc` and
`sampling_kernels.h`.
"""

from __future__ import annotations

import functools
import inspect
import math
from typing import Any, Callable, Mapping

_KEYS, _LEGACY = -0.5, -0.75
_STEPS = 1024


def bilinear(tf: Any, n: Any, size: Any, align_corners: bool, half_pixel_centers: bool) -> Any:
    """The matrix of `ResizeBilinear` along one axis, from `n` pixels to `size`."""
    place = _places(tf, n, size, align_corners, half_pixel_centers, tf.float64)
    last = tf.cast(n - 1, tf.float64)
    distance = tf.abs(tf.clip_by_value(place, 0.0, last)[:, None] - tf.range(last + 1.0))
    return tf.maximum(1.0 - distance, 0.0)


def bicubic(tf: Any, n: Any, size: Any, align_corners: bool, half_pixel_centers: bool) -> Any:
    """The matrix of `ResizeBicubic`, which rounds a place to 1/1024 of a pixel."""
    # In float32, as the kernel does, so that both round to the same.
    place = _places(tf, n, size, align_corners, half_pixel_centers, tf.float32)
    first = tf.floor(place)
    share = tf.cast(tf.round((place - first) * _STEPS), tf.float64) / _STEPS
    steps = tf.range(-1.0, 3.0, dtype=tf.float64)
    weights = _cubic(tf, tf.abs(steps - share[:, None]), _KEYS if half_pixel_centers else _LEGACY)
    taps = tf.cast(first, tf.int32)[:, None] + tf.range(-1, 3)
    inside = tf.clip_by_value(taps, 0, n - 1)
    if half_pixel_centers:
        weights = _normalised(tf, tf.where(inside == taps, weights, 0.0))
    return tf.reduce_sum(tf.one_hot(inside, n, dtype=tf.float64) * weights[:, :, None], 1)


def sampled(
    tf: Any, n: Any, size: Any, scale: Any, translation: Any, kernel_type: str, antialias: bool
) -> Any:
    """The matrix of `ScaleAndTranslate`, whose kernels grow as an image shrinks."""
    n64, size64 = tf.cast(n, tf.float64), tf.cast(size, tf.float64)
    # `tf.image.resize` rounds the ratio of its sizes before it hands it over.
    ratio = tf.cast(size, tf.float32) / tf.cast(n, tf.float32)
    inverse = tf.where(scale == ratio, n64 / size64, 1.0 / tf.cast(scale, tf.float64))
    place = (tf.range(size64) + 0.5) * inverse - inverse * tf.cast(translation, tf.float64)
    spread = tf.maximum(inverse, 1.0) if antialias else tf.ones((), tf.float64)
    distance = tf.abs(tf.range(n64) + 0.5 - place[:, None]) / spread
    weights = _normalised(tf, _KERNELS[kernel_type](tf, distance))
    return tf.where(((place >= 0.0) & (place <= n64))[:, None], weights, 0.0)


def _places(
    tf: Any, n: Any, size: Any, align_corners: bool, half_pixel_centers: bool, dtype: Any
) -> Any:
    """Where each pixel of the output lies among those of the input."""
    pixels, n, size = tf.range(size), tf.cast(n, dtype), tf.cast(size, dtype)
    pixels, scale = tf.cast(pixels, dtype), n / size
    if align_corners:
        scale = tf.where(size > 1, (n - 1) / tf.maximum(size - 1, 1), scale)
    return (pixels + 0.5) * scale - 0.5 if half_pixel_centers else pixels * scale


def _normalised(tf: Any, weights: Any) -> Any:
    return tf.math.divide_no_nan(weights, tf.reduce_sum(weights, 1, keepdims=True))


def _cubic(tf: Any, x: Any, a: float = _KEYS) -> Any:
    near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    far = ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    return tf.where(x < 1.0, near, tf.where(x < 2.0, far, 0.0))


def _mitchell(tf: Any, x: Any) -> Any:
    near = ((7.0 / 6.0) * x - 2.0) * x * x + 8.0 / 9.0
    far = (((-7.0 / 18.0) * x + 2.0) * x - 10.0 / 3.0) * x + 16.0 / 9.0
    return tf.where(x < 1.0, near, tf.where(x < 2.0, far, 0.0))


def _triangle(tf: Any, x: Any) -> Any:
    return tf.maximum(1.0 - x, 0.0)


def _gaussian(tf: Any, x: Any) -> Any:
    return tf.where(x < 1.5, tf.exp(-2.0 * x * x), 0.0)


def _lanczos(radius: int) -> Callable[[Any, Any], Any]:
    def kernel(tf: Any, x: Any) -> Any:
        angle = math.pi * tf.maximum(x, 1e-3)
        value = radius * tf.sin(angle) * tf.sin(angle / radius) / (angle * angle)
        return tf.where(x <= 1e-3, 1.0, tf.where(x <= radius, value, 0.0))

    return kernel


_KERNELS: dict[str, Callable[[Any, Any], Any]] = {
    "gaussian": _gaussian,
    "keyscubic": _cubic,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
    "mitchellcubic": _mitchell,
    "triangle": _triangle,
}


def install(tf: Any, is_float64: Callable[[], bool], remark: Callable[[], None]) -> None:
    """Have the kernels' functions answer in float64 where the run and the images are."""
    from tensorflow.python.ops import gen_image_ops, image_ops

    resizers = {"resize_bilinear": bilinear, "resize_bicubic": bicubic}
    for name, matrix in (*resizers.items(), ("scale_and_translate", None)):
        kernel = getattr(gen_image_ops, name)
        if hasattr(kernel, "_porter"):
            continue
        made = _exactly(tf, kernel, matrix, is_float64, remark)
        setattr(gen_image_ops, name, made)
        if getattr(image_ops, name, None) is kernel:
            setattr(image_ops, name, made)


def _exactly(
    tf: Any, kernel: Any, matrix: Any, is_float64: Callable[[], bool], remark: Callable[[], None]
) -> Any:
    signature = inspect.signature(kernel)

    @functools.wraps(kernel)
    def resize(*args: Any, **named: Any) -> Any:
        bound = signature.bind(*args, **named)
        bound.apply_defaults()
        given = bound.arguments
        images = tf.convert_to_tensor(given["images"])
        if images.dtype != tf.float64 or not is_float64() or not _is_known(given):
            return kernel(*args, **named)
        remark()
        rows, columns = (_matrix(tf, matrix, images, given, axis) for axis in (0, 1))
        return tf.einsum("ip,jq,bpqc->bijc", rows, columns, images)

    resize._porter = True  # type: ignore[attr-defined]
    return resize


def _is_known(given: Mapping[str, Any]) -> bool:
    if "kernel_type" in given:
        return given["kernel_type"] in _KERNELS
    return not (given["align_corners"] and given["half_pixel_centers"])


def _matrix(tf: Any, matrix: Any, images: Any, given: Mapping[str, Any], axis: int) -> Any:
    n, size = tf.shape(images)[axis + 1], tf.convert_to_tensor(given["size"])[axis]
    if matrix is not None:
        return matrix(tf, n, size, given["align_corners"], given["half_pixel_centers"])
    scale = tf.convert_to_tensor(given["scale"], tf.float32)[axis]
    moved = tf.convert_to_tensor(given["translation"], tf.float32)[axis]
    return sampled(tf, n, size, scale, moved, given["kernel_type"], given["antialias"])
