from torch import nn


class LazyDepthwiseConv1d(nn.LazyConv1d):
    """A convolution of each channel on its own, of as many channels as first come in."""

    def __init__(self, multiplier, kernel_size, **options):
        super().__init__(multiplier, kernel_size, **options)

    def initialize_parameters(self, x):
        if self.has_uninitialized_params():
            self.groups = x.shape[1]
            self.out_channels *= x.shape[1]
        super().initialize_parameters(x)
