import torch.nn.functional as F
from torch import nn


class SparseCategoricalCrossentropy(nn.Module):
    """The mean cross-entropy of (target, prediction), where the target is a class's number."""

    def __init__(self, from_logits=False):
        super().__init__()
        self.from_logits = from_logits

    def forward(self, y_true, y_pred):
        logits = y_pred if self.from_logits else y_pred.clamp(1e-7, 1 - 1e-7).log()
        return F.cross_entropy(logits.flatten(0, -2), y_true.long().flatten())
