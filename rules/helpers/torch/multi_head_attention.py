import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    """Attention whose heads need not add up to the width of the query; True in a mask attends."""

    def __init__(self, query_dim, num_heads, key_dim, value_dim=None, source_dim=None,
                 output_dim=None, dropout=0.0, bias=True):
        super().__init__()
        value_dim = value_dim or key_dim
        source_dim = source_dim or query_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.query = nn.Linear(query_dim, num_heads * key_dim, bias=bias)
        self.key = nn.Linear(source_dim, num_heads * key_dim, bias=bias)
        self.value = nn.Linear(source_dim, num_heads * value_dim, bias=bias)
        self.output = nn.Linear(num_heads * value_dim, output_dim or query_dim, bias=bias)

    def forward(self, query, value, key=None, attention_mask=None, use_causal_mask=False):
        q = self._heads(self.query(query))
        k = self._heads(self.key(value if key is None else key))
        v = self._heads(self.value(value))
        scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
        mask = None if attention_mask is None else attention_mask.bool()
        if use_causal_mask:
            causal = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
            mask = causal if mask is None else mask & causal
        if mask is not None:
            mask = mask.unsqueeze(-3) if mask.dim() == 3 else mask
            scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = nn.functional.dropout(scores.softmax(dim=-1), self.dropout, self.training)
        return self.output((weights @ v).transpose(1, 2).flatten(2))

    def _heads(self, x):
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
