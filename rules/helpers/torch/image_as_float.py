import torch


def image_as_float(image):
    """Pixels as float32: whole numbers are divided by the largest that their type can hold."""
    if image.is_floating_point():
        return image.float()
    return image.float() / torch.iinfo(image.dtype).max
