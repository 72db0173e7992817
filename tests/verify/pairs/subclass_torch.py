"""Subclassed torch: an LSTM, a padded convolution in a Sequential, a bare parameter, a buffer."""

import torch
from torch import nn
from torch.nn import functional


class Attend(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.scale = nn.Parameter(torch.ones(width))
        self.register_buffer("causal", torch.ones(5, 5).tril().bool())

    def forward(self, x):
        scores = self.query(x) @ x.transpose(1, 2)
        scores = scores.masked_fill(~self.causal, float("-inf"))
        return torch.softmax(scores, dim=-1) @ self.value(x) * self.scale


class Net(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.embed = nn.Embedding(11, width)
        self.features = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.LayerNorm(width))
        self.attend = nn.ModuleList([Attend(width) for _ in range(2)])
        self.rnn = nn.LSTM(width, 4, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, tokens, weight):
        x = self.features(self.embed(tokens)) * weight
        for attend in self.attend:
            x = x + functional.dropout(attend(x), 0.2, self.training)
        hidden, _ = self.rnn(x)
        return {"logits": self.head(hidden), "last": (hidden[:, -1], None)}


def train():
    raise SystemExit("training is not wanted here")


if __name__ == "__main__":
    train()
