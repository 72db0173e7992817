def central_crop(image, fraction):
    """The middle of images with channels last, the same share of both sides."""
    h, w = image.shape[-3:-1]
    top, left = int((h - h * fraction) / 2), int((w - w * fraction) / 2)
    return image[..., top : h - top, left : w - left, :]
