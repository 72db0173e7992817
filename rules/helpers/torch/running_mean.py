import torch


class RunningMean:
    """The mean of all values since the last reset, weighted where weights are given."""

    def __init__(self, name="mean"):
        self.name = name
        self.reset_state()

    def reset_state(self):
        self.total, self.count = torch.tensor(0.0), torch.tensor(0.0)

    def update_state(self, values, sample_weight=None):
        values = torch.as_tensor(values, dtype=torch.float32).detach().cpu()
        weights = torch.ones_like(values)
        if sample_weight is not None:
            weights = weights * torch.as_tensor(sample_weight, dtype=torch.float32).cpu()
        self.total = self.total + (values * weights).sum()
        self.count = self.count + weights.sum()

    def result(self):
        return torch.where(self.count == 0, 0.0, self.total / self.count)
