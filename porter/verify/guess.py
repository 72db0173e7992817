"""How layers of the two frameworks relate where no manifest says so."""

from __future__ import annotations

from collections.abc import Mapping

_NORM = {"gamma": "weight", "beta": "bias"}
_LSTM = {
    "kernel": "weight_ih_l0.T",
    "recurrent_kernel": "weight_hh_l0.T",
    "bias": "bias_ih_l0 + bias_hh_l0",
}
_BY_TORCH_KIND: Mapping[str, Mapping[str, str]] = {
    "Linear": {"kernel": "weight.T", "bias": "bias"},
    "Conv1d": {"kernel": "weight.permute(2, 1, 0)", "bias": "bias"},
    "Conv2d": {"kernel": "weight.permute(2, 3, 1, 0)", "bias": "bias"},
    "Conv3d": {"kernel": "weight.permute(2, 3, 4, 1, 0)", "bias": "bias"},
    "ConvTranspose1d": {"kernel": "weight.permute(2, 1, 0)", "bias": "bias"},
    "ConvTranspose2d": {"kernel": "weight.permute(2, 3, 1, 0)", "bias": "bias"},
    "ConvTranspose3d": {"kernel": "weight.permute(2, 3, 4, 1, 0)", "bias": "bias"},
    "Embedding": {"embeddings": "weight"},
    "LayerNorm": _NORM,
    "GroupNorm": _NORM,
    "LSTM": {f"cell.{k}": v for k, v in _LSTM.items()},
    "LSTMCell": _LSTM,
    "PReLU": {"alpha": "weight"},
}
_BATCH_NORM = {**_NORM, "moving_mean": "running_mean", "moving_variance": "running_var"}
_DEPTHWISE = {"kernel": "weight.permute(2, 3, 1, 0).reshape(-1)", "bias": "bias"}


def guess_weights(keras_kind: str, torch_kind: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """A weight map and constants for two kinds of layer; empty where none is known."""
    if torch_kind.startswith(("BatchNorm", "SyncBatchNorm", "InstanceNorm")):
        return _BATCH_NORM, ("num_batches_tracked",)
    if keras_kind.startswith("Depthwise"):
        return _DEPTHWISE, ()
    return _BY_TORCH_KIND.get(torch_kind.removeprefix("Lazy"), {}), ()
