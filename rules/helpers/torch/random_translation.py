import torch
import torch.nn.functional as F
from torch import nn


class RandomTranslation(nn.Module):
    """While training, move each image by a share of its height and one of its width."""

    def __init__(self, height_factor, width_factor, padding_mode="reflection"):
        super().__init__()
        self.height_factor, self.width_factor = height_factor, width_factor
        self.padding_mode = padding_mode

    def forward(self, x):
        x = x if x.is_floating_point() else x.to(torch.get_default_dtype())
        if not self.training:
            return x
        down, right = self._drawn(x, self.height_factor), self._drawn(x, self.width_factor)
        one, zero = torch.ones_like(down), torch.zeros_like(down)
        theta = torch.cat([one, zero, -2 * right, zero, one, -2 * down], -1).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.shape, align_corners=False)
        return F.grid_sample(x, grid, padding_mode=self.padding_mode, align_corners=False)

    def _drawn(self, x, factor):
        low, high = factor if isinstance(factor, (tuple, list)) else (-factor, factor)
        return low + torch.rand(len(x), 1, device=x.device, dtype=x.dtype) * (high - low)
