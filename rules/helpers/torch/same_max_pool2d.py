import torch.nn.functional as F
from torch import nn


class SameMaxPool2d(nn.MaxPool2d):
    """Max pooling that pads as TensorFlow's 'same' does; what is padded never wins."""

    def forward(self, x):
        def spread(value):
            return value if isinstance(value, tuple) else (value,) * 2

        pads = []
        sizes = zip(x.shape[2:], spread(self.kernel_size), spread(self.stride))
        for size, kernel, stride in reversed(list(sizes)):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads, value=-float("inf")))
