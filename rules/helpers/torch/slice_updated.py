import torch


def slice_updated(x: torch.Tensor, starts, updates: torch.Tensor) -> torch.Tensor:
    """A copy of `x` with `updates` written over the part that begins at `starts`."""
    sizes = zip(starts, updates.shape, strict=True)
    place = tuple(slice(int(start), int(start) + size) for start, size in sizes)
    result = x.clone()
    result[place] = updates
    return result
