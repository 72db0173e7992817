"""What is written of operators between dtypes comes to the same numbers."""

from pathlib import Path

from porter.rewrite import migrate_source
from porter.verify import verify

SOURCE = """import torch
from torch import nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        h = self.fc(x)
        t = x.argmax(1).long()
        mask = torch.arange(4)[None] < 3
        pos = torch.arange(4)
        y = h * (h > 0) + h * mask + pos * 0.5 + pos / 4 + torch.tensor([1, 2, 3, 4]) * 1.5
        y += mask
        y = y * (1.0 - (x > 0).long()) + ((x > 0) + (x < -1)) * h + F.one_hot(t, 4) * 0.5
        hits = (h.argmax(1) == t).sum() * 0.25
        return y + hits + x.mean() + (x > 0).sum() + (h.topk(2)[1] == 1).sum(), (x > 0) * 2


model = Net()
"""


def test_operators_between_dtypes(tmp_path: Path) -> None:
    source, target = tmp_path / "net_torch.py", tmp_path / "net_keras.py"
    source.write_text(SOURCE)
    migration = migrate_source(SOURCE, to="keras", path="net_torch.py")
    target.write_text(migration.code)
    result = verify(source, target, ["float32[5,4]"])
    assert result.status == "equal", (migration.code, result)
