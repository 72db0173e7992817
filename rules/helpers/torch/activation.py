from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn


class Activation(nn.Module):
    """An activation by Keras's name for it, where that is only known when the model is made."""

    FUNCTIONS = {
        None: nn.Identity(), "linear": nn.Identity(), "relu": F.relu, "relu6": F.relu6,
        "elu": F.elu, "selu": F.selu, "gelu": F.gelu, "silu": F.silu, "swish": F.silu,
        "mish": F.mish, "sigmoid": torch.sigmoid, "hard_sigmoid": F.hardsigmoid,
        "hard_silu": F.hardswish, "log_sigmoid": F.logsigmoid, "tanh": torch.tanh,
        "softplus": F.softplus, "softsign": F.softsign, "exponential": torch.exp,
        "softmax": F.softmax, "log_softmax": F.log_softmax,
    }  # fmt: skip

    def __init__(self, name: str | Callable[..., torch.Tensor] | None, dim: int = -1):
        super().__init__()
        self.function = name if callable(name) else self.FUNCTIONS[name]
        self.options = {"dim": dim} if self.function in (F.softmax, F.log_softmax) else {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x, **self.options)
