import torch
import torch.nn.functional as F
from torch import nn


class RandomZoom(nn.Module):
    """While training, stretch each image by a share, or by one upwards and one sidewards."""

    def __init__(self, height_factor, width_factor=None, padding_mode="reflection"):
        super().__init__()
        self.height_factor, self.width_factor = height_factor, width_factor
        self.padding_mode = padding_mode

    def forward(self, x):
        x = x if x.is_floating_point() else x.to(torch.get_default_dtype())
        if not self.training:
            return x
        height = self._drawn(x, self.height_factor)
        width = height if self.width_factor is None else self._drawn(x, self.width_factor)
        zero = torch.zeros_like(height)
        theta = torch.cat([width, zero, zero, zero, height, zero], -1).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.shape, align_corners=False)
        return F.grid_sample(x, grid, padding_mode=self.padding_mode, align_corners=False)

    def _drawn(self, x, factor):
        low, high = factor if isinstance(factor, (tuple, list)) else (-factor, factor)
        return 1 + low + torch.rand(len(x), 1, device=x.device, dtype=x.dtype) * (high - low)
