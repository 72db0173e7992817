from torch import nn


class LazyLayerNorm(nn.modules.lazy.LazyModuleMixin, nn.LayerNorm):
    """A layer norm over the last dimension, of the size that first comes in."""

    cls_to_become = nn.LayerNorm

    def __init__(self, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__(0, eps, elementwise_affine, bias)
        for name, _ in list(self.named_parameters()):
            setattr(self, name, nn.UninitializedParameter())

    def initialize_parameters(self, x):
        self.normalized_shape = (x.shape[-1],)
        for parameter in self.parameters():
            parameter.materialize(self.normalized_shape)
        self.reset_parameters()
