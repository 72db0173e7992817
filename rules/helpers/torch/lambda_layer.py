from collections.abc import Callable

import torch
from torch import nn


class LambdaLayer(nn.Module):
    """A function as a layer."""

    def __init__(self, function: Callable[..., torch.Tensor], **arguments: object) -> None:
        super().__init__()
        self.function = function
        self.arguments = arguments

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x, **self.arguments)
