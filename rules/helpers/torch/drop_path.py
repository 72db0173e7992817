import torch
import torch.nn.functional as F
from torch import nn


class DropPath(nn.Dropout):
    """Dropout of whole examples: what is not dropped is scaled up by 1 / (1 - p)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = x.new_ones(len(x), *[1] * (x.ndim - 1))
        return x * F.dropout(kept, self.p, self.training)
