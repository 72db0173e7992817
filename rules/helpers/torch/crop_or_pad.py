import torch.nn.functional as F


def crop_or_pad(image, height, width):
    """The middle of images with channels last, with zeros around what is too small."""
    pads = [0, 0]
    for size, wanted in ((image.shape[-2], width), (image.shape[-3], height)):
        # Where the difference is odd, what is cut begins earlier, and so does what is padded.
        before = (wanted - size) // 2 if wanted > size else -((size - wanted) // 2)
        pads += [before, wanted - size - before]
    return F.pad(image, pads)
