import torch
from torch import nn


class GaussianNoise(nn.Module):
    """While training, add noise of a standard deviation."""

    def __init__(self, stddev):
        super().__init__()
        self.stddev = stddev

    def forward(self, x):
        return x + torch.randn_like(x) * self.stddev if self.training else x
