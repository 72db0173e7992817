import torch
import torch.nn.functional as F
from torch import nn


class SameAvgPool3d(nn.AvgPool3d):
    """Average pooling that pads as TensorFlow's 'same' does; padding is not counted."""

    def forward(self, x):
        def spread(value):
            return value if isinstance(value, tuple) else (value,) * 3

        pads = []
        sizes = zip(x.shape[2:], spread(self.kernel_size), spread(self.stride))
        for size, kernel, stride in reversed(list(sizes)):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        counted = F.pad(torch.ones_like(x[:1, :1]), pads)
        return super().forward(F.pad(x, pads)) / super().forward(counted)
