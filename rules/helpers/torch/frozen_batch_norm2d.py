from torch import nn


class FrozenBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation that is not trained and always takes its running statistics."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.requires_grad_(False).eval()

    def train(self, mode=True):
        return super().train(False)
