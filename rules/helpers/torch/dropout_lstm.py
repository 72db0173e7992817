import torch
import torch.nn.functional as F
from torch import nn


class DropoutLSTM(nn.LSTM):
    """An LSTM that in training drops the same inputs and states at every step of a sequence."""

    def __init__(
        self, input_size, hidden_size, bias=True, input_dropout=0.0, recurrent_dropout=0.0
    ):
        super().__init__(input_size, hidden_size, bias=bias, batch_first=True)
        self.input_dropout = input_dropout
        self.recurrent_dropout = recurrent_dropout

    def forward(self, x, hx=None):
        if not self.training:
            return super().forward(x, hx)
        if not self.recurrent_dropout:
            return super().forward(x * F.dropout(torch.ones_like(x[:, :1]), self.input_dropout), hx)
        h, c = hx or 2 * (x.new_zeros(1, x.shape[0], self.hidden_size),)
        h, c = h[0], c[0]
        kept_x = [F.dropout(torch.ones_like(x[:, :1]), self.input_dropout) for _ in range(4)]
        kept_h = [F.dropout(torch.ones_like(h), self.recurrent_dropout) for _ in range(4)]
        weights = zip(kept_x, self.weight_ih_l0.chunk(4))
        from_x = torch.cat([F.linear(x * kept, weight) for kept, weight in weights], dim=-1)
        if self.bias:
            from_x = from_x + self.bias_ih_l0 + self.bias_hh_l0
        outputs = []
        for step in from_x.unbind(1):
            weights = zip(kept_h, self.weight_hh_l0.chunk(4))
            from_h = [F.linear(h * kept, weight) for kept, weight in weights]
            i, f, g, o = (step + torch.cat(from_h, dim=-1)).chunk(4, dim=-1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h[None], c[None])
