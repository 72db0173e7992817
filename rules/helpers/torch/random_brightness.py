import torch
from torch import nn


class RandomBrightness(nn.Module):
    """While training, add a share of the range of values to each image."""

    def __init__(self, factor, value_range=(0, 255)):
        super().__init__()
        self.low, self.high = factor if isinstance(factor, (tuple, list)) else (-factor, factor)
        self.value_range = value_range

    def forward(self, x):
        if not self.training:
            return x
        low, high = self.value_range
        share = torch.rand(len(x), 1, 1, 1, device=x.device, dtype=x.dtype)
        added = self.low + share * (self.high - self.low)
        return (x + added * (high - low)).clamp(low, high)
