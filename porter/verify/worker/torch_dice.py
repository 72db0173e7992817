"""PyTorch's random functions, drawing from the shared stream while a run is compared."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .dice import DICE

# Running variances by id of their tensor, without the n/(n-1) of the training step under way.
BIASED: dict[int, Any] = {}


def install(torch: Any) -> None:
    """Patch what draws, and note running variances without Bessel's correction."""
    _install_dropout(torch)
    _install_alpha_dropout(torch)
    _install_attention(torch)
    _install_draws(torch)
    _install_batch_norm(torch)


def _tensor(torch: Any, array: Any, like: Any) -> Any:
    return torch.as_tensor(np.ascontiguousarray(array)).to(dtype=like.dtype, device=like.device)


def _masked(torch: Any, x: Any, p: float, shape: Any) -> Any:
    # PyTorch takes a tensor of one number as well.
    p = float(p)
    keep = _tensor(torch, DICE.uniform(shape) >= p, x)
    return x * keep / (1.0 - p) if p < 1.0 else x * 0.0


def _install_dropout(torch: Any) -> None:
    functional = torch.nn.functional

    def dropout(original: Any, channels: int | None) -> Any:
        @functools.wraps(original)
        def patched(
            input: Any, p: float = 0.5, training: bool = True, inplace: bool = False
        ) -> Any:
            if not (DICE.active and training and p > 0):
                return original(input, p, training, inplace)
            shape = tuple(input.shape)
            if channels is not None:
                # On rows of features torch drops single features, whatever the module's name.
                lead = max(input.dim() - channels, 2 if input.dim() == 2 else 0)
                shape = shape[:lead] + (1,) * (len(shape) - lead)
            result = _masked(torch, input, p, shape)
            return input.copy_(result) if inplace else result

        return patched

    names = {"dropout": None, "dropout1d": 1, "dropout2d": 2, "dropout3d": 3}
    for name, channels in names.items():
        if hasattr(functional, name):
            setattr(functional, name, dropout(getattr(functional, name), channels))
    torch_dropout = torch.dropout

    def plain_dropout(input: Any, p: float, train: bool) -> Any:
        if DICE.active and train and p > 0:
            return _masked(torch, input, p, tuple(input.shape))
        return torch_dropout(input, p, train)

    torch.dropout = plain_dropout


def _install_alpha_dropout(torch: Any) -> None:
    functional = torch.nn.functional
    alpha = functional.alpha_dropout

    def alpha_dropout(
        input: Any, p: float = 0.5, training: bool = False, inplace: bool = False
    ) -> Any:
        if not (DICE.active and training and p > 0):
            return alpha(input, p, training, inplace)
        p = float(p)
        keep = _tensor(torch, DICE.uniform(tuple(input.shape)) >= p, input)
        low = -1.7580993408473766
        a = ((1 - p) * (1 + p * low**2)) ** -0.5
        return a * (input * keep + low * (1 - keep)) - a * low * p

    functional.alpha_dropout = alpha_dropout


def _install_attention(torch: Any) -> None:
    functional = torch.nn.functional
    attention = functional.scaled_dot_product_attention

    def scaled_dot_product_attention(
        query: Any,
        key: Any,
        value: Any,
        attn_mask: Any = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        **options: Any,
    ) -> Any:
        if not (DICE.active and dropout_p > 0):
            return attention(query, key, value, attn_mask, dropout_p, is_causal, **options)
        scale = options.get("scale") or query.shape[-1] ** -0.5
        scores = query @ key.transpose(-2, -1) * scale
        if is_causal:
            attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        if attn_mask is not None:
            hidden = attn_mask.dtype == torch.bool
            scores = scores.masked_fill(~attn_mask, -np.inf) if hidden else scores + attn_mask
        return functional.dropout(scores.softmax(-1), dropout_p) @ value

    functional.scaled_dot_product_attention = scaled_dot_product_attention


def _shape(args: Any) -> tuple[int, ...]:
    sizes = args[0] if len(args) == 1 and not isinstance(args[0], int) else args
    return tuple(int(n) for n in sizes)


