"""What a rule may say of a parameter: `x2: tensor`, `strides: window`."""

from __future__ import annotations

from porter.rulebook.signature import Signature

TYPES = {
    "tensor": "a tensor: its layout is known, a formula may read its `.shape`, the proof draws one",
    "tensors": "a list of tensors",
    "weight": "a tensor that stays in the source's order everywhere, such as a kernel",
    "axis": "an axis, or several: where a layout has moved the tensor, they are moved along",
    "order": "all axes in a new order, as `transpose` takes them",
    "window": "one number, or one per spatial dimension",
    "size": "a whole number of channels or features",
    "number": "a number, though `[types]` says something else of the parameter's name",
    "dtype": "a dtype: `'float32'` in a formula, in code as that side spells it",
    "word": "a string that stands for an API, or that API itself",
    "activation": "the same, of what is applied to the result",
    "value": "a value that is handed on as it is",
    "values": "several of them",
    "layer": "a layer that is given to another",
    "function": "a function of the program, translated with what stands in it",
    "initializer": "not carried over: reported where it is not the default",
    "regularizer": "likewise",
    "constraint": "likewise",
    "name": "a name, which means nothing on the other side",
    "ignored": "what means nothing on the other side",
}


def refuse_unknown_types(key: str, signature: Signature, first: Signature | None = None) -> None:
    """Raises ValueError where an annotation is no type: it would say nothing.

    Under another name of an API, it may be a parameter of the `first`, or a part of one.
    """
    meant = frozenset(first.by_name) if first is not None else frozenset[str]()
    for parameter in signature.parameters:
        said = parameter.type
        if said and said not in TYPES and said.partition("[")[0] not in meant:
            known = ", ".join(TYPES)
            raise ValueError(f"{key}: {parameter.name}: {said!r} is no type, only {known} are")
