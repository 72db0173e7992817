import torch


def correct_pad(x: torch.Tensor, kernel_size: int | tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """((top, bottom), (left, right)) for a convolution of stride 2; even sizes get less before."""
    kernels = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sizes = zip(kernels, x.shape[-2:])
    return tuple((kernel // 2 - (1 - size % 2), kernel // 2) for kernel, size in sizes)
