import torch
from torch import nn


class Permute(nn.Module):
    """Reorder the dimensions of a tensor."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(self.dims)
