"""An optimiser on both sides, over the same gradients: do the parameters go the same way?

The gradients are given, not computed, so that one step's rounding does not steer the next. Those
of one parameter have one sign throughout: what an optimiser remembers never cancels, and the way
that was gone is as long as its steps. Half of the parameters see gradients of about 1, the others
of about 1/1000, where the epsilons count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from porter.rulebook import (
    Rule,
    Side,
    Symbol,
    Term,
    Translation,
    Untranslatable,
    is_known,
    known,
    translate,
    write,
)
from porter.verify import compare, observe
from porter.verify.arrays import Array
from porter.verify.observe import Precision
from porter.verify.process import Worker
from porter.verify.prove.drawing import Call
from porter.verify.prove.outcome import Outcome

STEPS, _SCALES, _LEAST = 5, (1.0, 1e-3), 0.5
_PRECISIONS: tuple[Precision, ...] = ("float32", "float64")
# What takes the steps; `optimizer` is what was drawn, and what it became.
_DRIVER = {
    "keras": """

def way(start, gradients):
    parameter = keras.Variable(start, dtype=start.dtype)
    made = optimizer([parameter])
    places = []
    for step in range(gradients.shape[0]):
        made.apply([gradients[step]], [parameter])
        places.append(keras.ops.copy(parameter.value))
    return keras.ops.stack(places)
""",
    "torch": """

def way(start, gradients):
    parameter = torch.nn.Parameter(start.detach().clone())
    made = optimizer([parameter])
    places = []
    for gradient in gradients.detach():
        parameter.grad = gradient.clone()
        made.step()
        places.append(parameter.detach().clone())
    return torch.stack(places)
""",
}


def written(call: Call) -> str | None:
    """What an optimiser that Keras constructs becomes, given its parameters; None where nothing.

    Keras gives an optimiser its parameters later, so that a construction alone is not migrated;
    what the rule makes of it is written here, as the engine writes a plain call.
    """
    given = {name: ast.literal_eval(text) for name, text in call.arguments}
    facts = {"parameters": Symbol.of(ast.Name("parameters"))}
    try:
        translation = translate(call.rule, call.side, given, facts, call.api)
    except Untranslatable:
        return None
    made = f"{translation.target.api}({', '.join(_arguments(translation))})"
    return f"import torch\n\n\ndef optimizer(parameters):\n    return {made}\n"


def _arguments(translation: Translation) -> Iterator[str]:
    for output in translation.outputs:
        value = write(output.term)
        yield value if output.positional else f"{output.name}={value}"


def program(side: Side, text: str) -> str:
    """A program with the loop that drives its optimiser."""
    imports = "import keras\n" if side == "keras" else "import torch\n"
    return imports + text + _DRIVER[side]


def compared(call: Call, source: tuple[Worker, str], target: tuple[Worker, str]) -> Outcome:
    """Drive both programs and hold one way against the other."""
    farther: list[str] = []
    bounded = False
    for precision in _PRECISIONS:
        start, gradients = _drawn()
        ours = _way(*source, precision, start, gradients)
        theirs = _way(*target, precision, start, gradients)
        for row, scale in enumerate(_SCALES):
            apart = compare.apart("", ours[:, row], theirs[:, row])
            if apart.relative <= compare.RTOL[precision]:
                continue
            bounded = True
            allowed = _allowed(call, ours[:, row], start[row], _LEAST * scale)
            distance = float(np.max(np.abs(ours[:, row] - theirs[:, row])))
            noise = compare.RTOL[precision] * float(np.max(np.abs(ours[:, row])))
            if allowed is None or not distance <= allowed + noise:
                farther.append(
                    f"{precision}, gradients of about {scale}: apart by {distance:.3g} "
                    f"({apart.relative:.3g} of the largest), allowed {allowed}"
                )
    if farther:
        return Outcome("failed", "; ".join(farther), "")
    return Outcome("bounded" if bounded else "safe", "", "", phases=("steps",))


def _drawn() -> tuple[Array, Array]:
    """Where two rows of parameters start, and the gradients of every step."""
    random = np.random.default_rng(0)
    shape = (len(_SCALES), 4)
    sign = random.choice([-1.0, 1.0], shape)
    start = sign * random.uniform(5.0, 10.0, shape)
    sizes = random.uniform(_LEAST, 3 * _LEAST, (STEPS, *shape))
    return start, sign * sizes * np.reshape(_SCALES, (-1, 1))


def _way(worker: Worker, text: str, precision: Precision, *arrays: Array) -> Array:
    side = observe.Side(
        Path("snippet.py"), text, "way", (), tuple(a.astype("float32") for a in arrays),
        (0, 1), (None, None),
    )  # fmt: skip
    loaded = observe.load(worker, side, precision)
    if loaded.failure is not None:
        raise loaded.failure
    trace = observe.observe(worker, False, {}, gradients=False)
    (places,) = trace.outputs.values()
    return places.astype(np.float64)


def _allowed(call: Call, places: Array, start: Array, least: float) -> float | None:
    """How far apart the rule lets both ways be: its `bound` of the length of the way."""
    share = bound(call.rule, call.side, call.api, _literals(call), least)
    if share is None:
        return None
    steps = np.abs(np.diff(places, axis=0, prepend=start[None]))
    return share * float(np.sum(np.max(steps, axis=1)))


def _literals(call: Call) -> dict[str, Term]:
    return {name: ast.literal_eval(text) for name, text in call.arguments}


def bound(
    rule: Rule, side: Side, api: str, given: Mapping[str, Term], gradient: float
) -> float | None:
    """What a rule's `bound` comes to, where no gradient is smaller than `gradient`."""
    formula = rule.bounds.get(side)
    if formula is None:
        return None
    env: dict[str, Term] = {p.name: p.default for p in rule.signatures[side].parameters}
    env |= {**rule.spelling(side, api).defaults, **given, "gradient": gradient}
    share = known(formula.evaluate(env))
    return float(share) if is_known(share) and isinstance(share, int | float) else None
