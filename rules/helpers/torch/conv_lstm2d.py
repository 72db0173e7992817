import torch
from torch import nn


class ConvLSTM2d(nn.Module):
    """An LSTM over images, with convolutions for matrices: (batch, channels, time, height, width).

    Gates stand in the order i, f, g, o; hard ones are Keras 2's clip(0.2 * x + 0.5, 0, 1).
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1,
        bias=True, hard_gates=False,
    ):  # fmt: skip
        super().__init__()
        self.hard_gates = hard_gates
        self.input_conv = nn.Conv2d(
            in_channels, 4 * out_channels, kernel_size, stride, padding, dilation, bias=bias
        )
        self.recurrent_conv = nn.Conv2d(
            out_channels, 4 * out_channels, kernel_size, padding="same", bias=False
        )
        nn.init.xavier_uniform_(self.input_conv.weight)
        nn.init.orthogonal_(self.recurrent_conv.weight)
        if bias:
            nn.init.zeros_(self.input_conv.bias)
            nn.init.ones_(self.input_conv.bias[out_channels : 2 * out_channels])

    def gate(self, x):
        return (0.2 * x + 0.5).clip(0, 1) if self.hard_gates else torch.sigmoid(x)

    def forward(self, x):
        steps = [self.input_conv(image) for image in x.unbind(2)]
        h = c = torch.zeros_like(steps[0].chunk(4, dim=1)[0])
        outputs = []
        for step in steps:
            i, f, g, o = (step + self.recurrent_conv(h)).chunk(4, dim=1)
            c = self.gate(f) * c + self.gate(i) * torch.tanh(g)
            h = self.gate(o) * torch.tanh(c)
            outputs.append(h)
        # With the strides that stack() leaves, gradients of a batch norm behind it can be wrong.
        return torch.stack(outputs, dim=2).contiguous(), h
