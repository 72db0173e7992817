import torch.nn.functional as F
from torch import nn


class CategoricalCrossentropy(nn.Module):
    """The mean cross-entropy of (target, prediction), classes on the last axis."""

    def __init__(self, from_logits=False):
        super().__init__()
        self.from_logits = from_logits

    def forward(self, y_true, y_pred):
        if self.from_logits:
            return -(y_true * F.log_softmax(y_pred, dim=-1)).sum(dim=-1).mean()
        shares = y_pred / y_pred.sum(dim=-1, keepdim=True)
        return -(y_true * shares.clamp(1e-7, 1 - 1e-7).log()).sum(dim=-1).mean()
