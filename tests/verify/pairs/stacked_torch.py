from torch import nn


class Stack(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.size = width // 4
        self.start = nn.Sequential(nn.Linear(6, 3 * self.size**2))
        self.blocks = nn.Sequential(
            nn.BatchNorm2d(3),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(3, 4, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4, 2, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z):
        out = self.start(z)
        out = out.view(out.shape[0], 3, self.size, self.size)
        return self.blocks(out)
