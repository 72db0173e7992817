import torch


def corner_resized(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Bilinear resizing as in TensorFlow 1: a pixel stands at its corner, not at its centre."""
    for dim, wanted in zip((-2, -1), size):
        last = x.shape[dim] - 1
        place = torch.arange(wanted, device=x.device, dtype=x.dtype) * (x.shape[dim] / wanted)
        low = place.long().clamp(max=last)
        share = (place - low).unsqueeze(-1) if dim == -2 else place - low
        x = torch.lerp(x.index_select(dim, low), x.index_select(dim, (low + 1).clamp(max=last)), share)
    return x
