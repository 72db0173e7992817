"""Images resized in float64 as TensorFlow's kernels resize them in float32."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import torch
from click.testing import CliRunner
from tensorflow.python.ops import gen_image_ops

from porter.cli.app import app
from porter.verify import verify
from porter.verify.worker import resizing

V1, V2 = tf.compat.v1.image, tf.image.resize
SIZES = [(4, 6), (7, 5), (13, 3), (1, 17), (9, 11), (18, 22)]
PIXELS = np.random.default_rng(0).standard_normal((2, 9, 11, 4))
KERNELS: dict[str, Callable[..., Any]] = {
    "bilinear": V2,
    "bilinear-aligned": lambda x, size: V1.resize_bilinear(x, size, align_corners=True),
    "bilinear-corner": V1.resize_bilinear,
    "bilinear-half": lambda x, size: V1.resize_bilinear(x, size, half_pixel_centers=True),
    "bilinear-older": lambda x, size: V1.resize(x, size, align_corners=True),
    "bicubic": lambda x, size: V2(x, size, "bicubic"),
    "bicubic-aligned": lambda x, size: V1.resize_bicubic(x, size, align_corners=True),
    "bicubic-corner": V1.resize_bicubic,
    **{
        f"{method}{'-smooth' if smooth else ''}": (
            lambda x, size, method=method, smooth=smooth: V2(x, size, method, antialias=smooth)
        )
        for method in ("bilinear", "bicubic", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
        for smooth in (False, True)
        if smooth or method not in ("bilinear", "bicubic")
    },
    "moved": lambda x, size: gen_image_ops.scale_and_translate(
        x, size, (1.3, 0.7), (0.4, -2.5), "keyscubic"
    ),
}


@pytest.fixture
def remarked(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """The kernels replaced for one test; what was remarked."""
    for name in ("resize_bilinear", "resize_bicubic", "scale_and_translate"):
        monkeypatch.setattr(gen_image_ops, name, getattr(gen_image_ops, name))
    remarks: list[None] = []
    resizing.install(tf, lambda: True, lambda: remarks.append(None))
    return remarks


def _with_gradient(resize: Callable[..., Any], x: Any, size: Any) -> tuple[Any, Any]:
    with tf.GradientTape() as tape:
        tape.watch(x)
        made = resize(x, size)
        weights = np.cos(np.arange(made.shape.num_elements())).reshape(made.shape)
        total = tf.reduce_sum(made * tf.constant(weights, made.dtype))
    return made, tape.gradient(total, x)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kernel", KERNELS)
def test_as_the_kernel(kernel: str, size: tuple[int, int], remarked: list[None]) -> None:
    resize = KERNELS[kernel]
    kept, kept_slope = _with_gradient(resize, tf.constant(PIXELS, tf.float32), size)
    assert not remarked
    exact, slope = _with_gradient(resize, tf.constant(PIXELS), size)
    assert (kept.dtype, exact.dtype, slope.dtype) == (tf.float32, tf.float64, tf.float64)
    assert remarked or kept.shape == PIXELS.shape
    np.testing.assert_allclose(kept, exact, atol=1e-5)
    np.testing.assert_allclose(kept_slope, slope, atol=2e-5)


TORCH = {
    "bilinear": {"mode": "bilinear", "align_corners": False},
    "bilinear-aligned": {"mode": "bilinear", "align_corners": True},
    "bilinear-smooth": {"mode": "bilinear", "align_corners": False, "antialias": True},
    "bicubic-smooth": {"mode": "bicubic", "align_corners": False, "antialias": True},
}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kernel", TORCH)
def test_as_pytorch(kernel: str, size: tuple[int, int], remarked: list[None]) -> None:
    exact = KERNELS[kernel](tf.constant(PIXELS), size)
    pixels = torch.tensor(PIXELS).permute(0, 3, 1, 2)
    other = torch.nn.functional.interpolate(pixels, size, **TORCH[kernel])
    np.testing.assert_allclose(exact, other.permute(0, 2, 3, 1), rtol=0, atol=1e-12)


def test_sizes_that_only_a_run_knows(remarked: list[None]) -> None:
    def doubled(x: Any) -> Any:
        return tf.image.resize(x, 2 * tf.shape(x)[1:3])

    spec = tf.TensorSpec((None, None, None, 4), tf.float64)
    traced = tf.function(doubled, input_signature=[spec])
    np.testing.assert_allclose(traced(PIXELS), tf.image.resize(PIXELS, (18, 22)), atol=1e-14)


SOURCE = """\
from torch import nn

net = nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1), nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(4, 2, 1)
)
"""


def test_a_verdict_remarks_it(tmp_path: Path) -> None:
    path, out = tmp_path / "net.py", tmp_path / "out"
    path.write_text(SOURCE)
    CliRunner().invoke(app, ["migrate", str(path), "--to", "keras", "-o", str(out)])
    result = verify(path, out, ["float32[2,3,7,9]"], build="net")
    assert result.status == "equal", result
    assert any("resizes images in float32" in finding for finding in result.findings)
