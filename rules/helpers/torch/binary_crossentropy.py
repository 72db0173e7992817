import torch.nn.functional as F
from torch import nn


class BinaryCrossentropy(nn.Module):
    """The mean binary cross-entropy of (target, prediction)."""

    def __init__(self, from_logits=False):
        super().__init__()
        self.from_logits = from_logits

    def forward(self, y_true, y_pred):
        y_true = y_true.to(y_pred).reshape(y_pred.shape)
        if self.from_logits:
            return F.binary_cross_entropy_with_logits(y_pred, y_true)
        return F.binary_cross_entropy(y_pred.clamp(1e-7, 1 - 1e-7), y_true)
