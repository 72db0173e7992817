import torch


def clip_by_global_norm(tensors, clip_norm):
    """Tensors scaled so that their common norm is at most `clip_norm`, and the norm they had."""
    norms = [torch.linalg.vector_norm(t) for t in tensors if t is not None]
    norm = torch.linalg.vector_norm(torch.stack(norms))
    # Where the norm is infinite, nothing is a number afterwards.
    scale = clip_norm / norm.clamp(min=clip_norm) + 0 * norm
    return [None if t is None else t * scale for t in tensors], norm
