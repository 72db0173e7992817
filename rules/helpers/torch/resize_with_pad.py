import torch.nn.functional as F


def resize_with_pad(image, height, width, mode="bilinear"):
    """Images with channels last, as large as fits with their proportions, and zeros around."""
    batch = image if image.ndim == 4 else image[None]
    h, w = batch.shape[1:3]
    ratio = max(h / height, w / width)
    size = int(h / ratio), int(w / ratio)
    top, left = int((height - h / ratio) / 2), int((width - w / ratio) / 2)
    resized = F.interpolate(batch.permute(0, 3, 1, 2), size=size, mode=mode).permute(0, 2, 3, 1)
    pads = (0, 0, left, width - size[1] - left, top, height - size[0] - top)
    padded = F.pad(resized, pads)
    return padded if image.ndim == 4 else padded[0]
