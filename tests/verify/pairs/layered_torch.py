from torch import nn


class Layered(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4, num_layers=2, batch_first=True)

    def forward(self, x):
        return self.rnn(x)[0]