def _install_draws(torch: Any) -> None:
    def made(array: Any, options: dict[str, Any]) -> Any:
        dtype = options.get("dtype") or torch.get_default_dtype()
        result = torch.as_tensor(np.ascontiguousarray(array)).to(dtype)
        result = result.to(options.get("device") or "cpu")
        return result.requires_grad_(True) if options.get("requires_grad") else result

    def patch(home: Any, name: str, replacement: Any) -> None:
        original = getattr(home, name)

        @functools.wraps(original)
        def patched(*args: Any, **options: Any) -> Any:
            return (replacement if DICE.active else original)(*args, **options)

        setattr(home, name, patched)

    def sized(draw: Any) -> Any:
        return lambda *args, **o: made(draw(_shape(args or (o.pop("size"),))), o)

    def like(draw: Any) -> Any:
        return lambda x, **o: made(draw(x.shape), {"dtype": x.dtype, "device": x.device, **o})

    patch(torch, "rand", sized(DICE.uniform))
    patch(torch, "randn", sized(DICE.normal))
    patch(torch, "rand_like", like(DICE.uniform))
    patch(torch, "randn_like", like(DICE.normal))

    def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, **options: Any) -> Any:
        shape = size if size is not None else torch.broadcast_tensors(
            torch.as_tensor(mean), torch.as_tensor(std)
        )[0].shape  # fmt: skip
        return made(DICE.normal(shape), options) * std + mean

    patch(torch, "normal", normal)
    patch(
        torch,
        "bernoulli",
        lambda x, **o: _tensor(torch, DICE.uniform(x.shape), x).lt(x).to(x.dtype),
    )

    def randint(*args: Any, **options: Any) -> Any:
        low, high, size = args if len(args) == 3 else (0, *args)
        values = np.floor(DICE.uniform(size) * (high - low)) + low
        return made(values, {"dtype": torch.int64, **options})

    patch(torch, "randint", randint)
    _install_picks(torch, patch)
    filled = {
        "normal_": lambda x, mean=0.0, std=1.0, **o: DICE.normal(x.shape) * std + mean,
        "uniform_": lambda x, a=0.0, b=1.0, **o: DICE.uniform(x.shape) * (b - a) + a,
        "bernoulli_": lambda x, p=0.5, **o: DICE.uniform(x.shape) < _host(p),
    }
    for name, values in filled.items():
        patch(
            torch.Tensor,
            name,
            lambda x, *a, _v=values, **o: x.copy_(_tensor(torch, _v(x, *a, **o), x)),
        )


def _install_picks(torch: Any, patch: Any) -> None:
    """What draws indices, and numbers that are cut off, as Keras's functions draw them."""
    multinomial, trunc_normal = torch.multinomial, torch.nn.init.trunc_normal_

    def picked(x: Any, num_samples: int, replacement: bool = False, **options: Any) -> Any:
        if not replacement and num_samples > 1:
            return multinomial(x, num_samples, **options)
        rows = x.reshape(-1, x.shape[-1])
        noise = -np.log(-np.log(DICE.uniform((len(rows), num_samples, x.shape[-1])) + 1e-12))
        places = np.argmax(np.log(_host(rows))[:, None, :] + noise, axis=-1)
        return torch.as_tensor(places.reshape(*x.shape[:-1], num_samples)).to(x.device)

    def permutation(n: int, **options: Any) -> Any:
        return torch.as_tensor(np.argsort(DICE.uniform((n,)))).to(options.get("device") or "cpu")

    @functools.wraps(trunc_normal)
    def cut(x: Any, mean: Any = 0.0, std: Any = 1.0, a: Any = -2.0, b: Any = 2.0, **_: Any) -> Any:
        drawn = np.clip(DICE.normal(x.shape), (a - mean) / std, (b - mean) / std) * std + mean
        with torch.no_grad():
            return x.copy_(_tensor(torch, drawn, x))

    patch(torch, "multinomial", picked)
    patch(torch, "randperm", permutation)
    patch(torch.nn.init, "trunc_normal_", cut)


def _host(value: Any) -> Any:
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def _install_batch_norm(torch: Any) -> None:
    original = torch.nn.functional.batch_norm

    @functools.wraps(original)
    def batch_norm(
        input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
        training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
    ) -> Any:  # fmt: skip
        old = running_var.detach().clone() if training and running_var is not None else None
        result = original(input, running_mean, running_var, weight, bias, training, momentum, eps)
        if old is not None:
            count = input.numel() // input.shape[1]
            added = running_var.detach() - old * (1.0 - momentum)
            # Applied once before in this step, it has Bessel's correction from there too.
            before = BIASED.get(id(running_var))
            before = old if before is None else torch.as_tensor(before).to(old)
            biased = before * (1.0 - momentum) + added * ((count - 1) / max(count, 1))
            BIASED[id(running_var)] = biased.cpu().numpy()
        return result

    torch.nn.functional.batch_norm = batch_norm
