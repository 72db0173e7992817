"""What is known without running: names, kinds, symbolic shapes, layouts.

An abstract interpretation of one module, keyed by the nodes of its tree. It never imports a
framework, never runs the program, and says `unknown` rather than guess. It also decides how the
target will hold each tensor (its dimension order), because that follows the same ways through
the program as shapes do.
"""

from porter.facts.analyse import analyse, parents
from porter.facts.builds import Build, stored
from porter.facts.dtypes import is_whole, number_kind
from porter.facts.join import join_shapes, same_term
from porter.facts.layout import Permutation, map_axis, native
from porter.facts.loaders import as_tensor
from porter.facts.modules import computes, is_module
from porter.facts.names import dotted, is_framework
from porter.facts.places import (
    below,
    class_around,
    function_around,
    is_read,
    is_word,
    named_parameters,
    target_names,
    walk,
)
from porter.facts.seen import Seen
from porter.facts.store import Application, CallFact, Facts
from porter.facts.terms import tensor_term, term_of
from porter.facts.values import (
    UNKNOWN_VALUE,
    Api,
    Bound,
    Class,
    Const,
    Dict,
    Foreign,
    Function,
    Instance,
    Method,
    Object,
    Order,
    Producer,
    Scope,
    Sequence,
    Shape,
    Super,
    Tensor,
    TensorShape,
    Unknown,
    Use,
    Value,
    is_local,
)
from porter.facts.weights import ADDING
from porter.facts.wrapped import extra, is_function_layer

__all__ = [
    "ADDING", "UNKNOWN_VALUE", "Api", "Application", "Bound", "Build", "CallFact", "Class", "Const",
    "Dict", "Facts", "Foreign", "Function", "Instance", "Method", "Object", "Order", "Permutation",
    "Producer", "Scope", "Seen", "Sequence", "Shape", "Super", "Tensor", "TensorShape", "Unknown",
    "Use", "Value",
    "analyse", "as_tensor", "below", "class_around", "computes", "dotted", "extra",
    "function_around", "is_framework", "is_function_layer",
    "is_local", "is_module", "is_read", "is_whole", "is_word", "join_shapes", "map_axis",
    "named_parameters",
    "native",
    "number_kind", "parents", "same_term", "stored", "target_names", "tensor_term", "term_of",
    "walk",
]  # fmt: skip
