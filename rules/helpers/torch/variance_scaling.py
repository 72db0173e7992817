import math
from collections.abc import Sequence

import torch
from torch import nn


def variance_scaling(
    shape: Sequence[int], scale: float, mode: str, distribution: str
) -> torch.Tensor:
    """A new tensor, drawn so that its variance is the scale over its fan."""
    fan_in = fan_out = math.prod(shape)
    if len(shape) > 1:
        fan_in, fan_out = fan_in // shape[-1], fan_out // shape[-2]
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    std = math.sqrt(scale / max(1.0, fan))
    if distribution == "uniform":
        limit = math.sqrt(3.0) * std
        return nn.init.uniform_(torch.empty(*shape), -limit, limit)
    if distribution == "untruncated_normal":
        return nn.init.normal_(torch.empty(*shape), std=std)
    std = std / 0.8796256610342398
    return nn.init.trunc_normal_(torch.empty(*shape), std=std, a=-2 * std, b=2 * std)
