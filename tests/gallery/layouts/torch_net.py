"""Operations on a channels-first tensor that name a dim, read a size or index."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        a = self.conv(x)
        b, c = a.chunk(2, dim=1)
        return (
            a.max(dim=1)[0],
            a.mean(dim=2),
            a.mean((2, 3)),
            a.sum(dim=(2, 3), keepdim=True) * a,
            a.amin(dim=-1),
            b * c,
            torch.cat([a, x], dim=1),
            torch.stack([a, a * 2], dim=2),
            a.unsqueeze(1),
            F.softmax(a, dim=1),
            F.normalize(a, dim=1),
            a.transpose(2, 3),
            a.permute(0, 2, 3, 1),
            a.view(a.size(0), -1),
            a.mean(dim=2, keepdim=True).squeeze(2),
            torch.cumsum(a, dim=2),
            torch.flip(a, dims=[2]),
            torch.logsumexp(a, dim=2),
            a[:, 0],
            a[..., 0],
            a[:, :2, 1:],
            F.pad(a, (1, 2, 0, 1)),
            a.repeat(1, 2, 1, 1),
            a.max(),
            a.view(a.size(0), a.size(1), -1),
            a.mean(dim=2).mean(dim=2),
            torch.norm(a, dim=1),
            a.reshape(a.shape[0], 2, 2, a.shape[2], a.shape[3]),
        )
