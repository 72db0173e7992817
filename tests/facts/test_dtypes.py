"""What is said of a result's dtype is what PyTorch makes of it."""

import itertools
from functools import partial

import pytest
import torch

from porter.facts import Const, Tensor
from porter.facts.dtypes import promoted
from porter.rulebook import load_rulebook
from tests.facts.interpreting import value_of

KINDS = ("bool", "uint8", "int8", "int32", "int64", "float16", "float32", "float64")
BOOK = load_rulebook(())
NAMES = [name.removeprefix("torch.") for name in BOOK.names["result"]]
PLACE = torch.tensor([0])
GIVEN = {
    "view": (6,), "reshape": ((3, 2),), "unsqueeze": (0,),
    "squeeze": (0,), "permute": (1, 0), "transpose": (0, 1), "swapaxes": (0, 1),
    "movedim": (0, 1), "expand": (4, 2, 3), "expand_as": (torch.zeros((4, 2, 3)),),
    "broadcast_to": ((4, 2, 3),), "tile": ((2, 1),), "repeat": (2, 1), "repeat_interleave": (2, 0),
    "flip": ((0,),), "roll": (1, 0), "narrow": (0, 0, 1), "select": (0, 0),
    "index_select": (0, PLACE), "gather": (0, PLACE[None]), "masked_fill": (PLACE > 0, 0),
    "chunk": (2, 0), "split": (1, 0), "topk": (1,), "max": (1,), "min": (1,), "sum": (1,),
    "cumsum": (1,),
}  # fmt: skip
APART = ("cat", "concat", "stack", "randint", "nn.functional.one_hot", "cuda")


def dtypes_of(result: object) -> list[str]:
    parts = result if isinstance(result, tuple | list) else [result]
    return [str(part.dtype).removeprefix("torch.") for part in parts]


def said_of(text: str) -> list[str | None]:
    value = value_of(text, "y", "torch")
    parts = getattr(value, "items", [value])
    return [part.dtype if isinstance(part, Tensor) else None for part in parts]


def written(argument: object) -> str:
    return f"torch.{argument!r}" if isinstance(argument, torch.Tensor) else repr(argument)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in APART])
def test_the_table_says_what_pytorch_gives(name: str) -> None:
    arguments = GIVEN.get(name, ())
    method = bool(BOOK.find(f"torch.Tensor.{name}", "torch"))
    given = ", ".join([*([] if method else ["x"]), *map(written, arguments)])
    told = 0
    for kind in KINDS:
        x = torch.zeros((2, 3), dtype=getattr(torch, kind))
        try:
            result = getattr(x, name) if method else partial(getattr(torch, name), x)
            actual = dtypes_of(result(*arguments) if callable(result) else result)
        except (RuntimeError, NotImplementedError):
            continue
        called = f"({given})" if callable(result) else ""
        call = f"{'x' if method else 'torch'}.{name}{called}"
        said = said_of(f"x = torch.zeros((2, 3), dtype=torch.{kind})\ny = {call}\n")
        told += said[0] is not None
        for one, is_so in zip(said, actual, strict=False):
            assert one in (None, is_so), (kind, call)
    assert told, f"{name} says nothing of any"


@pytest.mark.parametrize("name", ["cat", "stack"])
def test_tensors_that_are_joined(name: str) -> None:
    for one, two in itertools.product(KINDS, KINDS):
        if name == "stack" and one != two:
            continue
        made = "".join(
            f"{n} = torch.zeros(2, dtype=torch.{k})\n" for n, k in (("a", one), ("b", two))
        )
        pair = [torch.zeros(2, dtype=getattr(torch, kind)) for kind in (one, two)]
        actual = dtypes_of(getattr(torch, name)(pair))
        assert said_of(f"{made}y = torch.{name}([a, b])\n")[0] in (None, actual[0])


@pytest.mark.parametrize("ranks", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_tensors_that_meet(ranks: tuple[int, int]) -> None:
    for one, two in itertools.product(KINDS, KINDS):
        pair = [
            torch.ones((2,) * rank, dtype=getattr(torch, kind))
            for rank, kind in zip(ranks, (one, two), strict=True)
        ]
        for divided, result in ((False, pair[0] * pair[1]), (True, pair[0] / pair[1])):
            said = promoted([Tensor(dtype=one), Tensor(dtype=two)], divided)[0]
            assert said in (None, *dtypes_of(result)), (one, two, divided)


@pytest.mark.parametrize("number", [2, 0.5, True])
def test_tensors_and_numbers(number: float) -> None:
    for kind in KINDS:
        x = torch.ones(2, dtype=getattr(torch, kind))
        said = promoted([Tensor(dtype=kind), Const(number)])[0]
        assert said == dtypes_of(x * number)[0]


@pytest.mark.parametrize(
    ("text", "dtype", "held"),
    [
        ("torch.arange(4)", "int64", "int32"),
        ("torch.arange(4).long()", "int64", None),
        ("torch.arange(4)[None] < 3", "bool", None),
        ("(torch.arange(4)[None] < 3).unsqueeze(-1)", "bool", None),
        ("(torch.arange(4) < 3).sum()", "int64", "int32"),
        ("(torch.arange(4) < 3).sum() * 0.5", "float32", None),
        ("torch.arange(4)[:, None] - torch.arange(4)", "int64", "int32"),
        ("torch.arange(4) + torch.arange(4).long()", "int64", None),
        ("torch.arange(4).float()", "float32", None),
        ("torch.zeros(4, dtype=torch.bool)[1:]", "bool", None),
        ("torch.tensor([1, 2]) / 2", "float32", None),
        ("torch.tensor([1, 2]).argmax(0)", "int64", "int32"),
        ("torch.randint(0, 4, (3,))", "int64", "int32"),
        ("torch.nn.functional.one_hot(torch.arange(4), 4)", "int64", None),
        ("~(torch.arange(4) < 3)", "bool", None),
        ("torch.zeros(4).double() + torch.arange(4).float()", None, None),
        ("torch.zeros(4).to('cuda')", None, None),
    ],
)
def test_what_flows(text: str, dtype: str | None, held: str | None) -> None:
    value = value_of(f"y = {text}\n", "y", "torch")
    assert (getattr(value, "dtype", None), getattr(value, "held", None)) == (dtype, held)
