import torch
import torch.nn.functional as F
from torch import nn


class NamedPad(nn.Module):
    """Pad as TensorFlow does for a convolution whose padding is 'same', or 'valid'."""

    def __init__(self, kernel_size, stride, dilation, padding):
        super().__init__()
        if padding not in ("same", "valid"):
            raise ValueError(f"padding is 'same' or 'valid', not {padding!r}")
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation
        self.padding = padding

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.padding == "valid":
            return x
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
