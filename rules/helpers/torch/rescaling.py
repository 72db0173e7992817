import torch
from torch import nn


class Rescaling(nn.Module):
    """`x * scale + offset`: numbers, or one for each channel (dimension 1)."""

    def __init__(self, scale, offset=0.0):
        super().__init__()
        self.register_buffer("scale", torch.as_tensor(scale), persistent=False)
        self.register_buffer("offset", torch.as_tensor(offset), persistent=False)

    def forward(self, x):
        shape = (-1, *(1,) * (x.dim() - 2))
        return x * self.scale.reshape(shape) + self.offset.reshape(shape)
