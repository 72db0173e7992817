import numpy as np
import torch


def bgr_less_mean(x):
    """Images with channels last in the order BGR, less the mean that ImageNet's images have."""
    means = ((2, 103.939), (1, 116.779), (0, 123.68))
    stack = torch.stack if isinstance(x, torch.Tensor) else np.stack
    return stack([x[..., channel] - mean for channel, mean in means], -1)
