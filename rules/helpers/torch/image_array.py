import numpy as np


def image_array(image):
    """An image as an array of rows, columns and channels, as Keras has it."""
    return np.atleast_3d(np.asarray(image, dtype="float32"))
