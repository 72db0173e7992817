import torch
import torch.nn.functional as F
from torch import nn


class SamePad(nn.Module):
    """Pad as TensorFlow's 'same' does, by the size of what comes in; more goes after."""

    def __init__(self, kernel_size, stride=1, dilation=1):
        super().__init__()
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pads = []
        for i in reversed(range(x.ndim - 2)):
            kernel, stride, dilation = (
                n[i] if isinstance(n, tuple) else n
                for n in (self.kernel_size, self.stride, self.dilation)
            )
            span = (kernel - 1) * dilation + 1
            size = x.shape[2 + i]
            total = max((-(-size // stride) - 1) * stride + span - size, 0)
            pads += [total // 2, total - total // 2]
        return F.pad(x, pads)
