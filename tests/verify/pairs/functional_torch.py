import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, in_channels, filters):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, filters, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList()
        channels = 1
        for filters in [4, 6]:
            self.blocks.append(Block(channels, filters))
            channels = filters
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(0.25)
        self.left = nn.Linear(294, 8)
        self.right = nn.Linear(294, 8)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = x.permute(0, 3, 1, 2)
        for block in self.blocks:
            x = self.pool(block(x))
        x = self.dropout(x)
        x = x.permute(0, 2, 3, 1).flatten(1)
        left = torch.tanh(self.left(x))
        right = torch.tanh(self.right(x))
        return torch.softmax(self.head(left - right), dim=-1)


model = Model()
