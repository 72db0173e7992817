import torch
from torch import nn


class RandomContrast(nn.Module):
    """While training, stretch the distance of each image's pixels from their mean."""

    def __init__(self, factor, value_range=(0, 255)):
        super().__init__()
        # Of a single number Keras makes no less contrast, only more.
        self.less, self.more = factor if isinstance(factor, (tuple, list)) else (0, factor)
        self.value_range = value_range

    def forward(self, x):
        if not self.training:
            return x
        share = torch.rand(len(x), 1, 1, 1, device=x.device, dtype=x.dtype)
        contrast = 1 - self.less + share * (self.less + self.more)
        mean = x.mean((-2, -1), keepdim=True)
        return ((x - mean) * contrast + mean).clamp(*self.value_range)
