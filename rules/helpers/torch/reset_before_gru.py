import torch
from torch import nn


class ResetBeforeGRU(nn.Module):
    """A GRU whose reset gate acts before the recurrent matrix (Keras: reset_after=False).

    Gates stand in the order z, r, h.
    """

    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(input_size, 3 * hidden_size))
        self.recurrent_kernel = nn.Parameter(torch.empty(hidden_size, 3 * hidden_size))
        nn.init.xavier_uniform_(self.kernel)
        nn.init.orthogonal_(self.recurrent_kernel)
        self.bias = nn.Parameter(torch.zeros(3 * hidden_size)) if bias else None

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.recurrent_kernel.shape[0])
        w_z, w_r, w_h = self.recurrent_kernel.chunk(3, dim=1)
        gates = x @ self.kernel
        if self.bias is not None:
            gates = gates + self.bias
        outputs = []
        for x_z, x_r, x_h in (step.chunk(3, dim=-1) for step in gates.unbind(1)):
            z = torch.sigmoid(x_z + h @ w_z)
            r = torch.sigmoid(x_r + h @ w_r)
            h = z * h + (1 - z) * torch.tanh(x_h + (r * h) @ w_h)
            outputs.append(h)
        return torch.stack(outputs, dim=1), h
