import math

import torch
import torch.nn.functional as F
from torch import nn


class RandomRotation(nn.Module):
    """While training, turn each image by a share of a full turn, drawn from a range."""

    def __init__(self, factor, padding_mode="reflection"):
        super().__init__()
        self.low, self.high = factor if isinstance(factor, (tuple, list)) else (-factor, factor)
        self.padding_mode = padding_mode

    def forward(self, x):
        x = x if x.is_floating_point() else x.to(torch.get_default_dtype())
        if not self.training:
            return x
        h, w = x.shape[-2:]
        share = torch.rand(len(x), device=x.device, dtype=x.dtype)
        angle = 2 * math.pi * (self.low + share * (self.high - self.low))
        cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
        theta = torch.stack([cos, -sin * h / w, zero, sin * w / h, cos, zero], -1).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.shape, align_corners=False)
        return F.grid_sample(x, grid, padding_mode=self.padding_mode, align_corners=False)
