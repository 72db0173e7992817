"""How layers of the two frameworks relate where no manifest says so: as the rules say."""

from __future__ import annotations

from collections.abc import Mapping

from porter.rulebook import WeightMap, WeightMapError, load_rulebook

_LSTM = {
    "kernel": "weight_ih_l0.T",
    "recurrent_kernel": "weight_hh_l0.T",
    "bias": "bias_ih_l0 + bias_hh_l0",
}
_GRU = {
    "kernel": "weight_ih_l0.reorder(3, [1, 0, 2]).T",
    "recurrent_kernel": "weight_hh_l0.reorder(3, [1, 0, 2]).T",
    "bias": "stack(bias_ih_l0, bias_hh_l0).T.reorder(3, [1, 0, 2]).T",
}
# Layers that people take for each other and that no rule relates: those whose whole name is there.
_CELLS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("LSTMCell", "LSTMCell"): {k: v.replace("_l0", "") for k, v in _LSTM.items()},
    ("GRUCell", "GRUCell"): {k: v.replace("_l0", "") for k, v in _GRU.items()},
}

Guess = tuple[Mapping[str, str], tuple[str, ...]]


def fitting_weights(
    stated: Guess | None, kinds: tuple[str, str], keras: set[str], torch: set[str]
) -> tuple[WeightMap, tuple[str, ...]]:
    """The weight map and constants of two layers' arrays, as stated or as the rules have it.

    Raises WeightMapError where no rule relates the kinds, or where several ways are as good.
    """
    if stated is not None:
        return _present(stated, keras, torch), stated[1]
    best: dict[int, list[tuple[WeightMap, tuple[str, ...]]]] = {}
    for guess in _related(kinds):
        fitting = _present(guess, keras, torch)
        matched = len(fitting.keras_names) + len(fitting.torch_names)
        if matched and (fitting, guess[1]) not in best.setdefault(matched, []):
            best[matched].append((fitting, guess[1]))
    chosen = best[max(best)] if best else []
    if len(chosen) != 1:
        how = "several rules say" if chosen else "no rule says"
        raise WeightMapError(f"{how} how {' and '.join(kinds)} relate")
    return chosen[0]


def _present(guess: Guess, keras: set[str], torch: set[str]) -> WeightMap:
    weights = {k: v for k, v in guess[0].items() if k}
    return WeightMap.parse(weights, guess[1]).expanded(torch).present(keras, torch)


def _related(kinds: tuple[str, str]) -> list[Guess]:
    """What the rules say of two kinds of layer, each map once."""
    if kinds in _CELLS:
        return [(_CELLS[kinds], ())]
    book = load_rulebook()
    names = {f"keras.layers.{kinds[0]}", f"keras.{kinds[0]}"}
    names = {book.canonical(name) for name in names}
    found: list[Guess] = []
    for rule in book.find(book.canonical(f"torch.nn.{kinds[1]}"), "torch"):
        if names.isdisjoint(rule.apis("keras")):
            continue
        for case in rule.cases:
            if case.weights and (case.weights, case.constant) not in found:
                found.append((case.weights, case.constant))
    return found
