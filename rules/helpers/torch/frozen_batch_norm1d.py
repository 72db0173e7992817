from torch import nn


class FrozenBatchNorm1d(nn.BatchNorm1d):
    """Batch normalisation that is not trained and always takes its running statistics."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.requires_grad_(False).eval()

    def train(self, mode=True):
        return super().train(False)
