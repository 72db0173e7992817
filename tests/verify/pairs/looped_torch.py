from torch import nn


def dense(width, out):
    return nn.Linear(width, out)


class Tower(nn.Module):
    def __init__(self, depth=2):
        super().__init__()
        self.width = 4
        steps = []
        for _ in range(1, depth + 1):
            steps.append(dense(self.width, 4))
            steps.append(nn.Tanh())
        if self.width != 4:
            steps.append(dense(4, 4))
        self.steps = nn.Sequential(*steps)

    def forward(self, x):
        return self.steps(x)
