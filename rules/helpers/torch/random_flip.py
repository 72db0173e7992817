import torch
from torch import nn


class RandomFlip(nn.Module):
    """While training, turn half of the images over: left to right, top to bottom, or both."""

    def __init__(self, mode="horizontal_and_vertical"):
        super().__init__()
        self.dims = [dim for dim, name in ((-1, "horizontal"), (-2, "vertical")) if name in mode]

    def forward(self, x):
        if not self.training:
            return x
        flipped = torch.rand(len(x), 1, 1, 1, device=x.device) <= 0.5
        return torch.where(flipped, x.flip(self.dims), x)
