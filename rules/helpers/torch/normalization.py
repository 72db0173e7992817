import torch
from torch import nn


class Normalization(nn.Module):
    """Channels (dimension 1) less their mean, in units of their standard deviation."""

    def __init__(self, mean, variance):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean))
        self.register_buffer("variance", torch.as_tensor(variance))

    def forward(self, x):
        shape = (-1, *(1,) * (x.dim() - 2))
        deviation = self.variance.sqrt().clamp(min=1e-7)
        return (x - self.mean.reshape(shape)) / deviation.reshape(shape)
