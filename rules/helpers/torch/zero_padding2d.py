from torch import nn


class ZeroPadding2d(nn.ZeroPad2d):
    """Zeros around images: n, (rows, columns) or ((top, bottom), (left, right))."""

    def __init__(self, padding):
        rows, columns = (padding, padding) if isinstance(padding, int) else padding
        top, bottom = (rows, rows) if isinstance(rows, int) else rows
        left, right = (columns, columns) if isinstance(columns, int) else columns
        super().__init__((left, right, top, bottom))
